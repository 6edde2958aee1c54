"""Sessions: opening, rotating and revoking, each by one conditional write. Reuse of an old token costs a second one."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from shared import ids
from shared.db.auth import throttles
from shared.db.entities import Session, Throttle, User
from shared.db.table import keys, store
from shared.db.table.transaction import Transaction
from shared.domain.lifecycle import UserStatus

LIFETIME: Final = timedelta(days=30)
"""From opening to end, regardless of refreshes."""
GRACE: Final = timedelta(seconds=10)
"""How long the previous token is still exchanged for the newest: for two tabs, and for a lost response."""


class OpenSessionOutcome(StrEnum):
    WRITTEN = "written"
    LOCKED = "locked"
    """The account has been locked since the read, by further failures."""
    CHANGED = "changed"
    """Password, status or epoch of the account changed since the read."""


class RotateOutcome(StrEnum):
    WRITTEN = "written"
    REISSUED = "reissued"
    """The previous token, within the grace period: nothing was written."""
    ENDED = "ended"
    """The session does not exist, was revoked, or is past its end."""
    REUSED = "reused"
    """An older token: the session was revoked."""


class Rotation(NamedTuple):
    """The outcome, and for WRITTEN and REISSUED the session whose newest token is to be issued."""

    outcome: RotateOutcome
    session: Session | None


def new(user: User, now: datetime) -> Session:
    """A new session of the user, not stored yet."""
    session_id = ids.session()
    ends_at = now + LIFETIME
    return Session.build(
        keys.session(user.user_id, session_id),
        session_id=session_id,
        user_id=user.user_id,
        epoch=user.session_epoch,
        counter=0,
        rotated_at=now,
        created_at=now,
        revoked=False,
        ends_at=ends_at,
        expires_at=int(ends_at.timestamp()),
    )


def open_after_login(
    user: User,
    session: Session,
    *,
    new_hash: str | None,
    throttle_window: throttles.ThrottleWindow,
    failures: Throttle | None,
) -> OpenSessionOutcome:
    """Stores the session if the user is unchanged since the read and not locked, and clears the account's failures.
    `new_hash` is a new hash of the same password, or None to keep the stored one. Raises StoreUnavailable."""
    unchanged = (User.password_hash == user.password_hash) & (User.status == UserStatus.ACTIVE)
    unchanged &= User.session_epoch == user.session_epoch
    transaction = Transaction()
    if new_hash:
        transaction.update("user", keys.user(user.user_id), [User.password_hash.set(new_hash)], unchanged)
    else:
        transaction.check("user", keys.user(user.user_id), unchanged)
    transaction.put("session", session)
    throttles.clear(transaction, throttle_window, failures)
    failed = transaction.commit()
    if "throttle" in failed:
        return OpenSessionOutcome.LOCKED
    return OpenSessionOutcome.CHANGED if failed else OpenSessionOutcome.WRITTEN


def rotate(user: User, session_id: str, presented: int, now: datetime) -> Rotation:
    """Replaces token number `presented` of the session by the next: one conditional update. If its condition fails, the
    outcome follows from the stored session; a reused token revokes the session. Raises StoreUnavailable."""
    written = store.update(
        Session,
        keys.session(user.user_id, session_id),
        [Session.counter.set(presented + 1), Session.rotated_at.set(now)],
        (Session.counter == presented)
        & (Session.revoked == False)  # noqa: E712 (an expression, not a comparison)
        & (Session.epoch == user.session_epoch)
        & (Session.ends_at > now),
    )
    found = written.item
    if written.succeeded:
        return Rotation(RotateOutcome.WRITTEN, found)
    if found is None or found.revoked or found.epoch != user.session_epoch or found.ends_at <= now:
        return Rotation(RotateOutcome.ENDED, None)
    if found.counter == presented + 1 and now - found.rotated_at <= GRACE:
        return Rotation(RotateOutcome.REISSUED, found)
    revoke(user.user_id, session_id)
    return Rotation(RotateOutcome.REUSED, None)


def revoke(user_id: str, session_id: str) -> None:
    """Ends the session; does nothing if it does not exist."""
    store.update(Session, keys.session(user_id, session_id), [Session.revoked.set(True)], Session.pk.exists())
