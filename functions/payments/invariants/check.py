"""The stored ledger, held against its invariants while everybody goes on writing to it.

A scan is no snapshot: what looks wrong may have been read in two halves. So whatever looks wrong is read again, and
only what is wrong every time is a breach.
"""

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from functions.payments import invariants
from functions.payments.invariants import certificates, receipt_numbering, refund_age, webhooks
from functions.payments.invariants.ledger import Breach, Ledger, build_ledger
from shared import clock
from shared.db import table_scan
from shared.db.entities import Certificate, Enrollment, EnrollmentEvent, Payment, PaymentEvent, Receipt, WebhookEvent
from shared.db.payments import receipts
from shared.db.table.base import Item
from shared.domain import gst

GRACE: Final = timedelta(hours=1)
"""How long after its time a timer may wait: a dozen runs of the sweep."""
READS_TO_CONFIRM: Final = 3
PAUSE_SECONDS: Final = 0.2

INVARIANTS: Final = {
    "I1": "every captured amount is what an access rests on, or refunded, or on its way back",
    "I2": "no access to a paid course without its payment, or an admin's grant",
    "I3": "never two unrefunded captures for one learner and course",
    "I4": "refunds never exceed the capture",
    "I5": "what was captured is what the order asked for",
    "I6": "nothing waits past its time, or without anybody looking",
    "I7": "no message counted twice",
    "I9": "only listed transitions, and every history folds to its item",
    "I12": "what was answered 2xx to the gateway is in the books",
    "I15": "each sale has a receipt, and their numbers neither gap nor double",
    "I16": "each completion has one certificate, and each certificate a completion",
}
"""What is looked at, by number, and what each says. docs/payments.md has all of them."""

_FIRST_YEAR: Final = 2026
_CHECKED_ENTITIES: Final = (Payment, PaymentEvent, Enrollment, EnrollmentEvent, WebhookEvent, Receipt, Certificate)


@dataclass(frozen=True)
class InvariantReport:
    """How many items were read, by kind, all that is wrong, and for how long the oldest refund has been on its way."""

    item_counts: Counter[str]
    breaches: list[Breach]
    oldest_refund_hours: int

    def breaches_of(self, invariant: str) -> list[Breach]:
        return [breach for breach in self.breaches if breach.invariant == invariant]


def check_invariants() -> InvariantReport:
    """Reads the whole table: for a command and a schedule, never for a request. Raises StoreUnavailable."""
    last = receipts.last_numbers(_financial_years())
    items = [item for item in table_scan.scan_all() if isinstance(item, _CHECKED_ENTITIES)]
    ledger, found = _find_breaches(items)
    for _ in range(READS_TO_CONFIRM - 1):
        if not found:
            break
        time.sleep(PAUSE_SECONDS)
        about = {(breach.invariant, breach.subject) for breach in found}
        _, still = _find_breaches(_reread(ledger, items, found))
        found = [breach for breach in still if (breach.invariant, breach.subject) in about]
    found += receipt_numbering.check_consecutive((item for item in items if isinstance(item, Receipt)), last)
    return InvariantReport(
        Counter(item.KIND for item in items), found, refund_age.oldest_refund_hours(items, clock.now())
    )


def _find_breaches(items: Iterable[Item]) -> tuple[Ledger, list[Breach]]:
    known = list(items)
    ledger = build_ledger(known)
    received = [item for item in known if isinstance(item, WebhookEvent)]
    found = invariants.breaches(ledger, clock.now(), grace=GRACE)
    found += [*webhooks.check_applied_once(ledger), *webhooks.check_applied(ledger, received)]
    written = [item for item in known if isinstance(item, Receipt)]
    found += [
        *receipt_numbering.check_receipts(ledger, written),
        *receipt_numbering.check_numbered(written, clock.now() - GRACE),
    ]
    return ledger, [
        *found,
        *certificates.check_certificates(ledger, (item for item in known if isinstance(item, Certificate))),
    ]


def _financial_years() -> list[str]:
    """The financial years that receipts may have been numbered in."""
    now = clock.now()
    return sorted({gst.financial_year(now - timedelta(days=365 * back)) for back in range(now.year - _FIRST_YEAR + 2)})


def _reread(ledger: Ledger, items: Sequence[Item], found: list[Breach]) -> list[Item]:
    """Everything that the breaches are about, as it is now."""
    orders = {breach.subject for breach in found if " " not in breach.subject}
    learners = {(subject[0], subject[1]) for breach in found if len(subject := breach.subject.split()) == 2}
    learners |= {(each.user_id, each.course_id) for order in orders if (each := ledger.payments.get(order))}
    orders |= {each.order_id for each in ledger.payments.values() if (each.user_id, each.course_id) in learners}
    read: list[Item] = [each for each in items if isinstance(each, WebhookEvent) and each.order_id in orders]
    read += [each for each in items if isinstance(each, Certificate) and (each.user_id, each.course_id) in learners]
    for user_id, course_id in learners:
        mine = table_scan.enrollment_items(user_id, course_id)
        orders |= {each.order_id for each in mine if isinstance(each, Enrollment) and each.order_id}
        orders |= {each.granted_by for each in mine if isinstance(each, Enrollment) and each.granted_by}
        read += mine
    for order_id in orders:
        read += table_scan.order_items(order_id)
    return read
