"""Checks the stored ledger against its invariants while the platform goes on writing to it.

A scan is not atomic: it may read one half of a transaction before and the other half after it was written. A
suspect item is therefore read again, and a breach is reported only if every read shows it.
"""

import time
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from functions.payments.invariants import refund_age
from functions.payments.invariants.ledger import Breach, Learner, Ledger, build_ledger, learner_of
from functions.payments.invariants.registry import find_breaches, find_whole_table_breaches
from shared import clock
from shared.db import table_scan
from shared.db.entities import Certificate, Enrollment, EnrollmentEvent, Payment, PaymentEvent, Receipt, WebhookEvent
from shared.db.payments import receipts
from shared.db.table.base import Item
from shared.domain import gst

GRACE: Final = timedelta(hours=1)
"""How long scheduled work may be overdue: the time of twelve sweeps."""
READS_TO_CONFIRM: Final = 3
PAUSE_SECONDS: Final = 0.2

_FIRST_YEAR: Final = 2026
_CHECKED_ENTITIES: Final = (Payment, PaymentEvent, Enrollment, EnrollmentEvent, WebhookEvent, Receipt, Certificate)


@dataclass(frozen=True)
class InvariantReport:
    """The number of items that were read, by kind; the confirmed breaches; and the age of the oldest pending refund in
    whole hours."""

    item_counts: Counter[str]
    breaches: list[Breach]
    oldest_refund_hours: int

    def breaches_of(self, invariant_id: str) -> list[Breach]:
        return [breach for breach in self.breaches if breach.invariant == invariant_id]


def check_invariants() -> InvariantReport:
    """Checks the whole table. It reads every item, so only a command or a schedule may call it, never a request.

    Raises StoreUnavailable."""
    years = _financial_years()
    last_numbers = receipts.last_numbers(years)
    voided = receipts.voided_numbers(years)
    items = [item for item in table_scan.scan_all() if isinstance(item, _CHECKED_ENTITIES)]
    ledger = build_ledger(items, clock.now(), last_numbers)
    ledger.voided_receipt_numbers = {
        year: [range(each.first, each.last + 1) for each in ranges] for year, ranges in voided.items()
    }
    confirmed = _confirm(ledger, _find_breaches(ledger))
    # No second read: a receipt never loses its number, and the last numbers were read before the receipts.
    confirmed += find_whole_table_breaches(ledger)
    return InvariantReport(Counter(item.KIND for item in items), confirmed, refund_age.oldest_refund_hours(ledger))


def _find_breaches(ledger: Ledger) -> list[Breach]:
    return find_breaches(ledger, overdue_before=ledger.as_of - GRACE)


def _confirm(ledger: Ledger, suspected: list[Breach]) -> list[Breach]:
    """The suspected breaches that every later read shows too."""
    for _ in range(READS_TO_CONFIRM - 1):
        if not suspected:
            break
        time.sleep(PAUSE_SECONDS)
        keys = {(breach.invariant, breach.subject) for breach in suspected}
        current = build_ledger(_reread(ledger, suspected), clock.now())
        suspected = [breach for breach in _find_breaches(current) if (breach.invariant, breach.subject) in keys]
    return suspected


def _reread(ledger: Ledger, suspected: list[Breach]) -> list[Item]:
    """The current items of every order and learner that the breaches concern. Webhooks and certificates have no
    index by order or learner, so they are taken from the scan."""
    suspects = _suspects(ledger, suspected)
    current = [item for learner in suspects.learners for item in table_scan.enrollment_items(*learner)]
    suspects.order_ids |= _orders_of_enrollments(current)
    for order_id in suspects.order_ids:
        current += table_scan.order_items(order_id)
    return _scanned(ledger, suspects) + current


@dataclass
class _Suspects:
    """The orders and learners that the suspected breaches concern."""

    order_ids: set[str]
    learners: set[Learner]


def _suspects(ledger: Ledger, suspected: list[Breach]) -> _Suspects:
    """The subjects of the breaches, the payers of those orders, and every order of those learners."""
    order_ids: set[str] = set()
    learners: set[Learner] = set()
    for breach in suspected:
        if " " in breach.subject:
            learners.add(Learner(*breach.subject.split(" ")))
        else:
            order_ids.add(breach.subject)
    learners |= {learner_of(ledger.payments[order_id]) for order_id in order_ids & ledger.payments.keys()}
    order_ids |= {order_id for order_id, payment in ledger.payments.items() if learner_of(payment) in learners}
    return _Suspects(order_ids, learners)


def _scanned(ledger: Ledger, suspects: _Suspects) -> list[Item]:
    """The webhooks and certificates of the scan that concern the suspects."""
    webhooks = [event for event in ledger.webhooks if event.order_id in suspects.order_ids]
    certificates = [each for each in ledger.certificates.values() if learner_of(each) in suspects.learners]
    return [*webhooks, *certificates]


def _orders_of_enrollments(items: list[Item]) -> set[str]:
    """The orders that the enrollments wait for or are granted by."""
    orders: set[str] = set()
    for item in items:
        if isinstance(item, Enrollment):
            orders |= {order_id for order_id in (item.order_id, item.granted_by) if order_id}
    return orders


def _financial_years() -> list[str]:
    """The financial years in which receipts may have been numbered."""
    now = clock.now()
    return sorted({gst.financial_year(now - timedelta(days=365 * back)) for back in range(now.year - _FIRST_YEAR + 2)})
