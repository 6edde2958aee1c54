"""Reads the counters of the numbers of receipts, credit notes and debit notes."""

from functions.payments.invariants.ledger import NumberSeries
from shared import clock, seller_day
from shared.db.payments.documents import number_series
from shared.db.payments.documents.number_series import ALL_SERIES


def stored_series() -> dict[str, NumberSeries]:
    """Series of a financial year, such as `L/26-27` > its numbers; absent for one without numbers. Raises
    StoreUnavailable."""
    years = seller_day.financial_years(clock.now())
    return {
        series.name(year): NumberSeries.of(counter)
        for series in ALL_SERIES
        for year, counter in number_series.counters(series, years).items()
    }
