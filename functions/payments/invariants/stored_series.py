"""Reads the counters of receipt numbers."""

from datetime import timedelta
from typing import Final

from functions.payments.invariants.ledger import NumberSeries
from shared import clock
from shared.db.payments import receipts
from shared.domain import gst

_FIRST_YEAR: Final = 2026


def stored_series() -> dict[str, NumberSeries]:
    """Financial year > its receipt numbers; absent for a year without receipts. Raises StoreUnavailable."""
    return {year: NumberSeries.of(counter) for year, counter in receipts.counters(_financial_years()).items()}


def _financial_years() -> list[str]:
    """The financial years in which receipts may have been numbered."""
    now = clock.now()
    return sorted({gst.financial_year(now - timedelta(days=365 * back)) for back in range(now.year - _FIRST_YEAR + 2)})
