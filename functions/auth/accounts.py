"""The own account, and the accounts that admins look after."""

from typing import Any

from functions.auth import passwords, throttling
from functions.auth.errors import CurrentPasswordWrong, OwnAccount, UserChanged, UserNotFound
from functions.auth.schemas import AccountChangeIn, PasswordChangeIn, ProfileIn
from shared import clock, ids
from shared.db import profiles, revocations, throttles, users
from shared.db.entities import User
from shared.db.store import Page
from shared.db.users import Changed
from shared.errors import Unauthenticated
from shared.lifecycle import Role, UserStatus
from shared.observability import logger
from shared.tokens import Caller


def own(caller: Caller) -> User:
    """Raises Unauthenticated when the account is gone."""
    return _there(users.get(caller.user_id))


def edit(caller: Caller, given: ProfileIn) -> User:
    """The profile with what was given. Raises Unauthenticated when the account is gone."""
    return _there(profiles.change(caller.user_id, given.model_dump(exclude_none=True), clock.now()))


def change_password(caller: Caller, given: PasswordChangeIn) -> None:
    """Ends every other session of the user; their access tokens lapse within 15 minutes. Raises CurrentPasswordWrong,
    TooManyAttempts (counted as failed logins are), Unauthenticated when this session is over itself."""
    now = clock.now()
    user = own(caller)
    count = throttling.of_account(user.email, now)
    failures = throttles.get(count)
    throttling.refuse_while(count.pause_left(failures))
    if not passwords.verify(user.password_hash, given.current_password):
        throttling.failed(count)
        loc = ["body", "current_password"]
        raise CurrentPasswordWrong(errors=[{"loc": loc, "msg": CurrentPasswordWrong.title, "type": "wrong"}])
    new_hash = passwords.hashed(given.new_password)
    match users.change_password(user, new_hash, caller.session_id, count, failures, now):
        case Changed.LOCKED:
            throttling.refuse_while(count.limit.first)
        case Changed.MEANWHILE:
            raise Unauthenticated("this session was ended: sign in again")
    logger().info("password_changed", extra={"user_id": user.user_id})


def list_users(role: Role, limit: int, start: dict[str, Any] | None) -> Page:
    """Oldest first."""
    return users.list_by_role(role, limit, start)


def find(user_id: str) -> User:
    """Raises UserNotFound."""
    user = users.get(user_id) if ids.USER.fullmatch(user_id) else None
    if user is None:
        raise UserNotFound
    return user


def change_standing(caller: Caller, user: User, given: AccountChangeIn) -> User:
    """The user with the role and status asked for; what holds already changes nothing and is not audited. Raises
    OwnAccount, so that there is always an admin left, and UserChanged."""
    if user.user_id == caller.user_id:
        raise OwnAccount
    role, status = given.role or user.role, given.status or user.status
    if (role, status) == (user.role, user.status):
        return user
    now = clock.now()
    outcome = users.change_standing(user, role, status, admin_id=caller.user_id, reason=given.reason, now=now)
    if outcome is not Changed.WRITTEN:
        raise UserChanged
    revocations.forget()
    logger().warning("user_changed", extra={"user_id": user.user_id, "role": role, "status": status})
    user.role, user.status, user.updated_at = role, UserStatus(status), now
    return user


def _there(user: User | None) -> User:
    if user is None:
        raise Unauthenticated("this account does not exist any more")
    return user
