"""Payments: captured and refunded amounts and discounts by course, instructor, month, day and coupon, and payments
that need attention."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from functions.dashboards.projections.projection import (
    Projection,
    RefreshPaymentRegister,
    RefreshRanking,
    reported_changes,
)
from shared.db.entities import Payment, PaymentEvent
from shared.db.read_models import counter_items
from shared.db.read_models.counter_items import Contribution, CounterItem
from shared.domain.coupons import CouponState
from shared.domain.lifecycle import PaymentStatus, StatusReason
from shared.settlement.balances import on_hold


class _Movement(NamedTuple):
    """An amount (minor units) that was captured, refunded or taken off the list price at a time; `counter` is
    `gross_INR`, `refunded_INR`, `discount_INR`, …"""

    at: datetime
    counter: str
    amount: int


def project(subject: str, old: Payment | None, new: Payment | None) -> Projection:
    """The amounts of the change, and its refreshes: of the ranking if an amount changed, of the register if the status
    changed, and the report to the invariant check. The amounts are computed without the history and only decide whether
    the payment is counted again; counter_sources then computes its contribution with the history."""
    projection = Projection()
    if old:
        _subtract(projection, payment_counts(subject, old, ()))
    if new:
        _add(projection, payment_counts(subject, new, ()))
    if new and (old is None or _amounts(old) != _amounts(new)):
        projection.refreshes.append(RefreshRanking(new.instructor_id, new.course_id))
    if new and (old is None or old.status is not new.status):
        projection.refreshes.append(RefreshPaymentRegister(new.order_id))
    projection.refreshes += reported_changes(old, new)
    return projection


def _add(projection: Projection, contribution: Contribution) -> None:
    for item, amounts in contribution.items():
        projection.counts[item].update(amounts)


def _subtract(projection: Projection, contribution: Contribution) -> None:
    for item, amounts in contribution.items():
        projection.counts[item].subtract(amounts)


def payment_counts(subject: str, payment: Payment, history: Sequence[PaymentEvent]) -> Contribution:
    """The contribution of a payment. A capture counts on the seller's day of `captured_at`, a refund on that of the
    history step that recorded it.

    The discount counts with the capture, and a refund changes neither: what was captured and the discount on it remain
    the list prices of what was sold, and the refund counts beside them."""
    counts = Projection().counts
    platform = counts[counter_items.platform_counters(subject)]
    platform["payments_refund_pending"] += payment.status is PaymentStatus.REFUND_PENDING
    platform["payments_mismatch"] += payment.reason is StatusReason.MISMATCH or bool(on_hold(payment))
    instructor_id, course_id = payment.instructor_id, payment.course_id
    for owner in (
        counter_items.instructor_counters(instructor_id),
        counter_items.instructor_course_counters(instructor_id, course_id),
    ):
        counts[owner][f"gross_{payment.currency}"] += payment.captured_amount
        counts[owner][f"refunded_{payment.currency}"] += payment.refunded_amount
        counts[owner][f"discount_{payment.currency}"] += discount_at_capture(payment)
    for movement in _movements(payment, history):
        for period in (
            counter_items.revenue_month_counters(movement.at),
            counter_items.revenue_day_counters(movement.at),
            *counter_items.instructor_day_counters(instructor_id, course_id, movement.at),
        ):
            counts[period][movement.counter] += movement.amount
    _count_coupon(counts, payment)
    return counts


def _count_coupon(counts: defaultdict[CounterItem, Counter[str]], payment: Payment) -> None:
    """The figures of the coupon of an order that was captured and kept, also once it is refunded."""
    if payment.coupon_state is None or not payment.coupon_state.is_redeemed:
        return
    coupon = counts[counter_items.coupon_counters(payment.coupon_code)]
    coupon["redeemed"] += payment.coupon_state is CouponState.REDEEMED
    coupon[f"gross_{payment.currency}"] += payment.captured_amount
    coupon[f"refunded_{payment.currency}"] += payment.refunded_amount
    coupon[f"discount_{payment.currency}"] += discount_of_coupon(payment)


def _movements(payment: Payment, history: Sequence[PaymentEvent]) -> Iterator[_Movement]:
    """The capture with its discount, and each change of the refunded amount. A refunded amount that no step of the
    history records counts at `updated_at` of the payment."""
    captured_at = payment.captured_at or payment.updated_at
    yield _Movement(captured_at, f"gross_{payment.currency}", payment.captured_amount)
    yield _Movement(captured_at, f"discount_{payment.currency}", discount_at_capture(payment))
    refunded_counter = f"refunded_{payment.currency}"
    recorded = 0
    for step in sorted(history, key=lambda event: event.number):
        refunded = json.loads(step.changes).get("refunded_amount", recorded)
        yield _Movement(step.at, refunded_counter, refunded - recorded)
        recorded = refunded
    yield _Movement(payment.updated_at, refunded_counter, payment.refunded_amount - recorded)


def discount_at_capture(payment: Payment) -> int:
    """The list price less the order's price, once it is captured; before that, 0."""
    return int(payment.discount or 0) if payment.captured_amount else 0


def discount_of_coupon(payment: Payment) -> int:
    """What the coupon took off the price. An order of an earlier version knows only the whole discount."""
    taken = payment.discount if payment.coupon_discount is None else payment.coupon_discount
    return int(taken or 0)


def _amounts(payment: Payment) -> tuple[int, int]:
    return payment.captured_amount, payment.refunded_amount
