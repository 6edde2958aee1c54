"""What people show of themselves."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from shared.db.entities import User
from shared.db.table import keys, store
from shared.db.table.changes import update_actions
from shared.errors import StoreUnavailable

_MAX_ATTEMPTS: Final = 5


def update_profile(user_id: str, changes: Mapping[str, str], now: datetime) -> User | None:
    """Sets the attributes named. The user as it is now; None if there is none."""
    wanted = update_actions(User, {**changes, "updated_at": now})
    written = store.update(User, keys.user(user_id), wanted, User.pk.exists())
    return written.item if written.succeeded else None


def replace_avatar(user: User, public_id: str | None, url: str | None, now: datetime) -> tuple[User | None, str | None]:
    """Gives the user this image, or none. Answers with the user as it is now (None if there is none any more) and the
    public id that nothing refers to from now on: of uploads at the same time each replaces exactly one other."""
    wanted = update_actions(User, {"avatar_public_id": public_id, "avatar_url": url, "updated_at": now})
    replaced: str | None = user.avatar_public_id
    for _ in range(_MAX_ATTEMPTS):
        as_seen = User.avatar_public_id == replaced if replaced else User.avatar_public_id.does_not_exist()
        written = store.update(User, keys.user(user.user_id), wanted, User.pk.exists() & as_seen)
        found = written.item
        if found is None:
            return None, None
        if written.succeeded or found.avatar_public_id == public_id:  # the second: ours already, the answer was lost
            return found, replaced
        replaced = found.avatar_public_id
    raise StoreUnavailable
