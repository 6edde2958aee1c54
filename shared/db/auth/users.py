"""People: registered, found, listed and changed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from shared.db import audit
from shared.db.auth.throttles import ThrottleWindow, clear
from shared.db.entities import EmailAddress, IdempotencyRecord, Revocation, Session, Throttle, User
from shared.db.table import keys, store
from shared.db.table.transaction import Transaction
from shared.domain.lifecycle import Role, UserStatus

_REGISTRATION_CALLER: Final = "register"
_ABSENT_USER_ID: Final = "usr_00000000000000000000000000"
_REVOCATION_LIFETIME: Final = timedelta(hours=1)
"""Longer than any access token lives."""


class RegisterOutcome(StrEnum):
    WRITTEN = "written"
    EMAIL_TAKEN = "email_taken"
    KEY_USED = "key_used"


class UserChangeOutcome(StrEnum):
    WRITTEN = "written"
    CONFLICT = "meanwhile"
    """The user, or the session that asks, is not as it was read any more."""
    LOCKED = "locked"


@dataclass(frozen=True, slots=True)
class RegistrationIdempotencyKey:
    """The `Idempotency-Key` of a registration: its name, what was asked, and how long it is kept."""

    name: str
    digest: str
    now: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class LoginRecords:
    """What stands under an address: its user, and the failures counted against the account and against the source."""

    user_id: str | None
    account: Throttle | None
    source: Throttle | None


def new(user_id: str, **attributes: Any) -> User:
    """A user, active and listed under the role, yet to be stored."""
    listing = keys.role_listing(attributes["role"], attributes["created_at"], user_id)
    return User.build(
        keys.user(user_id),
        user_id=user_id,
        status=UserStatus.ACTIVE,
        session_epoch=0,
        gsi1pk=listing.pk,
        gsi1sk=listing.sk,
        **attributes,
    )


def register(
    user: User, address: str, session: Session | None = None, repeat: RegistrationIdempotencyKey | None = None
) -> tuple[RegisterOutcome, str]:
    """Stores the user, the claim on the address, the session and the key of the request. With KEY_USED comes the
    digest of the request that used the key before. Raises StoreUnavailable."""
    writing = Transaction()
    writing.put("user", user)
    writing.put("email", EmailAddress.build(keys.email(address), user_id=user.user_id))
    if session:
        writing.put("session", session)
    if repeat:
        record = IdempotencyRecord.build(
            keys.idempotency(_REGISTRATION_CALLER, repeat.name),
            request_digest=repeat.digest,
            status=201,
            locked_until=repeat.now,
            expires_at=int(repeat.expires_at.timestamp()),
        )
        expired = IdempotencyRecord.expires_at < int(repeat.now.timestamp())
        writing.put("key", record, IdempotencyRecord.pk.does_not_exist() | expired)
    failed = writing.commit()
    found = failed.get("key")
    if isinstance(found, IdempotencyRecord):
        return RegisterOutcome.KEY_USED, found.request_digest
    return (RegisterOutcome.EMAIL_TAKEN if failed else RegisterOutcome.WRITTEN), ""


def read_login_records(address: str, account: ThrottleWindow, source: ThrottleWindow) -> LoginRecords:
    """One BatchGetItem."""
    found = store.get_many([keys.email(address), account.key, source.key])
    email, of_account, of_source = (found.get(key) for key in (keys.email(address), account.key, source.key))
    return LoginRecords(
        email.user_id if isinstance(email, EmailAddress) else None,
        of_account if isinstance(of_account, Throttle) else None,
        of_source if isinstance(of_source, Throttle) else None,
    )


def get(user_id: str | None) -> User | None:
    """None for a user that is not there; the read is made for no user as well, so that both take as long."""
    return store.get(User, keys.user(user_id or _ABSENT_USER_ID))


def list_by_role(role: Role, limit: int, start: dict[str, Any] | None) -> store.Page:
    """Users of a role, oldest first."""
    return store.query(f"ROLE#{role}", index=keys.GSI1, limit=limit, start=start)


def change_password(
    user: User, new_hash: str, session_id: str, count: ThrottleWindow, failures: Throttle | None, now: datetime
) -> UserChangeOutcome:
    """Replaces the password and starts an epoch that only the session that asks enters: all others are over."""
    epoch = user.session_epoch + 1
    writing = Transaction()
    writing.update(
        "user",
        keys.user(user.user_id),
        [User.password_hash.set(new_hash), User.session_epoch.set(epoch), User.updated_at.set(now)],
        (User.password_hash == user.password_hash)
        & (User.session_epoch == user.session_epoch)
        & (User.status == UserStatus.ACTIVE),
    )
    writing.update(
        "session",
        keys.session(user.user_id, session_id),
        [Session.epoch.set(epoch)],
        (Session.epoch == user.session_epoch) & (Session.revoked == False),  # noqa: E712 (an expression)
    )
    clear(writing, count, failures)
    failed = writing.commit()
    if "throttle" in failed:
        return UserChangeOutcome.LOCKED
    return UserChangeOutcome.CONFLICT if failed else UserChangeOutcome.WRITTEN


def change_role_or_status(
    user: User, role: Role, status: UserStatus, *, admin_id: str, reason: str, now: datetime
) -> UserChangeOutcome:
    """Gives the user a role and a status, if both are still as read. Access tokens made so far stop working within a
    minute, a suspension ends every session, and the audit entry is part of the same transaction."""
    listing = keys.role_listing(role, user.created_at, user.user_id)
    suspending = status is UserStatus.SUSPENDED and user.status is not UserStatus.SUSPENDED
    writing = Transaction()
    writing.update(
        "user",
        keys.user(user.user_id),
        [
            User.role.set(role),
            User.status.set(status),
            User.session_epoch.set(user.session_epoch + (1 if suspending else 0)),
            User.gsi1pk.set(listing.pk),
            User.gsi1sk.set(listing.sk),
            User.updated_at.set(now),
        ],
        (User.role == user.role) & (User.status == user.status) & (User.session_epoch == user.session_epoch),
    )
    writing.update("revocation", keys.revocation(user.user_id), _revocation_actions(user.user_id, status, now), None)
    audit.record(
        writing,
        admin_id=admin_id,
        action="user_changed",
        subject=user.user_id,
        reason=reason,
        before={"role": user.role, "status": user.status},
        after={"role": role, "status": status},
    )
    return UserChangeOutcome.CONFLICT if writing.commit() else UserChangeOutcome.WRITTEN


def _revocation_actions(user_id: str, status: UserStatus, now: datetime) -> list[Any]:
    """A suspension stays until it is lifted; anything else only outlives the tokens it is about."""
    suspended = status is UserStatus.SUSPENDED
    forget_at = int((now + _REVOCATION_LIFETIME).timestamp())
    return [
        Revocation.kind.set(Revocation.KIND),
        Revocation.user_id.set(user_id),
        Revocation.suspended.set(suspended),
        Revocation.not_before.set(now),
        Revocation.expires_at.remove() if suspended else Revocation.expires_at.set(forget_at),
    ]
