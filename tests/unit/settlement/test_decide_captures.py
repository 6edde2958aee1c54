"""What each rule about captures writes, to the last attribute: they settle, replace the basis, or are refunded."""

from dataclasses import replace

import pytest

from cli._payment_matrix import AMOUNT, ENROLLMENTS, NOW, ORDER_ID, make_payment
from shared.domain.lifecycle import PaymentStatus, StatusReason
from shared.settlement.decision import Verdict
from shared.settlement.evidence import Captured
from tests.unit.settlement.expected_changes import (
    ACTIVE_BY_OTHER_ORDER,
    ACTIVE_ENROLLMENT,
    CAPTURE_ATTRIBUTES,
    CAPTURED,
    CAPTURED_CHANGES,
    PENDING_ENROLLMENT,
    activation_changes,
    on_hold_entry,
    pending_payment,
    poll_in,
)
from tests.unit.settlement.written import NO_CHANGE, Written, decide


class TestCapture:
    def test_decide_capture_with_access_by_this_order_only_records_capture(self) -> None:
        for access in (ACTIVE_ENROLLMENT, ENROLLMENTS["completed by this order"]):
            written = decide(make_payment(PaymentStatus.AUTHORIZED), access, CAPTURED, NOW)
            assert written == Written(Verdict.CAPTURED, CAPTURED_CHANGES)

    @pytest.mark.parametrize("status", [PaymentStatus.PENDING, PaymentStatus.FAILED, PaymentStatus.AUTHORIZED])
    def test_decide_capture_for_pending_enrollment_grants_access(self, status: PaymentStatus) -> None:
        written = decide(make_payment(status, reason=StatusReason.EXPIRED), PENDING_ENROLLMENT, CAPTURED, NOW)
        assert written == Written(Verdict.GRANTED, CAPTURED_CHANGES, activation_changes())

    @pytest.mark.parametrize(
        ("fee", "tax", "stored"),
        [
            (1_178, 180, {"gateway_fee": 1_178, "gateway_tax": 180}),
            (0, 0, {"gateway_fee": 0, "gateway_tax": 0}),
            (1_178, None, {"gateway_fee": 1_178}),
            (None, None, {}),
        ],
    )
    def test_decide_capture_stores_the_fee_that_the_gateway_states(
        self, fee: int | None, tax: int | None, stored: dict[str, int]
    ) -> None:
        evidence = replace(CAPTURED, fee=fee, tax=tax)
        written = decide(pending_payment(), PENDING_ENROLLMENT, evidence, NOW)
        assert written == Written(Verdict.GRANTED, CAPTURED_CHANGES | stored, activation_changes())

    def test_decide_capture_with_pending_evidence_polls_in_15_minutes(self) -> None:
        written = decide(pending_payment(), PENDING_ENROLLMENT, replace(CAPTURED, has_pending_evidence=True), NOW)
        assert written == Written(Verdict.GRANTED, CAPTURED_CHANGES | poll_in(15), activation_changes())

    @pytest.mark.parametrize("name", ["active by another order", "active, free", "completed by another order"])
    def test_decide_capture_with_access_by_another_basis_is_refunded_as_duplicate(self, name: str) -> None:
        changes = {
            **CAPTURE_ATTRIBUTES,
            "status": PaymentStatus.REFUND_PENDING,
            "reason": StatusReason.DUPLICATE,
            **poll_in(0),
        }
        assert decide(pending_payment(), ENROLLMENTS[name], CAPTURED, NOW) == Written(Verdict.REFUND_DUE, changes)

    @pytest.mark.parametrize("name", ["cancelled: withdrawn", "cancelled: revoked", "cancelled: refunded"])
    def test_decide_capture_after_withdrawal_revocation_or_refund_is_refunded(self, name: str) -> None:
        changes = {
            **CAPTURE_ATTRIBUTES,
            "status": PaymentStatus.REFUND_PENDING,
            "reason": StatusReason.NO_LONGER_WANTED,
            **poll_in(0),
        }
        assert decide(pending_payment(), ENROLLMENTS[name], CAPTURED, NOW) == Written(Verdict.REFUND_DUE, changes)

    @pytest.mark.parametrize("status", [PaymentStatus.CAPTURED, PaymentStatus.REFUND_PENDING, PaymentStatus.REFUNDED])
    def test_decide_capture_already_recorded_changes_nothing(self, status: PaymentStatus) -> None:
        assert decide(make_payment(status), PENDING_ENROLLMENT, CAPTURED, NOW) == NO_CHANGE


class TestCaptureWithAuthorizedBasis:
    AUTHORIZED_BASIS = make_payment(PaymentStatus.AUTHORIZED, order_id="order_BBBBBBBBBBBBBB")

    @pytest.mark.parametrize("name", ["active by another order", "completed by another order"])
    def test_decide_capture_replaces_authorized_basis_of_access(self, name: str) -> None:
        for status in (PaymentStatus.PENDING, PaymentStatus.FAILED, PaymentStatus.AUTHORIZED):
            written = decide(make_payment(status), ENROLLMENTS[name], CAPTURED, NOW, self.AUTHORIZED_BASIS)
            assert written == Written(Verdict.GRANTED, CAPTURED_CHANGES, {"granted_by": ORDER_ID})

    def test_decide_capture_replacing_basis_makes_held_refund_due_now(self) -> None:
        entry = on_hold_entry(Captured("pay_BBBBBBBBBBBBBB", AMOUNT - 1, "INR"))
        failed = make_payment(PaymentStatus.FAILED, reason=StatusReason.MISMATCH, surplus=entry)
        written = decide(failed, ACTIVE_BY_OTHER_ORDER, CAPTURED, NOW, self.AUTHORIZED_BASIS)
        assert (written.verdict, written.payment["gsi2sk"]) == (Verdict.GRANTED, poll_in(0)["gsi2sk"])

    @pytest.mark.parametrize("status", [each for each in PaymentStatus if each is not PaymentStatus.AUTHORIZED])
    def test_decide_capture_with_basis_not_authorized_is_refunded_as_duplicate(self, status: PaymentStatus) -> None:
        written = decide(
            pending_payment(),
            ACTIVE_BY_OTHER_ORDER,
            CAPTURED,
            NOW,
            make_payment(status, order_id="order_BBBBBBBBBBBBBB"),
        )
        assert (written.verdict, written.payment["reason"]) == (Verdict.REFUND_DUE, StatusReason.DUPLICATE)

    def test_decide_capture_already_recorded_keeps_authorized_basis(self) -> None:
        for status in (PaymentStatus.CAPTURED, PaymentStatus.REFUND_PENDING, PaymentStatus.REFUNDED):
            assert (
                decide(make_payment(status), ACTIVE_BY_OTHER_ORDER, CAPTURED, NOW, self.AUTHORIZED_BASIS) == NO_CHANGE
            )


def test_decide_capture_with_pending_evidence_that_replaces_an_authorized_basis_polls_in_15_minutes() -> None:
    basis = make_payment(PaymentStatus.AUTHORIZED)
    evidence = replace(CAPTURED, has_pending_evidence=True)
    written = decide(pending_payment(), ACTIVE_BY_OTHER_ORDER, evidence, NOW, basis)
    assert written == Written(Verdict.GRANTED, CAPTURED_CHANGES | poll_in(15), {"granted_by": ORDER_ID})
