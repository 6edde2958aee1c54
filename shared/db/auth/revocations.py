"""Revoked access tokens. Each process reads the list at most every 30 seconds, so that a suspension takes effect
everywhere within a minute without a read per request."""

import time
from datetime import datetime
from threading import Lock
from typing import Final, NamedTuple

from shared.db.entities import Revocation
from shared.db.table import keys, store

_CACHE_SECONDS: Final = 30
_lock = Lock()
_read_at: float | None = None


class _Revoked(NamedTuple):
    suspended: bool
    not_before: datetime


_revoked: dict[str, _Revoked] = {}


def is_revoked(user_id: str, issued_at: datetime) -> bool:
    """Whether a token that this user was issued at that moment must be rejected. Raises StoreUnavailable."""
    revoked = _cached_revocations().get(user_id)
    return revoked is not None and (revoked.suspended or issued_at < revoked.not_before)


def clear_cache() -> None:
    """Makes the next call of `is_revoked` read the list again. For a change in this process, and for tests."""
    global _read_at
    _read_at = None


def _cached_revocations() -> dict[str, _Revoked]:
    """User id > revocation, at most 30 seconds old."""
    global _read_at, _revoked
    with _lock:
        if _read_at is None or time.monotonic() - _read_at > _CACHE_SECONDS:
            items = store.query_all(keys.revocation("").pk)
            _revoked = {
                item.user_id: _Revoked(item.suspended, item.not_before)
                for item in items
                if isinstance(item, Revocation)
            }
            _read_at = time.monotonic()
        return _revoked
