"""Users: registration, sign-in reads, lists, and changes of password, role and status."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, NamedTuple

from shared.db import audit
from shared.db.auth.throttles import ThrottleWindow, clear
from shared.db.entities import EmailAddress, IdempotencyRecord, Revocation, Session, Throttle, User
from shared.db.table import keys, store
from shared.db.table.transaction import Transaction
from shared.domain.lifecycle import Role, UserStatus

_REGISTRATION_CALLER: Final = "register"
_ABSENT_USER_ID: Final = "usr_00000000000000000000000000"
_REVOCATION_LIFETIME: Final = timedelta(hours=1)
"""Longer than the lifetime of any access token."""


class RegisterOutcome(StrEnum):
    WRITTEN = "written"
    EMAIL_TAKEN = "email_taken"
    KEY_USED = "key_used"


class Registration(NamedTuple):
    """The outcome, and for KEY_USED the digest of the request that used the key before (otherwise "")."""

    outcome: RegisterOutcome
    stored_digest: str


class UserChangeOutcome(StrEnum):
    WRITTEN = "written"
    CONFLICT = "conflict"
    """The user, or the session of the request, changed since the read."""
    LOCKED = "locked"


@dataclass(frozen=True, slots=True)
class RegistrationIdempotencyKey:
    """The `Idempotency-Key` of a registration: its name, the digest of the request, and when the record expires."""

    name: str
    digest: str
    now: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class LoginRecords:
    """The user of an address (None: unknown), and the failures of the account and of the source address."""

    user_id: str | None
    account: Throttle | None
    source: Throttle | None


def new(user_id: str, **attributes: Any) -> User:
    """A new active user, listed under the role, not stored yet."""
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
    user: User, address: str, session: Session | None = None, idempotency: RegistrationIdempotencyKey | None = None
) -> Registration:
    """One transaction: the user, the uniqueness of the address, the session, and the idempotency record of the request.
    Raises StoreUnavailable."""
    transaction = Transaction()
    transaction.put("user", user)
    transaction.put("email", EmailAddress.build(keys.email(address), user_id=user.user_id))
    if session:
        transaction.put("session", session)
    if idempotency:
        record = IdempotencyRecord.build(
            keys.idempotency(_REGISTRATION_CALLER, idempotency.name),
            request_digest=idempotency.digest,
            status=201,
            locked_until=idempotency.now,
            expires_at=int(idempotency.expires_at.timestamp()),
        )
        expired = IdempotencyRecord.expires_at < int(idempotency.now.timestamp())
        transaction.put("key", record, IdempotencyRecord.pk.does_not_exist() | expired)
    failed = transaction.commit()
    record_found = failed.get("key")
    if isinstance(record_found, IdempotencyRecord):
        return Registration(RegisterOutcome.KEY_USED, record_found.request_digest)
    return Registration(RegisterOutcome.EMAIL_TAKEN if failed else RegisterOutcome.WRITTEN, "")


def read_login_records(address: str, account: ThrottleWindow, source: ThrottleWindow) -> LoginRecords:
    """One BatchGetItem."""
    found = store.get_many([keys.email(address), account.key, source.key])
    email = store.cast_to(EmailAddress, found.get(keys.email(address)))
    return LoginRecords(
        email.user_id if email else None,
        store.cast_to(Throttle, found.get(account.key)),
        store.cast_to(Throttle, found.get(source.key)),
    )


def get(user_id: str | None) -> User | None:
    """The user, or None. Without a `user_id` an absent item is read, so that both cases take equally long."""
    return store.get(User, keys.user(user_id or _ABSENT_USER_ID))


def list_by_role(role: Role, limit: int, start: store.StartKey) -> store.Page:
    """Users of a role, oldest first: one Query of the index."""
    return store.query(f"ROLE#{role}", index=keys.GSI1, limit=limit, start=start)


def change_password(
    user: User, new_hash: str, session_id: str, window: ThrottleWindow, failures: Throttle | None, now: datetime
) -> UserChangeOutcome:
    """Replaces the password and starts a new session epoch. The given session moves to it; all others end. Raises
    StoreUnavailable."""
    epoch = user.session_epoch + 1
    transaction = Transaction()
    transaction.update(
        "user",
        keys.user(user.user_id),
        [User.password_hash.set(new_hash), User.session_epoch.set(epoch), User.updated_at.set(now)],
        (User.password_hash == user.password_hash)
        & (User.session_epoch == user.session_epoch)
        & (User.status == UserStatus.ACTIVE),
    )
    transaction.update(
        "session",
        keys.session(user.user_id, session_id),
        [Session.epoch.set(epoch)],
        (Session.epoch == user.session_epoch) & (Session.revoked == False),  # noqa: E712 (an expression)
    )
    clear(transaction, window, failures)
    failed = transaction.commit()
    if "throttle" in failed:
        return UserChangeOutcome.LOCKED
    return UserChangeOutcome.CONFLICT if failed else UserChangeOutcome.WRITTEN


def change_role_or_status(
    user: User, role: Role, status: UserStatus, *, admin_id: str, reason: str, now: datetime
) -> UserChangeOutcome:
    """Sets role and status of the user if both are unchanged since the read, and audits it, in one transaction. Access
    tokens issued so far stop working within a minute; a suspension also ends every session. Raises StoreUnavailable."""
    listing = keys.role_listing(role, user.created_at, user.user_id)
    suspending = status is UserStatus.SUSPENDED and user.status is not UserStatus.SUSPENDED
    transaction = Transaction()
    transaction.update(
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
    transaction.update(
        "revocation", keys.revocation(user.user_id), _revocation_actions(user.user_id, status, now), None
    )
    audit.record(
        transaction,
        admin_id=admin_id,
        action="user_changed",
        subject=user.user_id,
        reason=reason,
        before={"role": user.role, "status": user.status},
        after={"role": role, "status": status},
    )
    return UserChangeOutcome.CONFLICT if transaction.commit() else UserChangeOutcome.WRITTEN


def _revocation_actions(user_id: str, status: UserStatus, now: datetime) -> list[Any]:
    """The revocation of a suspended user does not expire. Any other expires once the tokens that it revokes have."""
    suspended = status is UserStatus.SUSPENDED
    expires_at = int((now + _REVOCATION_LIFETIME).timestamp())
    return [
        Revocation.kind.set(Revocation.KIND),
        Revocation.user_id.set(user_id),
        Revocation.suspended.set(suspended),
        Revocation.not_before.set(now),
        Revocation.expires_at.remove() if suspended else Revocation.expires_at.set(expires_at),
    ]
