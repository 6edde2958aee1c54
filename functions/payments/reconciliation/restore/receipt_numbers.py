"""Voids the numbers of receipts and notes that may have been issued after the moment of a restored table.

The table knows its last numbers only. As many receipts may have been numbered since as there are captures without a
number, and as many notes as there are refunds and disputes; but an earlier recovery after that moment had voided
numbers too, and only the table that it recovered knows how many. So the last numbers of the replaced tables count as
well.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from functions.payments.reconciliation.gateway_lists import GatewayLists
from shared import clock, seller_day
from shared.db import due_index
from shared.db.entities import Receipt
from shared.db.payments.documents import number_series
from shared.db.payments.documents.number_series import ALL_SERIES, RECEIPTS, Series, VoidedNumbers
from shared.db.table import keys, store
from shared.db.table.unreadable_items import read_each

MARGIN: Final = 100
"""Numbers that are voided in addition to those that may have been issued: the lists of the gateway may omit some."""
_ANY_TIME: Final = timedelta(days=36_500)
_MAX_UNNUMBERED: Final = 10**6
_NUMBER: Final = re.compile(r"([LCD]/\d\d-\d\d)/(\d{6,12})", re.ASCII)
_NOTES_PER_DISPUTE: Final = 2
"""Notes of one kind: a dispute that was lost may be won, and lost again."""


def last_issued(replaced_tables: Iterable[str], numbers: Iterable[str]) -> dict[str, int]:
    """Series of a financial year, such as `L/26-27` > the last number that one of the replaced tables has assigned or
    voided, or that `numbers` names (such as "L/26-27/000123").

    Raises StoreUnavailable, and ValueError for a table without receipt numbers and for a text that is no number."""
    issued: dict[str, int] = {}
    for name, last in (*_of_tables(replaced_tables), *map(_parse, numbers)):
        issued[name] = max(last, issued.get(name, 0))
    return issued


def void_issued_numbers(
    gateway: GatewayLists, since: datetime, restored_to: datetime, now: datetime, issued: Mapping[str, int]
) -> dict[str, VoidedNumbers]:
    """Voids as many numbers of each series and financial year from `since` as documents may have been numbered after
    the moment: a receipt for each capture that has no numbered receipt in this table, and notes for each refund and
    dispute of the lists. The sum covers every year, which voids too many rather than too few. They follow the `issued`
    numbers of the year. Returns the ranges by the series of a year, such as `L/26-27`."""
    due = _count_due(now)
    notes = gateway.refund_count + _NOTES_PER_DISPUTE * gateway.dispute_count + due.notes + MARGIN
    counts = {RECEIPTS.prefix: _count_unnumbered(gateway) + due.receipts + MARGIN}
    return {
        series.name(year): number_series.void_numbers(
            series, year, counts.get(series.prefix, notes), restored_to, now, issued.get(series.name(year), 0)
        )
        for series in ALL_SERIES
        for year in sorted(_years(series, since, now, issued))
    }


def _years(series: Series[Any], since: datetime, now: datetime, issued: Mapping[str, int]) -> set[str]:
    """The financial years of the period, and those in which more was `issued` than this table knows."""
    last_of = {year: issued.get(series.name(year), 0) for year in seller_day.financial_years(now)}
    known = number_series.counters(series, list(last_of))
    missing = {year for year, last in last_of.items() if last > (known[year].last if year in known else 0)}
    return missing | {seller_day.financial_year(moment) for moment in _days(since, now)}


def _of_tables(names: Iterable[str]) -> Iterator[tuple[str, int]]:
    years = seller_day.financial_years(clock.now())
    for name in names:
        if not number_series.last_numbers_of(name, RECEIPTS, years):
            raise ValueError(f"the table {name} has no receipt numbers")
        for series in ALL_SERIES:
            for year, last in number_series.last_numbers_of(name, series, years).items():
                yield series.name(year), last


def _parse(number: str) -> tuple[str, int]:
    matched = _NUMBER.fullmatch(number)
    if matched is None:
        raise ValueError(f"{number} is no receipt number, such as L/26-27/000123")
    return matched[1], int(matched[2])


class _Due(NamedTuple):
    """Documents that wait for a number."""

    receipts: int
    notes: int


def _count_due(now: datetime) -> _Due:
    due = due_index.list_due_receipts(now + _ANY_TIME, _MAX_UNNUMBERED)
    due += due_index.list_due(now + _ANY_TIME, _MAX_UNNUMBERED)  # version 0.2.0 put receipts there
    receipts = sum(each.key.sk == keys.receipt("").sk for each in due)
    return _Due(receipts, sum(each.key.sk.startswith(keys.NOTE_PREFIX) for each in due))


def _count_unnumbered(gateway: GatewayLists) -> int:
    return sum(len(_without_number(batch)) for batch in gateway.captured_order_ids())


def _without_number(order_ids: list[str]) -> set[str]:
    """A receipt that cannot be read counts as one without a number."""
    found = read_each(store.entity, store.get_many_raw([keys.receipt(order_id) for order_id in order_ids]))
    return set(order_ids) - {item.order_id for item in found if isinstance(item, Receipt) and item.number}


def _days(since: datetime, until: datetime) -> Iterator[datetime]:
    """Moments of the period, at most a week apart, with both ends."""
    moment = since
    while moment < until:
        yield moment
        moment += timedelta(days=7)
    yield until
