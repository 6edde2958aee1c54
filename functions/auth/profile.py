"""The own account, and the accounts that admins look after."""

from typing import Any

from functions.auth import passwords, throttling
from functions.auth.errors import CurrentPasswordWrong, OwnAccount, UserChanged, UserNotFound
from functions.auth.schemas import PasswordChangeIn, ProfileIn, UserUpdateIn
from shared import clock, ids
from shared.db.auth import profiles, revocations, throttles, users
from shared.db.auth.users import UserChangeOutcome
from shared.db.entities import User
from shared.db.table.store import Page
from shared.domain.lifecycle import Role, UserStatus
from shared.errors import Unauthenticated
from shared.observability import logger
from shared.tokens import Caller


def get_profile(caller: Caller) -> User:
    """Raises Unauthenticated when the account is gone."""
    return _require_existing(users.get(caller.user_id))


def update_profile(caller: Caller, given: ProfileIn) -> User:
    """The profile with what was given. Raises Unauthenticated when the account is gone."""
    return _require_existing(profiles.update_profile(caller.user_id, given.model_dump(exclude_none=True), clock.now()))


def change_password(caller: Caller, given: PasswordChangeIn) -> None:
    """Ends every other session of the user; their access tokens lapse within 15 minutes. Raises CurrentPasswordWrong,
    TooManyAttempts (counted as failed logins are), Unauthenticated when this session is over itself."""
    now = clock.now()
    user = get_profile(caller)
    count = throttling.account_count(user.email, now)
    failures = throttles.get(count)
    throttling.raise_while_paused(count.remaining_pause(failures))
    if not passwords.verify(user.password_hash, given.current_password):
        throttling.record_failure(count)
        loc = ["body", "current_password"]
        raise CurrentPasswordWrong(errors=[{"loc": loc, "msg": CurrentPasswordWrong.title, "type": "wrong"}])
    new_hash = passwords.hash_password(given.new_password)
    match users.change_password(user, new_hash, caller.session_id, count, failures, now):
        case UserChangeOutcome.LOCKED:
            throttling.raise_while_paused(count.limit.base_pause)
        case UserChangeOutcome.CONFLICT:
            raise Unauthenticated("this session was ended: sign in again")
    logger().info("password_changed", extra={"user_id": user.user_id})


def list_users(role: Role, limit: int, start: dict[str, Any] | None) -> Page:
    """Oldest first."""
    return users.list_by_role(role, limit, start)


def get_user(user_id: str) -> User:
    """Raises UserNotFound."""
    user = users.get(user_id) if ids.USER.fullmatch(user_id) else None
    if user is None:
        raise UserNotFound
    return user


def change_role_or_status(caller: Caller, user: User, given: UserUpdateIn) -> User:
    """The user with the role and status asked for; what holds already changes nothing and is not audited. Raises
    OwnAccount, so that there is always an admin left, and UserChanged."""
    if user.user_id == caller.user_id:
        raise OwnAccount
    role, status = given.role or user.role, given.status or user.status
    if (role, status) == (user.role, user.status):
        return user
    now = clock.now()
    outcome = users.change_role_or_status(user, role, status, admin_id=caller.user_id, reason=given.reason, now=now)
    if outcome is not UserChangeOutcome.WRITTEN:
        raise UserChanged
    revocations.clear_cache()
    logger().warning("user_changed", extra={"user_id": user.user_id, "role": role, "status": status})
    user.role, user.status, user.updated_at = role, UserStatus(status), now
    return user


def _require_existing(user: User | None) -> User:
    if user is None:
        raise Unauthenticated("this account does not exist any more")
    return user
