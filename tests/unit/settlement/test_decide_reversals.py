"""What the rule about manual refunds writes, to the last attribute."""

from typing import Any

import pytest

from cli._payment_matrix import AMOUNT, NOW, PAYMENT_ID, make_payment
from shared.domain.lifecycle import PaymentStatus, StatusReason
from shared.settlement.decision import Verdict
from shared.settlement.evidence import ManualRefund
from tests.unit.settlement.expected_changes import (
    ACTIVE_ENROLLMENT,
    NO_POLL,
    cancellation_changes,
    poll_in,
)
from tests.unit.settlement.written import NO_CHANGE, Written, decide

MANUAL_REFUND = ManualRefund(PAYMENT_ID, "UTR1", AMOUNT)


HOLDING_FUNDS = (PaymentStatus.CAPTURED, PaymentStatus.REFUND_PENDING)


def reversal_entry(amount: int) -> dict[str, Any]:
    return {"UTR1": {"amount": amount, "by": "hand"}}


class TestManualRefund:
    @pytest.mark.parametrize(
        ("status", "reason", "reason_after"),
        [
            (PaymentStatus.CAPTURED, None, StatusReason.REQUESTED),
            (PaymentStatus.REFUND_PENDING, StatusReason.DUPLICATE, StatusReason.DUPLICATE),
        ],
    )
    def test_decide_manual_refund_of_full_amount_marks_refunded(
        self, status: PaymentStatus, reason: StatusReason | None, reason_after: StatusReason
    ) -> None:
        written = decide(make_payment(status, reason=reason), ACTIVE_ENROLLMENT, MANUAL_REFUND, NOW)
        settled = {"status": PaymentStatus.REFUNDED, "reason": reason_after, "refunded_amount": AMOUNT}
        poll = NO_POLL if status is PaymentStatus.CAPTURED else poll_in(15)
        changes = {"other_returns": reversal_entry(AMOUNT), **settled, **poll}
        assert written == Written(Verdict.REFUNDED, changes, cancellation_changes(StatusReason.REFUNDED))

    def test_decide_manual_refund_repeated_is_known_and_reused_reference_refused(self) -> None:
        for status in PaymentStatus:
            known = make_payment(status, payment_id=PAYMENT_ID, other_returns=reversal_entry(AMOUNT))
            assert decide(known, ACTIVE_ENROLLMENT, MANUAL_REFUND, NOW) == NO_CHANGE
            another = ManualRefund("pay_CCCCCCCCCCCCCC", "UTR1", AMOUNT)
            assert decide(known, ACTIVE_ENROLLMENT, another, NOW) == Written(Verdict.REJECTED)

    def test_decide_manual_refund_above_balance_is_refused(self) -> None:
        pending = {"rfnd_1": {"amount": 100, "status": "pending"}}
        payment = make_payment(PaymentStatus.CAPTURED, refunds=pending)
        limit = AMOUNT - 100
        assert decide(payment, ACTIVE_ENROLLMENT, ManualRefund(PAYMENT_ID, "UTR1", limit + 1), NOW) == Written(
            Verdict.REJECTED
        )
        assert (
            decide(payment, ACTIVE_ENROLLMENT, ManualRefund(PAYMENT_ID, "UTR1", limit), NOW).payment["refunded_amount"]
            == limit
        )

    @pytest.mark.parametrize("status", [each for each in PaymentStatus if each not in HOLDING_FUNDS])
    def test_decide_manual_refund_without_captured_funds_is_refused(self, status: PaymentStatus) -> None:
        assert decide(make_payment(status), ACTIVE_ENROLLMENT, MANUAL_REFUND, NOW) == Written(Verdict.REJECTED)

    def test_decide_manual_refund_of_unknown_payment_is_refused(self) -> None:
        unknown = ManualRefund("pay_CCCCCCCCCCCCCC", "UTR1", 1)
        assert decide(make_payment(PaymentStatus.CAPTURED), ACTIVE_ENROLLMENT, unknown, NOW) == Written(
            Verdict.REJECTED
        )
