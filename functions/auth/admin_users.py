"""Administration of user accounts: list, suspend, reinstate, change role."""

from typing import Any

from functions.auth.errors import OwnAccount, UserChanged
from functions.auth.schemas import UserUpdateIn
from shared import clock, ids
from shared.db.auth import revocations, users
from shared.db.auth.users import UserChangeOutcome
from shared.db.entities import User
from shared.db.table.store import Page
from shared.domain.lifecycle import Role, UserStatus
from shared.errors import UserNotFound
from shared.observability import logger
from shared.tokens import Caller


def list_users(role: Role, limit: int, start: dict[str, Any] | None) -> Page:
    """A page of users with this role, oldest first. Raises StoreUnavailable."""
    return users.list_by_role(role, limit, start)


def get_user(user_id: str) -> User:
    """The user with this id. Raises UserNotFound, StoreUnavailable."""
    user = users.get(user_id) if ids.USER.fullmatch(user_id) else None
    if user is None:
        raise UserNotFound
    return user


def change_role_or_status(caller: Caller, user: User, change: UserUpdateIn) -> User:
    """Sets the role and the status of `user`, and audits the change. If both have these values already, nothing is
    written or audited.

    Raises OwnAccount (so that the only admin cannot remove itself), UserChanged, StoreUnavailable."""
    if user.user_id == caller.user_id:
        raise OwnAccount
    role, status = change.role or user.role, change.status or user.status
    if (role, status) == (user.role, user.status):
        return user
    now = clock.now()
    outcome = users.change_role_or_status(user, role, status, admin_id=caller.user_id, reason=change.reason, now=now)
    if outcome is not UserChangeOutcome.WRITTEN:
        raise UserChanged
    revocations.clear_cache()
    logger().warning("user_changed", extra={"user_id": user.user_id, "role": role, "status": status})
    user.role, user.status, user.updated_at = role, UserStatus(status), now
    return user
