"""Writes of a user's public profile and avatar."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from shared.db.entities import User
from shared.db.table import keys, store
from shared.db.table.changes import update_actions
from shared.db.table.retry import WriteConflict, retry_on_conflict
from shared.errors import StoreUnavailable


class AvatarChange(NamedTuple):
    """The user as stored after the change (None: there is no such user), and the public id of the image that nothing
    refers to from now on (None: there was no image)."""

    user: User | None
    replaced_public_id: str | None


def update_profile(user_id: str, changes: Mapping[str, str | None], now: datetime) -> User | None:
    """Sets the given attributes, or removes those that are None, and returns the user as stored; None if there is no
    such user."""
    actions = update_actions(User, {**changes, "updated_at": now})
    written = store.update(User, keys.user(user_id), actions, User.pk.exists())
    return written.item if written.succeeded else None


def replace_avatar(user: User, public_id: str | None, url: str | None, now: datetime) -> AvatarChange:
    """Sets or removes the avatar. Of several simultaneous uploads, each replaces exactly one other image, so that every
    image without a reference is reported once. Raises StoreUnavailable."""
    actions = update_actions(User, {"avatar_public_id": public_id, "avatar_url": url, "updated_at": now})
    current: str | None = user.avatar_public_id

    def attempt() -> AvatarChange:
        nonlocal current
        unchanged = User.avatar_public_id == current if current else User.avatar_public_id.does_not_exist()
        written = store.update(User, keys.user(user.user_id), actions, User.pk.exists() & unchanged)
        stored = written.item
        if stored is None:
            return AvatarChange(None, None)
        # the second condition: our own write was applied, but its response was lost
        if written.succeeded or stored.avatar_public_id == public_id:
            return AvatarChange(stored, current)
        current = stored.avatar_public_id
        raise WriteConflict

    return retry_on_conflict(attempt, StoreUnavailable)
