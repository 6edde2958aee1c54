"""Voids the receipt numbers that may have been issued after the moment of a restored table.

The table knows its last number only. As many receipts may have been numbered since as there are captures without a
number; but an earlier recovery after that moment had voided numbers too, and only the table that it recovered knows
how many. So the last numbers of the replaced tables count as well.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

from functions.payments.reconciliation.gateway_lists import GatewayLists
from shared import clock, seller_day
from shared.db import due_index
from shared.db.entities import Receipt
from shared.db.payments import receipts
from shared.db.payments.receipts import VoidedNumbers
from shared.db.table import keys, store
from shared.db.table.unreadable_items import read_each

MARGIN: Final = 100
"""Numbers that are voided in addition to those that may have been issued: the lists of the gateway may omit some."""
_ANY_TIME: Final = timedelta(days=36_500)
_MAX_UNNUMBERED: Final = 10**6
_NUMBER: Final = re.compile(r"L/(\d\d-\d\d)/(\d{6,12})", re.ASCII)


def last_issued(replaced_tables: Iterable[str], numbers: Iterable[str]) -> dict[str, int]:
    """Financial year > the last receipt number that one of the replaced tables has assigned or voided, or that
    `numbers` names (such as "L/26-27/000123").

    Raises StoreUnavailable, and ValueError for a table without receipt numbers and for a text that is no number."""
    issued: dict[str, int] = {}
    for year, last in (*_of_tables(replaced_tables), *map(_parse, numbers)):
        issued[year] = max(last, issued.get(year, 0))
    return issued


def void_issued_numbers(
    gateway: GatewayLists, since: datetime, restored_to: datetime, now: datetime, issued: Mapping[str, int]
) -> dict[str, VoidedNumbers]:
    """Voids as many numbers of each financial year from `since` as receipts may have been numbered after the moment:
    one for each capture that has no numbered receipt in this table. The sum covers every year, which voids too many
    rather than too few. They follow the `issued` numbers of the year. Returns the ranges by financial year."""
    count = _count_unnumbered(gateway, now) + MARGIN
    years = {seller_day.financial_year(moment) for moment in _days(since, now)}
    known = receipts.counters(list(issued))
    years |= {year for year, last in issued.items() if year not in known or known[year].last < last}
    return {year: receipts.void_numbers(year, count, restored_to, now, issued.get(year, 0)) for year in sorted(years)}


def _of_tables(names: Iterable[str]) -> Iterator[tuple[str, int]]:
    for name in names:
        found = receipts.last_numbers_of(name, seller_day.financial_years(clock.now()))
        if not found:
            raise ValueError(f"the table {name} has no receipt numbers")
        yield from found.items()


def _parse(number: str) -> tuple[str, int]:
    matched = _NUMBER.fullmatch(number)
    if matched is None:
        raise ValueError(f"{number} is no receipt number, such as L/26-27/000123")
    return matched[1], int(matched[2])


def _count_unnumbered(gateway: GatewayLists, now: datetime) -> int:
    unnumbered = sum(len(_without_number(batch)) for batch in gateway.captured_order_ids())
    unnumbered += len(due_index.list_due_receipts(now + _ANY_TIME, _MAX_UNNUMBERED))
    due = due_index.list_due(now + _ANY_TIME, _MAX_UNNUMBERED)  # version 0.2.0 put receipts there
    return unnumbered + sum(each.key.sk == keys.receipt("").sk for each in due)


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
