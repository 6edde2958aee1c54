"""What each rule about reversals writes, to the last attribute: lost disputes and manual refunds."""

from typing import Any

import pytest

from cli._payment_matrix import AMOUNT, NOW, PAYMENT_ID, make_payment
from shared.domain.captures import RefundStatus
from shared.domain.lifecycle import PaymentStatus, StatusReason
from shared.settlement.decision import Verdict
from shared.settlement.evidence import DisputeLost, ManualRefund, Refunded
from tests.unit.settlement.expected_changes import (
    ACTIVE_BY_OTHER_ORDER,
    ACTIVE_ENROLLMENT,
    NO_POLL,
    cancellation_changes,
    poll_in,
)
from tests.unit.settlement.written import NO_CHANGE, Written, decide

LOST_DISPUTE = DisputeLost(PAYMENT_ID, "disp_1", AMOUNT)
MANUAL_REFUND = ManualRefund(PAYMENT_ID, "UTR1", AMOUNT)


HOLDING_FUNDS = (PaymentStatus.CAPTURED, PaymentStatus.REFUND_PENDING)


def reversal_entry(amount: int, by: str) -> dict[str, Any]:
    return {{"dispute": "disp_1", "hand": "UTR1"}[by]: {"amount": amount, "by": by}}


class TestLostDispute:
    @pytest.mark.parametrize("status", HOLDING_FUNDS)
    def test_decide_lost_dispute_marks_refunded_and_ends_access_it_granted(self, status: PaymentStatus) -> None:
        changes = {
            "other_returns": reversal_entry(AMOUNT, "dispute"),
            "status": PaymentStatus.REFUNDED,
            "reason": StatusReason.CHARGEBACK,
            "refunded_amount": AMOUNT,
            **(NO_POLL if status is PaymentStatus.CAPTURED else poll_in(15)),
        }
        written = decide(make_payment(status), ACTIVE_ENROLLMENT, LOST_DISPUTE, NOW)
        assert written == Written(Verdict.REFUNDED, changes, cancellation_changes(StatusReason.CHARGEBACK))
        assert decide(make_payment(status), ACTIVE_BY_OTHER_ORDER, LOST_DISPUTE, NOW).enrollment == {}

    def test_decide_partial_lost_dispute_counts_its_amount_and_keeps_access(self) -> None:
        part = DisputeLost(PAYMENT_ID, "disp_1", 100)
        changes = {"other_returns": reversal_entry(100, "dispute"), "refunded_amount": 100, **NO_POLL}
        assert decide(make_payment(PaymentStatus.CAPTURED), ACTIVE_ENROLLMENT, part, NOW) == Written(
            Verdict.RECORDED, changes
        )
        reversals = reversal_entry(100, "dispute")
        payment = make_payment(PaymentStatus.CAPTURED, other_returns=reversals, refunded_amount=100)
        assert decide(payment, ACTIVE_ENROLLMENT, part, NOW) == NO_CHANGE
        rest = decide(payment, ACTIVE_ENROLLMENT, DisputeLost(PAYMENT_ID, "disp_2", AMOUNT - 100), NOW)
        assert (rest.payment["refunded_amount"], rest.enrollment) == (
            AMOUNT,
            cancellation_changes(StatusReason.CHARGEBACK),
        )

    def test_decide_lost_dispute_of_refunded_payment_is_recorded(self) -> None:
        changes = {"other_returns": reversal_entry(AMOUNT, "dispute"), "refunded_amount": AMOUNT, **NO_POLL}
        written = decide(make_payment(PaymentStatus.REFUNDED), ACTIVE_ENROLLMENT, LOST_DISPUTE, NOW)
        assert written == Written(Verdict.RECORDED, changes)

    def test_decide_lost_dispute_with_pending_refund_polls_in_15_minutes(self) -> None:
        pending = {"rfnd_1": {"amount": AMOUNT, "status": "pending"}}
        written = decide(make_payment(PaymentStatus.REFUND_PENDING, refunds=pending), None, LOST_DISPUTE, NOW)
        assert (written.verdict, written.payment["gsi2sk"]) == (Verdict.REFUNDED, poll_in(15)["gsi2sk"])
        payment = make_payment(
            PaymentStatus.REFUNDED, refunds=pending, other_returns=reversal_entry(AMOUNT, "dispute"), **poll_in(0)
        )
        settled = decide(payment, None, Refunded(PAYMENT_ID, "rfnd_1", AMOUNT, RefundStatus.PROCESSED), NOW)
        both = {"refunds": {"rfnd_1": {"amount": AMOUNT, "status": "processed"}}, "refund_requests": {}}
        assert settled == Written(Verdict.RECORDED, {**both, "refunded_amount": AMOUNT, **NO_POLL})

    @pytest.mark.parametrize("status", [PaymentStatus.PENDING, PaymentStatus.AUTHORIZED, PaymentStatus.FAILED])
    def test_decide_lost_dispute_of_uncaptured_payment_changes_nothing(self, status: PaymentStatus) -> None:
        assert decide(make_payment(status), ACTIVE_ENROLLMENT, LOST_DISPUTE, NOW) == NO_CHANGE


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
        changes = {"other_returns": reversal_entry(AMOUNT, "hand"), **settled, **poll}
        assert written == Written(Verdict.REFUNDED, changes, cancellation_changes(StatusReason.REFUNDED))

    def test_decide_manual_refund_repeated_is_known_and_reused_reference_refused(self) -> None:
        for status in PaymentStatus:
            known = make_payment(status, payment_id=PAYMENT_ID, other_returns=reversal_entry(AMOUNT, "hand"))
            assert decide(known, ACTIVE_ENROLLMENT, MANUAL_REFUND, NOW) == NO_CHANGE
            another = ManualRefund("pay_CCCCCCCCCCCCCC", "UTR1", AMOUNT)
            assert decide(known, ACTIVE_ENROLLMENT, another, NOW) == Written(Verdict.REJECTED)

    def test_decide_manual_refund_above_unrequested_balance_is_refused(self) -> None:
        pending = {"rfnd_1": {"amount": 100, "status": "pending"}}
        requests = {"k": {"amount": 50, "refund_id": ""}}
        payment = make_payment(PaymentStatus.CAPTURED, refunds=pending, refund_requests=requests)
        limit = AMOUNT - 150
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
