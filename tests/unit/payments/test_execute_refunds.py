"""For which payments Razorpay has still to be asked for a refund of the primary capture."""

from typing import Any

import pytest

from cli._payment_matrix import AMOUNT, make_payment
from functions.payments.refunds.execute_refunds import is_primary_refund_due
from shared.domain.lifecycle import PaymentStatus
from tests.unit.settlement.expected_changes import OPEN, WON, disputed, refund_entries

REQUEST: dict[str, Any] = {"refund_requests": {"k": {"amount": 100, "refund_id": ""}}}


@pytest.mark.parametrize(
    ("status", "changes", "is_due"),
    [
        (PaymentStatus.REFUND_PENDING, {}, True),
        (PaymentStatus.REFUND_PENDING, {"refunds": refund_entries(one=(AMOUNT - 1, "processed"))}, True),
        (PaymentStatus.REFUND_PENDING, {"refunds": refund_entries(one=(AMOUNT, "pending"))}, False),
        (PaymentStatus.REFUND_PENDING, disputed(OPEN), False),
        (PaymentStatus.REFUND_PENDING, disputed(WON), True),
        (PaymentStatus.CAPTURED, {}, False),
        (PaymentStatus.CAPTURED, REQUEST, True),
        (PaymentStatus.CAPTURED, {**REQUEST, **disputed(OPEN)}, False),
        (PaymentStatus.REFUNDED, REQUEST, False),
    ],
)
def test_is_primary_refund_due_while_something_is_left_and_no_dispute_is_open(
    status: PaymentStatus, changes: dict[str, Any], is_due: bool
) -> None:
    assert is_primary_refund_due(make_payment(status, **changes)) is is_due
