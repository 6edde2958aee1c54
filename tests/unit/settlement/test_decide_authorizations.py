"""What each rule about authorizations writes, to the last attribute: they grant access, fail, or are voided."""

import pytest

from cli._payment_matrix import ENROLLMENTS, NOW, PAYMENT_ID, make_payment
from shared.domain.lifecycle import PaymentStatus, StatusReason
from shared.settlement.decision import Verdict
from shared.settlement.evidence import AttemptFailed, AuthorizationVoided, Evidence, SignedCheckout
from tests.unit.settlement.expected_changes import (
    ACTIVE_BY_OTHER_ORDER,
    ACTIVE_ENROLLMENT,
    AUTHORIZED,
    AUTHORIZED_CHANGES,
    PENDING_ENROLLMENT,
    activation_changes,
    cancellation_changes,
    pending_payment,
    poll_in,
)
from tests.unit.settlement.written import NO_CHANGE, Written, decide


@pytest.mark.parametrize("evidence", [SignedCheckout(PAYMENT_ID), AUTHORIZED])
@pytest.mark.parametrize("status", [PaymentStatus.PENDING, PaymentStatus.FAILED])
class TestAuthorization:
    def test_decide_authorization_for_pending_enrollment_grants_access(
        self, evidence: Evidence, status: PaymentStatus
    ) -> None:
        changes = AUTHORIZED_CHANGES | poll_in(15)
        assert decide(make_payment(status), PENDING_ENROLLMENT, evidence, NOW) == Written(
            Verdict.GRANTED, changes, activation_changes()
        )

    def test_decide_authorization_without_enrollment_grants_access(
        self, evidence: Evidence, status: PaymentStatus
    ) -> None:
        assert decide(make_payment(status), None, evidence, NOW).enrollment == activation_changes()

    @pytest.mark.parametrize("reason", [StatusReason.EXPIRED, StatusReason.NOT_CAPTURED, StatusReason.MISMATCH])
    def test_decide_authorization_after_expired_or_failed_payment_grants_access(
        self, evidence: Evidence, status: PaymentStatus, reason: StatusReason
    ) -> None:
        cancelled = ENROLLMENTS[f"cancelled: {reason.value}"]
        assert decide(make_payment(status), cancelled, evidence, NOW).enrollment == activation_changes()

    @pytest.mark.parametrize(
        "reason", [StatusReason.WITHDRAWN, StatusReason.REVOKED, StatusReason.REFUNDED, StatusReason.CHARGEBACK]
    )
    def test_decide_authorization_after_deliberate_cancellation_is_only_recorded(
        self, evidence: Evidence, status: PaymentStatus, reason: StatusReason
    ) -> None:
        cancelled = ENROLLMENTS[f"cancelled: {reason.value}"]
        recorded = Written(Verdict.RECORDED, AUTHORIZED_CHANGES | poll_in(15))
        assert decide(make_payment(status), cancelled, evidence, NOW) == recorded

    def test_decide_authorization_with_access_by_another_basis_is_only_recorded(
        self, evidence: Evidence, status: PaymentStatus
    ) -> None:
        assert decide(make_payment(status), ACTIVE_BY_OTHER_ORDER, evidence, NOW) == Written(
            Verdict.RECORDED, AUTHORIZED_CHANGES | poll_in(15)
        )

    def test_decide_authorization_known_as_voided_changes_nothing(
        self, evidence: Evidence, status: PaymentStatus
    ) -> None:
        payment = make_payment(status, returned_payment_ids=["pay_BBBBBBBBBBBBBB", PAYMENT_ID])
        assert decide(payment, PENDING_ENROLLMENT, evidence, NOW) == NO_CHANGE
        another = make_payment(status, returned_payment_ids=["pay_BBBBBBBBBBBBBB"])
        assert decide(another, PENDING_ENROLLMENT, evidence, NOW).verdict is Verdict.GRANTED


class TestVoidedAuthorization:
    def test_decide_voided_authorization_of_basis_fails_payment_and_ends_access(self) -> None:
        payment = make_payment(PaymentStatus.AUTHORIZED, returned_payment_ids=["pay_BBBBBBBBBBBBBB"])
        changes = {
            "status": PaymentStatus.FAILED,
            "reason": StatusReason.NOT_CAPTURED,
            "returned_payment_ids": ["pay_BBBBBBBBBBBBBB", PAYMENT_ID],
            **poll_in(45),
        }
        written = decide(payment, ACTIVE_ENROLLMENT, AuthorizationVoided(PAYMENT_ID), NOW)
        assert written == Written(Verdict.REVOKED, changes, cancellation_changes(StatusReason.NOT_CAPTURED))

    def test_decide_voided_authorization_keeps_access_by_another_basis(self) -> None:
        written = decide(
            make_payment(PaymentStatus.AUTHORIZED), ACTIVE_BY_OTHER_ORDER, AuthorizationVoided(PAYMENT_ID), NOW
        )
        assert (written.verdict, written.enrollment) == (Verdict.REVOKED, {})

    @pytest.mark.parametrize("status", [PaymentStatus.PENDING, PaymentStatus.FAILED])
    def test_decide_voided_authorization_of_unpaid_order_is_only_recorded(self, status: PaymentStatus) -> None:
        recorded = Written(Verdict.RECORDED, {"returned_payment_ids": [PAYMENT_ID]})
        assert decide(make_payment(status), PENDING_ENROLLMENT, AuthorizationVoided(PAYMENT_ID), NOW) == recorded
        assert (
            decide(
                make_payment(status, payment_id=PAYMENT_ID), PENDING_ENROLLMENT, AuthorizationVoided(PAYMENT_ID), NOW
            )
            == recorded
        )

    def test_decide_voided_authorization_of_other_attempt_is_only_recorded(self) -> None:
        payment = make_payment(PaymentStatus.AUTHORIZED, payment_id="pay_BBBBBBBBBBBBBB")
        recorded = Written(Verdict.RECORDED, {"returned_payment_ids": [PAYMENT_ID]})
        assert decide(payment, ACTIVE_ENROLLMENT, AuthorizationVoided(PAYMENT_ID), NOW) == recorded

    def test_decide_voided_authorization_repeated_changes_nothing(self) -> None:
        assert (
            decide(
                pending_payment(returned_payment_ids=[PAYMENT_ID]),
                PENDING_ENROLLMENT,
                AuthorizationVoided(PAYMENT_ID),
                NOW,
            )
            == NO_CHANGE
        )

    @pytest.mark.parametrize("status", [PaymentStatus.CAPTURED, PaymentStatus.REFUND_PENDING, PaymentStatus.REFUNDED])
    def test_decide_voided_authorization_of_captured_payment_changes_nothing(self, status: PaymentStatus) -> None:
        assert decide(make_payment(status), ACTIVE_ENROLLMENT, AuthorizationVoided(PAYMENT_ID), NOW) == NO_CHANGE


def test_decide_failed_attempt_is_recorded_only_while_order_is_pending() -> None:
    assert decide(pending_payment(), PENDING_ENROLLMENT, AttemptFailed(PAYMENT_ID), NOW) == Written(Verdict.RECORDED)
    assert decide(make_payment(PaymentStatus.FAILED), PENDING_ENROLLMENT, AttemptFailed(PAYMENT_ID), NOW) == NO_CHANGE
