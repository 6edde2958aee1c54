"""People: registered, found, listed and changed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from shared.db import audit, keys, store
from shared.db.entities import EmailAddress, IdempotencyRecord, Revocation, Session, Throttle, User
from shared.db.throttles import Count, clear
from shared.db.transaction import Transaction
from shared.lifecycle import Role, UserStatus

_REGISTERING: Final = "register"
_NOBODY: Final = "usr_00000000000000000000000000"
_REVOKED_KEPT: Final = timedelta(hours=1)
"""Longer than any access token lives."""


class Registered(StrEnum):
    WRITTEN = "written"
    EMAIL_TAKEN = "email_taken"
    KEY_USED = "key_used"


class Changed(StrEnum):
    WRITTEN = "written"
    MEANWHILE = "meanwhile"
    """The user, or the session that asks, is not as it was read any more."""
    LOCKED = "locked"


@dataclass(frozen=True, slots=True)
class RepeatKey:
    """The `Idempotency-Key` of a registration: its name, what was asked, and how long it is kept."""

    name: str
    digest: str
    now: datetime
    forget_at: datetime


@dataclass(frozen=True, slots=True)
class LoginFacts:
    """What stands under an address: its user, and the failures counted against the account and against the source."""

    user_id: str | None
    account: Throttle | None
    source: Throttle | None


def new(user_id: str, **attributes: Any) -> User:
    """A user, active and listed under the role, yet to be stored."""
    listing = keys.role_listing(attributes["role"], attributes["created_at"], user_id)
    return User.under(
        keys.user(user_id),
        user_id=user_id,
        status=UserStatus.ACTIVE,
        session_epoch=0,
        gsi1pk=listing.pk,
        gsi1sk=listing.sk,
        **attributes,
    )


def register(
    user: User, address: str, session: Session | None = None, repeat: RepeatKey | None = None
) -> tuple[Registered, str]:
    """Stores the user, the claim on the address, the session and the key of the request. With KEY_USED comes the
    digest of the request that used the key before. Raises StoreUnavailable."""
    writing = Transaction()
    writing.put("user", user)
    writing.put("email", EmailAddress.under(keys.email(address), user_id=user.user_id))
    if session:
        writing.put("session", session)
    if repeat:
        record = IdempotencyRecord.under(
            keys.idempotency(_REGISTERING, repeat.name),
            request_digest=repeat.digest,
            status=201,
            locked_until=repeat.now,
            expires_at=int(repeat.forget_at.timestamp()),
        )
        expired = IdempotencyRecord.expires_at < int(repeat.now.timestamp())
        writing.put("key", record, IdempotencyRecord.pk.does_not_exist() | expired)
    failed = writing.commit()
    found = failed.get("key")
    if isinstance(found, IdempotencyRecord):
        return Registered.KEY_USED, found.request_digest
    return (Registered.EMAIL_TAKEN if failed else Registered.WRITTEN), ""


def look_up(address: str, account: Count, source: Count) -> LoginFacts:
    """One BatchGetItem."""
    found = store.get_many([keys.email(address), account.key, source.key])
    email, of_account, of_source = (found.get(key) for key in (keys.email(address), account.key, source.key))
    return LoginFacts(
        email.user_id if isinstance(email, EmailAddress) else None,
        of_account if isinstance(of_account, Throttle) else None,
        of_source if isinstance(of_source, Throttle) else None,
    )


def get(user_id: str | None) -> User | None:
    """None for a user that is not there; the read is made for no user as well, so that both take as long."""
    return store.get(User, keys.user(user_id or _NOBODY))


def list_by_role(role: Role, limit: int, start: dict[str, Any] | None) -> store.Page:
    """Users of a role, oldest first."""
    return store.query(f"ROLE#{role}", index=keys.GSI1, limit=limit, start=start)


def change_password(
    user: User, new_hash: str, session_id: str, count: Count, failures: Throttle | None, now: datetime
) -> Changed:
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
        return Changed.LOCKED
    return Changed.MEANWHILE if failed else Changed.WRITTEN


def change_standing(
    user: User, role: Role, status: UserStatus, *, admin_id: str, reason: str, now: datetime
) -> Changed:
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
    writing.update("revocation", keys.revocation(user.user_id), _revoking(user.user_id, status, now), None)
    audit.record(
        writing,
        admin_id=admin_id,
        action="user_changed",
        subject=user.user_id,
        reason=reason,
        before={"role": user.role, "status": user.status},
        after={"role": role, "status": status},
    )
    return Changed.MEANWHILE if writing.commit() else Changed.WRITTEN


def _revoking(user_id: str, status: UserStatus, now: datetime) -> list[Any]:
    """A suspension stays until it is lifted; anything else only outlives the tokens it is about."""
    suspended = status is UserStatus.SUSPENDED
    forget_at = int((now + _REVOKED_KEPT).timestamp())
    return [
        Revocation.kind.set(Revocation.KIND),
        Revocation.user_id.set(user_id),
        Revocation.suspended.set(suspended),
        Revocation.not_before.set(now),
        Revocation.expires_at.remove() if suspended else Revocation.expires_at.set(forget_at),
    ]
