"""Registration, login, token refresh and logout."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from functions.auth import passwords, throttling, tokens
from functions.auth.emails import normalize, uniqueness_key
from functions.auth.errors import (
    AccountSuspended,
    CredentialsInvalid,
    EmailTaken,
    RefreshTokenInvalid,
    RefreshTokenReused,
)
from functions.auth.schemas import LoginIn, RegisterIn
from shared import clock, ids
from shared.db.auth import sessions, users
from shared.db.auth.sessions import OpenSessionOutcome, RotateOutcome
from shared.db.auth.users import RegisterOutcome, RegistrationIdempotencyKey
from shared.db.entities import Session, User
from shared.domain.lifecycle import Role, UserStatus
from shared.errors import IdempotencyKeyReused, Invalid
from shared.observability import logger

_IDEMPOTENCY_PERIOD: Final = timedelta(days=1)
"""How long the `Idempotency-Key` of a registration is stored."""


@dataclass(frozen=True, slots=True)
class SignInResult:
    """A user with a pair of tokens. The refresh token and its successors expire at `ends_at`, UTC."""

    user: User
    access_token: str
    refresh_token: str
    ends_at: datetime


def register(registration: RegisterIn, source_ip: str, key_name: str | None) -> SignInResult:
    """Creates a user and signs it in.

    The same request with the same `Idempotency-Key` signs the user in again. The first response cannot be replayed,
    because tokens are never stored. The repeated request therefore has its password checked, like a login.

    Raises EmailTaken, IdempotencyKeyReused, TooManyAttempts, AccountSuspended, StoreUnavailable."""
    now = clock.now()
    role, state = Role(registration.role), registration.state
    user = _new_user(registration.name, registration.email, registration.password, role, now, state)
    digest = _request_digest(registration)
    session = sessions.new(user, now)
    idempotency_key = RegistrationIdempotencyKey(key_name, digest, now, now + _IDEMPOTENCY_PERIOD) if key_name else None
    outcome, stored_digest = users.register(user, uniqueness_key(registration.email), session, idempotency_key)
    match outcome:
        case RegisterOutcome.WRITTEN:
            return _sign_in_result(user, session, now)
        case RegisterOutcome.EMAIL_TAKEN:
            raise EmailTaken
        case RegisterOutcome.KEY_USED:
            return _replay_registration(registration, source_ip, same_request=stored_digest == digest)


def create_admin(email: str, password: str, name: str) -> User:
    """Creates an admin. The API has no route for this: operators run a command.

    Raises EmailTaken, Invalid (its detail describes the invalid value), StoreUnavailable."""
    now = clock.now()
    try:
        address, password = normalize(email), passwords.require_acceptable(password)
    except ValueError as error:
        raise Invalid(str(error)) from error
    user = _new_user(name.strip() or "Administrator", address, password, Role.ADMIN, now)
    outcome, _ = users.register(user, uniqueness_key(address))
    if outcome is not RegisterOutcome.WRITTEN:
        raise EmailTaken(f"{address} already has an account: use another address, or sign in with this one")
    return user


def login(credentials: LoginIn, source_ip: str) -> SignInResult:
    """Opens a session.

    The caller cannot find out whether an address has an account: an unknown address costs the same reads and the same
    hash computation as a wrong password, and is counted as a failure in the same way.

    Raises CredentialsInvalid, TooManyAttempts, AccountSuspended, StoreUnavailable."""
    now = clock.now()
    account = throttling.account_window(credentials.email, now)
    source = throttling.source_window(source_ip, now)
    records = users.read_login_records(uniqueness_key(credentials.email), account, source)
    throttling.raise_while_paused(max(account.remaining_pause(records.account), source.remaining_pause(records.source)))
    user = users.get(records.user_id)
    if not passwords.verify(user.password_hash if user else None, credentials.password) or user is None:
        throttling.record_failure(account, source)
        logger().info("login_refused")
        raise CredentialsInvalid
    if user.status is UserStatus.SUSPENDED:
        raise AccountSuspended
    session = sessions.new(user, now)
    new_hash = passwords.hash_password(credentials.password) if passwords.needs_rehash(user.password_hash) else None
    outcome = sessions.open_after_login(
        user, session, new_hash=new_hash, throttle_window=account, failures=records.account
    )
    match outcome:
        case OpenSessionOutcome.WRITTEN:
            return _sign_in_result(user, session, now)
        case OpenSessionOutcome.LOCKED:
            throttling.raise_while_paused(account.limit.pause(account.limit.max_failures))
    raise CredentialsInvalid


def refresh(token: str | None) -> SignInResult:
    """Exchanges a refresh token for the next pair of tokens.

    Raises RefreshTokenInvalid, RefreshTokenReused, AccountSuspended, StoreUnavailable."""
    now = clock.now()
    presented = tokens.parse_refresh_token(token or "")
    user = users.get(presented.user_id) if presented else None
    if presented is None or user is None:
        raise RefreshTokenInvalid
    if user.status is UserStatus.SUSPENDED:
        raise AccountSuspended
    outcome, session = sessions.rotate(user, presented.session_id, presented.counter, now)
    if outcome is RotateOutcome.REUSED:
        logger().warning(
            "refresh_token_reused", extra={"user_id": presented.user_id, "session_id": presented.session_id}
        )
        raise RefreshTokenReused
    if session is None:
        raise RefreshTokenInvalid
    return _sign_in_result(user, session, now)


def logout(token: str | None) -> None:
    """Ends the session of the refresh token. Does nothing for an invalid token. Raises StoreUnavailable."""
    presented = tokens.parse_refresh_token(token or "")
    if presented:
        sessions.revoke(presented.user_id, presented.session_id)


def _new_user(name: str, email: str, password: str, role: Role, now: datetime, state: str | None = None) -> User:
    return users.new(
        ids.user(),
        name=name,
        email=email,
        role=role,
        password_hash=passwords.hash_password(password),
        created_at=now,
        updated_at=now,
        **({"state": state} if state else {}),
    )


def _sign_in_result(user: User, session: Session, now: datetime) -> SignInResult:
    access = tokens.sign_access_token(user, session.session_id, now)
    return SignInResult(user, access, tokens.refresh_token_for(session), session.ends_at)


def _replay_registration(registration: RegisterIn, source_ip: str, *, same_request: bool) -> SignInResult:
    """Signs in with the throttling of a login: an `Idempotency-Key` must not become a way to guess passwords.

    Raises IdempotencyKeyReused (also for a wrong password), TooManyAttempts, AccountSuspended, StoreUnavailable."""
    if not same_request:
        raise IdempotencyKeyReused
    try:
        return login(LoginIn.model_construct(email=registration.email, password=registration.password), source_ip)
    except CredentialsInvalid as error:
        raise IdempotencyKeyReused from error


def _request_digest(registration: RegisterIn) -> str:
    """SHA-256 of every field but the password, which a replay checks by signing in."""
    fields: tuple[str, ...] = (uniqueness_key(registration.email), registration.name, registration.role)
    if registration.state:
        fields = (*fields, registration.state)
    return hashlib.sha256(repr(fields).encode()).hexdigest()
