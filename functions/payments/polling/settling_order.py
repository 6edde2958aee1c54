"""The order in which the captures on an order are settled: the first of an accepted amount is the sale, and the others
are refunded."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from shared.db.entities import Payment
from shared.settlement.evidence import Captured
from shared.settlement.rules.amount_rules import check_amount
from shared.settlement.settle import amount_policy


class Returned(NamedTuple):
    """What was returned of a capture: all of it, or something, by refunds or for disputes. `by_request`: one of its
    refunds names a refund request."""

    all: bool = False
    any: bool = False
    by_request: bool = False


def in_settling_order(
    payment: Payment, captures: Iterable[Captured], returned_of: Callable[[Captured], Returned]
) -> list[Captured]:
    """Unexplained amounts first. Of the accepted ones, a capture that was returned in full is last. The others may have
    been recorded in a table that was lost: only the sale has refund requests, so a capture with a refund that names one
    was the sale, and comes first. Without such a name, a capture of which something was returned comes later, because
    duplicates are refunded."""

    def position(capture: Captured) -> tuple[bool, bool, bool, bool]:
        returned, is_accepted = returned_of(capture), check_amount(payment, capture, amount_policy()).is_accepted
        return is_accepted, returned.all, not returned.by_request, returned.any

    return sorted(captures, key=position)
