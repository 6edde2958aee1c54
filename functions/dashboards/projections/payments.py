"""Payments: money that came and went, by course, instructor, month and day; and what an admin must look at."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime

from functions.dashboards.projections.projection import Projection, RefreshPaymentRegister, RefreshRanking
from shared.db.entities import Payment, PaymentEvent
from shared.db.read_models import counter_items
from shared.db.read_models.counter_items import Contribution
from shared.domain.lifecycle import PaymentStatus, StatusReason


def project(subject: str, old: Payment | None, new: Payment | None) -> Projection:
    """Whether the change counts, and what follows from it; the register follows each change of the status."""
    made = Projection()
    for payment, sign in ((old, -1), (new, 1)):
        if payment:
            for place, amounts in payment_counts(subject, payment, ()).items():
                for name, amount in amounts.items():
                    made.counts[place][name] += sign * amount
    if new and (old is None or _amounts(old) != _amounts(new)):
        made.refreshes.append(RefreshRanking(new.instructor_id, new.course_id))
    if new and (old is None or old.status is not new.status):
        made.refreshes.append(RefreshPaymentRegister(new.order_id))
    return made


def payment_counts(subject: str, payment: Payment, history: Sequence[PaymentEvent]) -> Contribution:
    """What a payment counts as. A capture counts on the day of `captured_at`, a refund on the day of the step of its
    history that brought it (UTC)."""
    counts = Projection().counts
    platform = counts[counter_items.platform_counters(subject)]
    platform["payments_refund_pending"] += payment.status is PaymentStatus.REFUND_PENDING
    platform["payments_mismatch"] += payment.reason is StatusReason.MISMATCH
    gross, refunded = f"gross_{payment.currency}", f"refunded_{payment.currency}"
    instructor_id, course_id = payment.instructor_id, payment.course_id
    for owner in (
        counter_items.instructor_counters(instructor_id),
        counter_items.instructor_course_counters(instructor_id, course_id),
    ):
        counts[owner][gross] += payment.captured_amount
        counts[owner][refunded] += payment.refunded_amount
    moves = [(payment.captured_at or payment.updated_at, gross, payment.captured_amount)]
    moves += [(at, refunded, amount) for at, amount in _refund_steps(payment, history)]
    for at, name, amount in moves:
        for place in (
            counter_items.revenue_month_counters(at),
            counter_items.revenue_day_counters(at),
            *counter_items.instructor_day_counters(instructor_id, course_id, at),
        ):
            counts[place][name] += amount
    return counts


def _refund_steps(payment: Payment, history: Sequence[PaymentEvent]) -> Iterator[tuple[datetime, int]]:
    """When which amount went back. What no step tells of went when the payment was last changed."""
    told = 0
    for step in sorted(history, key=lambda each: each.number):
        refunded = json.loads(step.changes).get("refunded_amount", told)
        yield step.at, refunded - told
        told = refunded
    yield payment.updated_at, payment.refunded_amount - told


def _amounts(payment: Payment) -> tuple[int, int]:
    return payment.captured_amount, payment.refunded_amount
