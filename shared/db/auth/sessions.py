"""Sessions: opened, rotated and ended, each in one call."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from shared import ids
from shared.db.auth import throttles
from shared.db.entities import Session, Throttle, User
from shared.db.table import keys, store
from shared.db.table.transaction import Transaction
from shared.domain.lifecycle import UserStatus

LIFETIME: Final = timedelta(days=30)
"""From opening to end, however often it is refreshed."""
GRACE: Final = timedelta(seconds=10)
"""How long the token before the newest still gives the newest: two tabs, or an answer that was lost."""


class OpenSessionOutcome(StrEnum):
    WRITTEN = "written"
    LOCKED = "locked"
    """Failures counted meanwhile locked the account."""
    CHANGED = "changed"
    """The password or the standing of the account changed meanwhile."""


class RotateOutcome(StrEnum):
    WRITTEN = "written"
    REISSUED = "given_again"
    """The token before the newest, within the grace time: nothing was written."""
    ENDED = "ended"
    """There is no such session, or it was revoked, or it is past its end."""
    REUSED = "reused"
    """An older token: the session is revoked now."""


def new(user: User, now: datetime) -> Session:
    """A session of the user, yet to be stored."""
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
    """Stores the session if the user is still as it was read and not locked; forgets the account's failures, and
    keeps `new_hash` of the same password if there is one. Raises StoreUnavailable."""
    unchanged = (User.password_hash == user.password_hash) & (User.status == UserStatus.ACTIVE)
    unchanged &= User.session_epoch == user.session_epoch
    writing = Transaction()
    if new_hash:
        writing.update("user", keys.user(user.user_id), [User.password_hash.set(new_hash)], unchanged)
    else:
        writing.check("user", keys.user(user.user_id), unchanged)
    writing.put("session", session)
    throttles.clear(writing, throttle_window, failures)
    failed = writing.commit()
    if "throttle" in failed:
        return OpenSessionOutcome.LOCKED
    return OpenSessionOutcome.CHANGED if failed else OpenSessionOutcome.WRITTEN


def rotate(user: User, session_id: str, presented: int, now: datetime) -> tuple[RotateOutcome, Session | None]:
    """Moves the session from token `presented` to the next: one conditional update, whose refusal shows what the
    token is worth instead. With WRITTEN and GIVEN_AGAIN comes the session whose newest token is to be given."""
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
        return RotateOutcome.WRITTEN, found
    if found is None or found.revoked or found.epoch != user.session_epoch or found.ends_at <= now:
        return RotateOutcome.ENDED, None
    if found.counter == presented + 1 and now - found.rotated_at <= GRACE:
        return RotateOutcome.REISSUED, found
    revoke(user.user_id, session_id)
    return RotateOutcome.REUSED, None


def revoke(user_id: str, session_id: str) -> None:
    """Ends the session; one that is not there stays so."""
    store.update(Session, keys.session(user_id, session_id), [Session.revoked.set(True)], Session.pk.exists())
