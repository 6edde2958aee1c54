"""Registering, signing in, staying signed in and signing out."""

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
"""How long the key of a registration is remembered."""


@dataclass(frozen=True, slots=True)
class SignInResult:
    """A user with a pair of tokens; the refresh token holds until `ends_at` at the latest."""

    user: User
    access_token: str
    refresh_token: str
    ends_at: datetime


def register(given: RegisterIn, source_ip: str, key_name: str | None) -> SignInResult:
    """A new user, signed in. The same request under the same key signs the user in again: tokens are never stored,
    so it must prove the password anew. Raises EmailTaken, IdempotencyKeyReused, TooManyAttempts, AccountSuspended."""
    now = clock.now()
    user = _new_user(given.name, given.email, given.password, Role(given.role), now)
    session = sessions.new(user, now)
    repeat = (
        RegistrationIdempotencyKey(key_name, _request_digest(given), now, now + _IDEMPOTENCY_PERIOD)
        if key_name
        else None
    )
    outcome, digest_before = users.register(user, uniqueness_key(given.email), session, repeat)
    match outcome:
        case RegisterOutcome.WRITTEN:
            return _sign_in_result(user, session, now)
        case RegisterOutcome.EMAIL_TAKEN:
            raise EmailTaken
        case RegisterOutcome.KEY_USED:
            return _replay_registration(given, source_ip, same_request=digest_before == _request_digest(given))


def create_admin(email: str, password: str, name: str) -> User:
    """A new admin; the API never makes one. Raises EmailTaken, and Invalid with a sentence about what was given."""
    now = clock.now()
    try:
        address, password = normalize(email), passwords.require_acceptable(password)
    except ValueError as wrong:
        raise Invalid(str(wrong)) from wrong
    user = _new_user(name.strip() or "Administrator", address, password, Role.ADMIN, now)
    outcome, _ = users.register(user, uniqueness_key(address))
    if outcome is not RegisterOutcome.WRITTEN:
        raise EmailTaken(f"{address} has an account already: give another address, or sign in with it")
    return user


def login(given: LoginIn, source_ip: str) -> SignInResult:
    """A new session. An unknown address costs the same reads and the same hash as a wrong password, and counts alike.
    Raises CredentialsInvalid, TooManyAttempts, AccountSuspended."""
    now = clock.now()
    account, source = throttling.account_count(given.email, now), throttling.source_count(source_ip, now)
    found = users.read_login_records(uniqueness_key(given.email), account, source)
    throttling.raise_while_paused(max(account.remaining_pause(found.account), source.remaining_pause(found.source)))
    user = users.get(found.user_id)
    if not passwords.verify(user.password_hash if user else None, given.password) or user is None:
        throttling.record_failure(account, source)
        logger().info("login_refused")
        raise CredentialsInvalid
    if user.status is UserStatus.SUSPENDED:
        raise AccountSuspended
    session = sessions.new(user, now)
    new_hash = passwords.hash_password(given.password) if passwords.needs_rehash(user.password_hash) else None
    match sessions.open_after_login(user, session, new_hash=new_hash, throttle_window=account, failures=found.account):
        case OpenSessionOutcome.WRITTEN:
            return _sign_in_result(user, session, now)
        case OpenSessionOutcome.LOCKED:
            throttling.raise_while_paused(account.limit.pause(account.limit.max_failures))
    raise CredentialsInvalid


def refresh(token: str | None) -> SignInResult:
    """The next pair of tokens. Raises RefreshTokenInvalid, RefreshTokenReused, AccountSuspended."""
    now = clock.now()
    said = tokens.parse_refresh_token(token or "")
    user = users.get(said.user_id) if said else None
    if said is None or user is None:
        raise RefreshTokenInvalid
    if user.status is UserStatus.SUSPENDED:
        raise AccountSuspended
    outcome, session = sessions.rotate(user, said.session_id, said.counter, now)
    if outcome is RotateOutcome.REUSED:
        logger().warning("refresh_token_reused", extra={"user_id": said.user_id, "session_id": said.session_id})
        raise RefreshTokenReused
    if session is None:
        raise RefreshTokenInvalid
    return _sign_in_result(user, session, now)


def logout(token: str | None) -> None:
    """Ends the session the token belongs to; a token that is none of ours ends nothing."""
    said = tokens.parse_refresh_token(token or "")
    if said:
        sessions.revoke(said.user_id, said.session_id)


def _new_user(name: str, email: str, password: str, role: Role, now: datetime) -> User:
    return users.new(
        ids.user(),
        name=name,
        email=email,
        role=role,
        password_hash=passwords.hash_password(password),
        created_at=now,
        updated_at=now,
    )


def _sign_in_result(user: User, session: Session, now: datetime) -> SignInResult:
    access = tokens.sign_access_token(user, session.session_id, now)
    return SignInResult(user, access, tokens.refresh_token_for(session), session.ends_at)


def _replay_registration(given: RegisterIn, source_ip: str, *, same_request: bool) -> SignInResult:
    """Under the limits of a login: an `Idempotency-Key` must not become a way to try passwords."""
    if not same_request:
        raise IdempotencyKeyReused
    try:
        return login(LoginIn.model_construct(email=given.email, password=given.password), source_ip)
    except CredentialsInvalid as other_password:
        raise IdempotencyKeyReused from other_password


def _request_digest(given: RegisterIn) -> str:
    """Of everything but the password, which has a better test."""
    return hashlib.sha256(repr((uniqueness_key(given.email), given.name, given.role)).encode()).hexdigest()
