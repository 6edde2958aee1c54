"""When an unsettled payment is polled next."""

from datetime import timedelta

import pytest

from cli._payment_matrix import NOW, ORDER_ID, make_payment
from shared.db.payments.payment_attributes import payment_attributes
from shared.domain.changes import PaymentChanges
from shared.domain.lifecycle import PaymentStatus
from shared.settlement.poll_schedule import next_poll_while_unpaid
from shared.settlement.refund_retries import refund_poll_delay

DAY = 24 * 60


def next_poll_minute(status: PaymentStatus, *, now: float, window: float = 30) -> float | None:
    """The minute of the next poll of an order that was created in minute 0; None for no poll."""
    payment = make_payment(status, created_at=NOW, window_ends_at=NOW + timedelta(minutes=window))
    moment = next_poll_while_unpaid(payment, NOW + timedelta(minutes=now))
    return (moment - NOW) / timedelta(minutes=1) if moment else None


@pytest.mark.parametrize(
    ("now", "then"),
    [(0, 5), (4.9, 5), (5, 10), (10, 15), (14.9, 15), (15, 22.5), (22.5, 30), (29.9, 30), (30, 45), (45, 90)],
)
def test_poll_schedule_pending_order_polls_every_seven_minutes_until_window_end(now: float, then: float) -> None:
    assert next_poll_minute(PaymentStatus.PENDING, now=now) == then


def test_poll_schedule_short_window_polls_no_later_than_window_end() -> None:
    assert next_poll_minute(PaymentStatus.PENDING, now=10, window=14) == 14
    assert next_poll_minute(PaymentStatus.PENDING, now=5, window=10) == 10
    assert next_poll_minute(PaymentStatus.PENDING, now=0, window=5) == 5


@pytest.mark.parametrize(
    ("now", "then"),
    [
        (0, 45),
        (44.9, 45),
        (45, 90),
        (90, 390),
        (390, 30 + DAY),
        (30 + DAY, 30 + 3 * DAY),
        (30 + 3 * DAY, 30 + 6 * DAY),
        (30 + 6 * DAY, None),
    ],
)
def test_poll_schedule_failed_order_polls_until_six_days_after_window(now: float, then: float | None) -> None:
    assert next_poll_minute(PaymentStatus.FAILED, now=now) == then


def test_next_poll_is_stored_as_due_index_key_and_none_removes_it() -> None:
    assert payment_attributes(ORDER_ID, PaymentChanges(next_poll_at=NOW)) == {
        "gsi2pk": "DUE#1",
        "gsi2sk": "2026-11-23T12:00:00.000Z",
    }
    assert payment_attributes(ORDER_ID, PaymentChanges(next_poll_at=None)) == {"gsi2pk": None, "gsi2sk": None}


def test_refund_poll_delay_doubles_per_failed_refund_up_to_one_day() -> None:
    minutes = [refund_poll_delay(failed) / timedelta(minutes=1) for failed in (0, 1, 2, 6, 7, 10, 500)]
    assert minutes == [15, 30, 60, 960, DAY, DAY, DAY]
