"""Reads the counters of receipt numbers."""

from functions.payments.invariants.ledger import NumberSeries
from shared import clock, seller_day
from shared.db.payments import receipts


def stored_series() -> dict[str, NumberSeries]:
    """Financial year > its receipt numbers; absent for a year without receipts. Raises StoreUnavailable."""
    counters = receipts.counters(seller_day.financial_years(clock.now()))
    return {year: NumberSeries.of(counter) for year, counter in counters.items()}
