"""Users, their sign-in data and their sessions."""

from typing import ClassVar

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute

from shared.db.table.attributes import EnumAttribute, IntAttribute, TimeAttribute
from shared.db.table.base import Item, ListingIndexed
from shared.domain.lifecycle import Role, UserStatus


class User(ListingIndexed, Item):
    """`USER#u / PROFILE`; gsi1 lists users by role, oldest first."""

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
    """The Indian state, as the first two digits of a GSTIN: for receipts."""
    gstin = UnicodeAttribute(null=True)
    """The firm that the user buys for, with `firm_name` and `firm_address`; all three are absent for a person."""
    firm_name = UnicodeAttribute(null=True)
    firm_address = UnicodeAttribute(null=True)
    avatar_public_id = UnicodeAttribute(null=True)
    avatar_url = UnicodeAttribute(null=True)
    session_epoch = IntAttribute(default=0)
    """Sessions of an earlier epoch are invalid: incrementing it ends all sessions."""
    created_at = TimeAttribute()
    updated_at = TimeAttribute()


class EmailAddress(Item):
    """`EMAIL#normalised / EMAIL`: makes the address unique, and contains the id of its user."""

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
    """`THROTTLE#scope#hash / WINDOW`: failed sign-ins of one account or source address in one time window."""

    KIND: ClassVar[str] = "throttle"

    failures = IntAttribute()
    failed_at = TimeAttribute()
    expires_at = IntAttribute()


class Revocation(Item):
    """`REVOKED / USER#u`: access tokens of this user issued before `not_before` are rejected; all of them while
    suspended."""

    KIND: ClassVar[str] = "revocation"

    user_id = UnicodeAttribute()
    suspended = BooleanAttribute()
    not_before = TimeAttribute()
    expires_at = IntAttribute(null=True)
