"""Registering, signing in, staying signed in and signing out."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from functions.auth import passwords, throttling, tokens
from functions.auth.emails import key_of, normalised
from functions.auth.errors import (
    AccountSuspended,
    CredentialsInvalid,
    EmailTaken,
    RefreshTokenInvalid,
    RefreshTokenReused,
)
from functions.auth.schemas import LoginIn, RegisterIn
from shared import clock, ids
from shared.db import sessions, users
from shared.db.entities import Session, User
from shared.db.sessions import Opened, Rotated
from shared.db.users import Registered, RepeatKey
from shared.errors import IdempotencyKeyReused, Invalid
from shared.lifecycle import Role, UserStatus
from shared.observability import logger

_REPEATABLE: Final = timedelta(days=1)
"""How long the key of a registration is remembered."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A user with a pair of tokens; the refresh token holds until `ends_at` at the latest."""

    user: User
    access_token: str
    refresh_token: str
    ends_at: datetime


def register(given: RegisterIn, source_ip: str, key_name: str | None) -> SignedIn:
    """A new user, signed in. The same request under the same key signs the user in again: tokens are never stored,
    so it must prove the password anew. Raises EmailTaken, IdempotencyKeyReused, TooManyAttempts, AccountSuspended."""
    now = clock.now()
    user = _new_user(given.name, given.email, given.password, Role(given.role), now)
    session = sessions.new(user, now)
    repeat = RepeatKey(key_name, _digest(given), now, now + _REPEATABLE) if key_name else None
    outcome, digest_before = users.register(user, key_of(given.email), session, repeat)
    match outcome:
        case Registered.WRITTEN:
            return _signed_in(user, session, now)
        case Registered.EMAIL_TAKEN:
            raise EmailTaken
        case Registered.KEY_USED:
            return _register_again(given, source_ip, same=digest_before == _digest(given))


def create_admin(email: str, password: str, name: str) -> User:
    """A new admin; the API never makes one. Raises EmailTaken, and Invalid with a sentence about what was given."""
    now = clock.now()
    try:
        address, password = normalised(email), passwords.acceptable(password)
    except ValueError as wrong:
        raise Invalid(str(wrong)) from wrong
    user = _new_user(name.strip() or "Administrator", address, password, Role.ADMIN, now)
    outcome, _ = users.register(user, key_of(address))
    if outcome is not Registered.WRITTEN:
        raise EmailTaken(f"{address} has an account already: give another address, or sign in with it")
    return user


def login(given: LoginIn, source_ip: str) -> SignedIn:
    """A new session. An unknown address costs the same reads and the same hash as a wrong password, and counts alike.
    Raises CredentialsInvalid, TooManyAttempts, AccountSuspended."""
    now = clock.now()
    account, source = throttling.of_account(given.email, now), throttling.of_source(source_ip, now)
    found = users.look_up(key_of(given.email), account, source)
    throttling.refuse_while(max(account.pause_left(found.account), source.pause_left(found.source)))
    user = users.get(found.user_id)
    if not passwords.verify(user.password_hash if user else None, given.password) or user is None:
        throttling.failed(account, source)
        logger().info("login_refused")
        raise CredentialsInvalid
    if user.status is UserStatus.SUSPENDED:
        raise AccountSuspended
    session = sessions.new(user, now)
    new_hash = passwords.hashed(given.password) if passwords.outdated(user.password_hash) else None
    match sessions.open_after_login(user, session, new_hash=new_hash, count=account, failures=found.account):
        case Opened.WRITTEN:
            return _signed_in(user, session, now)
        case Opened.LOCKED:
            throttling.refuse_while(account.limit.pause(account.limit.allowed))
    raise CredentialsInvalid


def refresh(token: str | None) -> SignedIn:
    """The next pair of tokens. Raises RefreshTokenInvalid, RefreshTokenReused, AccountSuspended."""
    now = clock.now()
    said = tokens.read_refresh(token or "")
    user = users.get(said.user_id) if said else None
    if said is None or user is None:
        raise RefreshTokenInvalid
    if user.status is UserStatus.SUSPENDED:
        raise AccountSuspended
    outcome, session = sessions.rotate(user, said.session_id, said.counter, now)
    if outcome is Rotated.REUSED:
        logger().warning("refresh_token_reused", extra={"user_id": said.user_id, "session_id": said.session_id})
        raise RefreshTokenReused
    if session is None:
        raise RefreshTokenInvalid
    return _signed_in(user, session, now)


def logout(token: str | None) -> None:
    """Ends the session the token belongs to; a token that is none of ours ends nothing."""
    said = tokens.read_refresh(token or "")
    if said:
        sessions.revoke(said.user_id, said.session_id)


def _new_user(name: str, email: str, password: str, role: Role, now: datetime) -> User:
    return users.new(
        ids.user(),
        name=name,
        email=email,
        role=role,
        password_hash=passwords.hashed(password),
        created_at=now,
        updated_at=now,
    )


def _signed_in(user: User, session: Session, now: datetime) -> SignedIn:
    access = tokens.sign_access(user, session.session_id, now)
    return SignedIn(user, access, tokens.refresh_of(session), session.ends_at)


def _register_again(given: RegisterIn, source_ip: str, *, same: bool) -> SignedIn:
    """Under the limits of a login: an `Idempotency-Key` must not become a way to try passwords."""
    if not same:
        raise IdempotencyKeyReused
    try:
        return login(LoginIn.model_construct(email=given.email, password=given.password), source_ip)
    except CredentialsInvalid as other_password:
        raise IdempotencyKeyReused from other_password


def _digest(given: RegisterIn) -> str:
    """Of everything but the password, which has a better test."""
    return hashlib.sha256(repr((key_of(given.email), given.name, given.role)).encode()).hexdigest()
