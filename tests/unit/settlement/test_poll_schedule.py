"""When an unsettled payment is looked at next."""

from datetime import timedelta
from typing import Any

import pytest

from cli._payment_matrix import NOW, ORDER_ID, make_payment
from shared.domain.lifecycle import PaymentStatus
from shared.settlement.poll_schedule import cancel_poll, next_unpaid_poll, refund_poll_delay, schedule_poll

DAY = 24 * 60


def next_poll_minute(status: PaymentStatus, *, now: float, window: float = 30) -> float | None:
    """The minute of the next look at an order that was made in minute 0; None for none."""
    held = make_payment(status, created_at=NOW, window_ends_at=NOW + timedelta(minutes=window))
    found: dict[str, Any] = next_unpaid_poll(held, NOW + timedelta(minutes=now))
    for minute in (5, 10, 15, 30, 45, 90, 390, 30 + DAY, 30 + 3 * DAY, 30 + 6 * DAY, 20, 25):
        if found == schedule_poll(ORDER_ID, NOW + timedelta(minutes=minute)):
            return minute
    assert found == cancel_poll()
    return None


@pytest.mark.parametrize(
    ("now", "then"), [(0, 5), (4.9, 5), (5, 15), (14.9, 15), (15, 30), (29.9, 30), (30, 45), (45, 90)]
)
def test_poll_schedule_pending_order_polls_at_5_15_minutes_and_window_end(now: float, then: float) -> None:
    assert next_poll_minute(PaymentStatus.PENDING, now=now) == then


def test_poll_schedule_short_window_polls_no_later_than_window_end() -> None:
    assert next_poll_minute(PaymentStatus.PENDING, now=5, window=15) == 15
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


def test_poll_timer_is_due_index_key_and_no_timer_clears_it() -> None:
    assert schedule_poll(ORDER_ID, NOW) == {"gsi2pk": "DUE#1", "gsi2sk": "2026-11-23T12:00:00.000Z"}
    assert cancel_poll() == {"gsi2pk": None, "gsi2sk": None}


def test_refund_poll_delay_doubles_per_failed_refund_up_to_one_day() -> None:
    minutes = [refund_poll_delay(failed) / timedelta(minutes=1) for failed in (0, 1, 2, 6, 7, 10, 500)]
    assert minutes == [15, 30, 60, 960, DAY, DAY, DAY]
