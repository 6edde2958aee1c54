"""Whose access tokens no longer work. Read at most every 30 seconds by each process, so a suspension takes effect
everywhere within a minute without a read per request."""

import time
from datetime import datetime
from threading import Lock
from typing import Final

from shared.db.entities import Revocation
from shared.db.table import keys, store

_CACHE_SECONDS: Final = 30
_lock = Lock()
_read_at: float | None = None
_revoked: dict[str, tuple[bool, datetime]] = {}


def is_revoked(user_id: str, issued_at: datetime) -> bool:
    """Whether a token of this user, issued at that moment, must be refused. Raises StoreUnavailable."""
    found = _cached_revocations().get(user_id)
    return found is not None and (found[0] or issued_at < found[1])


def clear_cache() -> None:
    """Read the list anew at the next call: after changing it in this process, and in tests."""
    global _read_at
    _read_at = None


def _cached_revocations() -> dict[str, tuple[bool, datetime]]:
    global _read_at, _revoked
    with _lock:
        if _read_at is None or time.monotonic() - _read_at > _CACHE_SECONDS:
            listed = store.query_all(keys.revocation("").pk)
            _revoked = {
                item.user_id: (item.suspended, item.not_before) for item in listed if isinstance(item, Revocation)
            }
            _read_at = time.monotonic()
        return _revoked
