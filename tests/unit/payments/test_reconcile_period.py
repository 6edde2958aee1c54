"""Which payments of ours a reconciliation of a period compares."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from cli._payment_matrix import NOW, make_payment
from functions.payments.reconciliation.reconcile import may_concern
from shared.domain.lifecycle import PaymentStatus
from tests.unit.settlement.expected_changes import refund_entries

SECOND = timedelta(seconds=1)
SINCE, UNTIL = NOW, NOW + timedelta(days=1)
REFUND = {"refunds": refund_entries(one=(1, "processed"))}
MANUAL = {"other_returns": {"UTR1": {"amount": 1, "by": "hand"}}}


def payment(created_at: datetime, captured_at: datetime, updated_at: datetime, **changes: Any) -> Any:
    times: dict[str, Any] = {"created_at": created_at, "captured_at": captured_at, "updated_at": updated_at}
    return make_payment(PaymentStatus.CAPTURED, **times, **changes)


@pytest.mark.parametrize(
    ("captured_at", "expected"),
    [(SINCE - SECOND, False), (SINCE, True), (SINCE + SECOND, True), (UNTIL, True), (UNTIL + SECOND, False)],
)
def test_may_concern_capture_within_the_period(captured_at: datetime, expected: bool) -> None:
    stored = payment(SINCE - SECOND, captured_at, SINCE - SECOND)
    assert may_concern(stored, SINCE, UNTIL) is expected


@pytest.mark.parametrize("returned", [REFUND, MANUAL], ids=["refund", "manual refund"])
@pytest.mark.parametrize(
    ("created_at", "updated_at", "expected"),
    [
        (SINCE - 2 * SECOND, SINCE - SECOND, False),
        (SINCE - 2 * SECOND, SINCE, True),
        (UNTIL, UNTIL + 2 * SECOND, True),
        (UNTIL + SECOND, UNTIL + 2 * SECOND, False),
    ],
)
def test_may_concern_returned_money_of_payments_changed_since_the_period_began(
    created_at: datetime, updated_at: datetime, expected: bool, returned: dict[str, Any]
) -> None:
    captured_at = UNTIL + SECOND if created_at >= UNTIL else SINCE - SECOND
    assert may_concern(payment(created_at, captured_at, updated_at, **returned), SINCE, UNTIL) is expected


def test_may_concern_changed_payment_without_returned_money_is_not_compared() -> None:
    assert may_concern(payment(SINCE - 2 * SECOND, SINCE - SECOND, SINCE), SINCE, UNTIL) is False
