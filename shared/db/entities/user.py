"""People and what they sign in with."""

from typing import ClassVar

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute

from shared.db.table.attributes import EnumAttribute, IntAttribute, TimeAttribute
from shared.db.table.base import Item, ListingIndexed
from shared.domain.lifecycle import Role, UserStatus


class User(ListingIndexed, Item):
    """`USER#u / PROFILE`; gsi1 lists by role, oldest first."""

    KIND: ClassVar[str] = "user"

    user_id = UnicodeAttribute()
    email = UnicodeAttribute()
    name = UnicodeAttribute()
    role = EnumAttribute(Role)
    status = EnumAttribute(UserStatus)
    password_hash = UnicodeAttribute()
    headline = UnicodeAttribute(default="")
    bio = UnicodeAttribute(default="")
    state = UnicodeAttribute(null=True)
    """Where in India, as the two digits a GSTIN begins with: for receipts."""
    avatar_public_id = UnicodeAttribute(null=True)
    avatar_url = UnicodeAttribute(null=True)
    session_epoch = IntAttribute(default=0)
    """Sessions of an earlier epoch are over: adding one ends them all."""
    created_at = TimeAttribute()
    updated_at = TimeAttribute()


class EmailAddress(Item):
    """`EMAIL#normalised / EMAIL`: the key that makes an address unique, and the way from it to the user."""

    KIND: ClassVar[str] = "email"

    user_id = UnicodeAttribute()


class Session(Item):
    """`USER#u / SESSION#s`: one family of refresh tokens. `counter` is the number of the newest token in it."""

    KIND: ClassVar[str] = "session"

    session_id = UnicodeAttribute()
    user_id = UnicodeAttribute()
    epoch = IntAttribute(default=0)
    counter = IntAttribute()
    rotated_at = TimeAttribute()
    created_at = TimeAttribute()
    revoked = BooleanAttribute(default=False)
    ends_at = TimeAttribute()
    expires_at = IntAttribute()


class Throttle(Item):
    """`THROTTLE#kind#hash / WINDOW`: failed attempts of one account or address in one window of time."""

    KIND: ClassVar[str] = "throttle"

    failures = IntAttribute()
    failed_at = TimeAttribute()
    expires_at = IntAttribute()


class Revocation(Item):
    """`REVOKED / USER#u`: access tokens of this user issued before `not_before` are refused; all while suspended."""

    KIND: ClassVar[str] = "revocation"

    user_id = UnicodeAttribute()
    suspended = BooleanAttribute()
    not_before = TimeAttribute()
    expires_at = IntAttribute(null=True)
