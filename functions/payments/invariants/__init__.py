"""What must be true of the ledger at every moment, whatever happened: pure checks over stored entities.

`read` sorts entities into a Ledger, `breaches` looks at it: one Breach for each thing that is wrong, none when all is
well. Nothing here writes, asks anybody, or knows what time it is unless told. Numbers are those of docs/payments.md.

    I1  every captured paisa is what an enrollment rests on, or refunded, or on its way back; money is refused only
        when the learner has the course already or gave it up
    I2  no access to a course without a payment of that learner, course and amount, or an admin's grant
    I3  never two unrefunded captures for one learner and course; no second order while the first can be paid
    I4  refunds never exceed the capture, and what is said to be back is the sum of what took it there
    I5  what was captured is what the order asked for
    I6  whatever waits is looked at again, and not long after it is due
    I9  only listed transitions, and the history folds to the item
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Final

from functions.payments.invariants import access, duplicates, money, scheduled_polls
from functions.payments.invariants.ledger import Breach, Ledger

CHECKS: Final[tuple[Callable[[Ledger], Iterator[Breach]], ...]] = (
    money.check_captures_accounted,
    duplicates.check_refund_reasons,
    access.check_access_basis,
    duplicates.check_paid_once,
    duplicates.check_single_open_order,
    money.check_refund_totals,
    money.check_captured_amounts,
    access.check_history,
)
"""Those that need no clock."""


def breaches(ledger: Ledger, now: datetime, *, grace: timedelta | None = None) -> list[Breach]:
    """Everything that is wrong. With `grace`, also timers that were due longer ago than that (I6)."""
    found = [breach for check in CHECKS for breach in check(ledger)]
    found += scheduled_polls.check_polls_scheduled(ledger, now)
    if grace is not None:
        found += [
            *scheduled_polls.check_not_overdue(ledger, now - grace),
            *scheduled_polls.check_not_stuck(ledger, now - grace),
        ]
    return found
