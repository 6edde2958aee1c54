"""The caller's own profile and password."""

from typing import Final

from functions.auth import passwords, throttling
from functions.auth.errors import CurrentPasswordWrong
from functions.auth.schemas import PasswordChangeIn, ProfileIn
from shared import clock
from shared.db.auth import profiles, throttles, users
from shared.db.auth.users import UserChangeOutcome
from shared.db.entities import User
from shared.errors import Unauthenticated
from shared.observability import logger
from shared.tokens import Caller

_FIRM: Final[tuple[str, ...]] = ("gstin", "firm_name", "firm_address")


def get_profile(caller: Caller) -> User:
    """The caller's account. Raises Unauthenticated when it was deleted, StoreUnavailable."""
    return _require_existing(users.get(caller.user_id))


def update_profile(caller: Caller, changes: ProfileIn) -> User:
    """Sets the fields that are not null, and removes the firm if its fields are empty; returns the new profile.

    Raises Unauthenticated when the account was deleted, StoreUnavailable."""
    values = changes.model_dump(exclude_none=True)
    firm: dict[str, str | None] = {name: values[name] or None for name in _FIRM if name in values}
    return _require_existing(profiles.update_profile(caller.user_id, {**values, **firm}, clock.now()))


def change_password(caller: Caller, change: PasswordChangeIn) -> None:
    """Replaces the password and ends every other session of the user. Access tokens of the ended sessions expire within
    15 minutes.

    Raises CurrentPasswordWrong (which counts as a failed login), TooManyAttempts, Unauthenticated when the account was
    deleted or this session has ended, StoreUnavailable."""
    now = clock.now()
    user = get_profile(caller)
    window = throttling.account_window(user.email, now)
    failures = throttles.get(window)
    throttling.raise_while_paused(window.remaining_pause(failures))
    if not passwords.verify(user.password_hash, change.current_password):
        throttling.record_failure(window)
        loc = ["body", "current_password"]
        raise CurrentPasswordWrong(errors=[{"loc": loc, "msg": CurrentPasswordWrong.title, "type": "wrong"}])
    new_hash = passwords.hash_password(change.new_password)
    match users.change_password(user, new_hash, caller.session_id, window, failures, now):
        case UserChangeOutcome.LOCKED:
            throttling.raise_while_paused(window.limit.base_pause)
        case UserChangeOutcome.CONFLICT:
            raise Unauthenticated("this session was ended: sign in again")
    logger().info("password_changed", extra={"user_id": user.user_id})


def _require_existing(user: User | None) -> User:
    if user is None:
        raise Unauthenticated("this account no longer exists")
    return user
