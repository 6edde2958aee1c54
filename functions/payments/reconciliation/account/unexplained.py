"""Settlements whose amount is not what the gateway lists as transferred by them."""

from datetime import datetime, timedelta
from typing import Final

from shared import clock, seller_day
from shared.db.payments import account_ledger
from shared.db.table.store import every

_LISTED_AFTER: Final = timedelta(days=2)
"""The nightly pass has read what a settlement of this age transfers, even if one night failed."""
_WATCHED: Final = timedelta(days=10)
"""As long as the nightly pass reads it again."""
_PAGE_SIZE: Final = 100


def count_unexplained() -> int:
    """Among the settlements of the last ten days, apart from the youngest: at most one or two a day, one Query a month.
    Raises StoreUnavailable."""
    now = clock.now()
    since, until = now - _WATCHED, now - _LISTED_AFTER
    months = sorted({seller_day.month(since), seller_day.month(until)})
    return sum(_count_in(month, since, until) for month in months)


def _count_in(month: str, since: datetime, until: datetime) -> int:
    settlements = every(lambda start: account_ledger.list_settlements(month, _PAGE_SIZE, start))
    return sum(since <= each.created_at <= until and each.settlement != 0 and each.net != 0 for each in settlements)
