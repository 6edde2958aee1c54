"""What each rule about a payment of another amount or currency writes, to the last attribute."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from cli._payment_matrix import (
    AMOUNT,
    ENROLLMENTS,
    NOW,
    ORDER_ID,
    PAYMENT_ID,
    enrollment_beside,
    make_payment,
)
from shared.domain.captures import RefundStatus
from shared.domain.lifecycle import PaymentStatus, StatusReason
from shared.settlement.decision import Verdict
from shared.settlement.evidence import (
    AuthorizationVoided,
    Authorized,
    Captured,
    Evidence,
    NoPaymentFound,
    Refunded,
    RefundRequested,
    SignedCheckout,
)
from tests.unit.settlement.expected_changes import (
    ACTIVE_ENROLLMENT,
    AUTHORIZED,
    AUTHORIZED_CHANGES,
    CAPTURED,
    CAPTURED_CHANGES,
    NO_POLL,
    PENDING_ENROLLMENT,
    activation_changes,
    cancellation_changes,
    held_changes,
    on_hold_entry,
    pending_payment,
    poll_in,
)
from tests.unit.settlement.written import NO_CHANGE, Written, decide

MISMATCHED_AUTHORIZATIONS = [Authorized(PAYMENT_ID, AMOUNT - 1, "INR"), Authorized(PAYMENT_ID, AMOUNT, "USD")]
MISMATCHED_CAPTURES = [Captured(PAYMENT_ID, AMOUNT + 1, "INR"), Captured(PAYMENT_ID, AMOUNT, "USD")]
UNRESOLVED = {"unresolved": {PAYMENT_ID: "2026-11-23T12:00:00.000Z"}}


class TestMismatchedAuthorization:
    @pytest.mark.parametrize("evidence", MISMATCHED_AUTHORIZATIONS, ids=str)
    def test_decide_mismatched_authorization_grants_no_access_and_polls_in_a_day(self, evidence: Evidence) -> None:
        changes = {"reason": StatusReason.MISMATCH, **UNRESOLVED, **poll_in(24 * 60)}
        assert decide(pending_payment(), PENDING_ENROLLMENT, evidence, NOW) == Written(Verdict.ON_HOLD, changes)

    @pytest.mark.parametrize("evidence", [SignedCheckout(PAYMENT_ID), MISMATCHED_AUTHORIZATIONS[0]], ids=str)
    def test_decide_checkout_or_second_mismatch_after_mismatch_grants_no_access(self, evidence: Evidence) -> None:
        known = {"reason": StatusReason.MISMATCH, **UNRESOLVED}
        assert decide(pending_payment(**known, **poll_in(1)), PENDING_ENROLLMENT, evidence, NOW) == NO_CHANGE
        daily = Written(Verdict.ON_HOLD, {"reason": StatusReason.MISMATCH, **poll_in(24 * 60)})
        soon = Written(Verdict.RECORDED, poll_in(15))
        again = decide(pending_payment(**known, **NO_POLL), PENDING_ENROLLMENT, evidence, NOW)
        assert again == (soon if isinstance(evidence, SignedCheckout) else daily)

    @pytest.mark.parametrize("evidence", MISMATCHED_AUTHORIZATIONS, ids=str)
    def test_decide_mismatch_of_accepted_checkout_ends_its_access(self, evidence: Authorized) -> None:
        payment = make_payment(PaymentStatus.AUTHORIZED)
        changes = {"reason": StatusReason.MISMATCH, **poll_in(24 * 60)}
        ended = cancellation_changes(StatusReason.MISMATCH)
        written = decide(payment, ACTIVE_ENROLLMENT, evidence, NOW)
        assert written == Written(Verdict.ON_HOLD, changes, ended)

    def test_decide_matching_payment_after_mismatch_grants_access(self) -> None:
        payment = pending_payment(reason=StatusReason.MISMATCH, **poll_in(1))
        assert decide(payment, PENDING_ENROLLMENT, AUTHORIZED, NOW) == Written(
            Verdict.GRANTED, AUTHORIZED_CHANGES | poll_in(15), activation_changes()
        )
        assert decide(payment, PENDING_ENROLLMENT, CAPTURED, NOW) == Written(
            Verdict.GRANTED, CAPTURED_CHANGES, activation_changes()
        )


class TestMismatchedCapture:
    @pytest.mark.parametrize("evidence", MISMATCHED_CAPTURES, ids=str)
    def test_decide_mismatched_capture_is_held_and_fails_order_and_enrollment(self, evidence: Captured) -> None:
        failed = {
            "status": PaymentStatus.FAILED,
            "reason": StatusReason.MISMATCH,
            "surplus": on_hold_entry(evidence),
            **poll_in(24 * 60),
        }
        written = decide(pending_payment(), PENDING_ENROLLMENT, evidence, NOW)
        assert written == Written(Verdict.ON_HOLD, failed, held_changes())

    @pytest.mark.parametrize("name", ["pending for another order", "active by another order", "cancelled: withdrawn"])
    def test_decide_mismatched_capture_keeps_unrelated_enrollment_and_lists_the_order(self, name: str) -> None:
        for status in (PaymentStatus.PENDING, PaymentStatus.AUTHORIZED):
            written = decide(make_payment(status), ENROLLMENTS[name], MISMATCHED_CAPTURES[0], NOW)
            assert (written.verdict, written.enrollment) == (Verdict.ON_HOLD, {"orders_on_hold": [ORDER_ID]})

    def test_decide_mismatched_capture_revokes_access_granted_by_checkout(self) -> None:
        written = decide(make_payment(PaymentStatus.AUTHORIZED), ACTIVE_ENROLLMENT, MISMATCHED_CAPTURES[0], NOW)
        assert (written.payment["status"], written.enrollment) == (
            PaymentStatus.FAILED,
            held_changes(),
        )

    def test_decide_mismatched_capture_with_pending_evidence_polls_in_15_minutes(self) -> None:
        capture = replace(MISMATCHED_CAPTURES[0], has_pending_evidence=True)
        changes = {
            "status": PaymentStatus.FAILED,
            "reason": StatusReason.MISMATCH,
            "surplus": on_hold_entry(capture),
            **poll_in(15),
        }
        assert decide(pending_payment(), PENDING_ENROLLMENT, capture, NOW) == Written(
            Verdict.ON_HOLD, changes, held_changes()
        )
        known = {
            **on_hold_entry(MISMATCHED_CAPTURES[0]),
            "pay_BBBBBBBBBBBBBB": {**on_hold_entry(capture)[PAYMENT_ID], "held": False},
        }
        payment = pending_payment(surplus={"pay_BBBBBBBBBBBBBB": known["pay_BBBBBBBBBBBBBB"]})
        assert decide(payment, PENDING_ENROLLMENT, capture, NOW).payment["gsi2sk"] == poll_in(0)["gsi2sk"]

    def test_decide_mismatched_capture_on_failed_order_is_held(self) -> None:
        failed = {"reason": StatusReason.MISMATCH, "surplus": on_hold_entry(MISMATCHED_CAPTURES[0]), **poll_in(24 * 60)}
        written = decide(
            make_payment(PaymentStatus.FAILED), ENROLLMENTS["cancelled: expired"], MISMATCHED_CAPTURES[0], NOW
        )
        assert written == Written(Verdict.ON_HOLD, failed, {"orders_on_hold": [ORDER_ID]})

    @pytest.mark.parametrize(
        "evidence",
        [SignedCheckout(PAYMENT_ID), *MISMATCHED_AUTHORIZATIONS, AUTHORIZED, *MISMATCHED_CAPTURES, NoPaymentFound()],
        ids=str,
    )
    def test_decide_held_payment_repeated_or_unmatched_evidence_changes_nothing(self, evidence: Evidence) -> None:
        failed = make_payment(
            PaymentStatus.FAILED, reason=StatusReason.MISMATCH, surplus=on_hold_entry(MISMATCHED_CAPTURES[0])
        )
        enrollment = enrollment_beside(failed, ENROLLMENTS["cancelled: mismatch"])
        assert decide(failed, enrollment, evidence, NOW) == NO_CHANGE

    def test_decide_matching_capture_releases_held_payment_for_refund(self) -> None:
        mismatched = Captured("pay_BBBBBBBBBBBBBB", AMOUNT - 1, "INR")
        failed = make_payment(PaymentStatus.FAILED, reason=StatusReason.MISMATCH, surplus=on_hold_entry(mismatched))
        entry = {**on_hold_entry(mismatched)["pay_BBBBBBBBBBBBBB"], "held": False, "released": True}
        released = {"pay_BBBBBBBBBBBBBB": entry}
        settled = {**CAPTURED_CHANGES, "surplus": released, **poll_in(0)}
        for enrollment in (PENDING_ENROLLMENT, ENROLLMENTS["cancelled: mismatch"]):
            assert decide(failed, enrollment, CAPTURED, NOW) == Written(Verdict.GRANTED, settled, activation_changes())

    def test_decide_full_refund_request_releases_held_payment_partial_is_refused(self) -> None:
        entry = {**on_hold_entry(MISMATCHED_CAPTURES[0])[PAYMENT_ID], "held": False, "released": True}
        released = {PAYMENT_ID: entry}
        failed = make_payment(
            PaymentStatus.FAILED, reason=StatusReason.MISMATCH, surplus=on_hold_entry(MISMATCHED_CAPTURES[0])
        )
        written = decide(failed, None, RefundRequested("all", None, PAYMENT_ID), NOW)
        assert written == Written(Verdict.REFUND_DUE, {"surplus": released, **poll_in(0)})
        part = decide(failed, None, RefundRequested("part", 100, PAYMENT_ID), NOW)
        assert part == Written(Verdict.REJECTED)
        assert decide(failed, None, RefundRequested("all", None), NOW) == Written(Verdict.REJECTED)
        refunding = make_payment(PaymentStatus.FAILED, reason=StatusReason.MISMATCH, surplus=released)
        assert decide(refunding, None, RefundRequested("all", None, PAYMENT_ID), NOW) == NO_CHANGE
        assert (
            decide(make_payment(PaymentStatus.FAILED), None, RefundRequested("all", None), NOW).verdict
            is Verdict.REJECTED
        )

    @pytest.mark.parametrize("released", [True, False])
    def test_decide_full_refund_of_held_payment_sets_reason_refunded(self, released: bool) -> None:
        entry = {**on_hold_entry(MISMATCHED_CAPTURES[0])[PAYMENT_ID], "held": not released}
        failed = make_payment(
            PaymentStatus.FAILED, window_over=True, reason=StatusReason.MISMATCH, surplus={PAYMENT_ID: entry}
        )
        part = decide(failed, None, Refunded(PAYMENT_ID, "rfnd_AAAAAAAAAAAAAA", 100, RefundStatus.PROCESSED), NOW)
        assert "reason" not in part.payment
        refund = {"rfnd_AAAAAAAAAAAAAA": {"amount": AMOUNT + 1, "status": "processed"}}
        written = decide(
            failed, None, Refunded(PAYMENT_ID, "rfnd_AAAAAAAAAAAAAA", AMOUNT + 1, RefundStatus.PROCESSED), NOW
        )
        extras = {PAYMENT_ID: {**entry, "refunds": refund}}
        changes = {"surplus": extras, "reason": StatusReason.REFUNDED, **poll_in(30)}
        assert written == Written(Verdict.RECORDED, changes)

    def test_decide_refund_of_held_payment_keeps_poll_of_authorized_payment(self) -> None:
        mismatched = Captured("pay_BBBBBBBBBBBBBB", AMOUNT - 1, "INR")
        payment = make_payment(PaymentStatus.AUTHORIZED, surplus=on_hold_entry(mismatched))
        refund = Refunded(mismatched.payment_id, "rfnd_AAAAAAAAAAAAAA", AMOUNT - 1, RefundStatus.PROCESSED)
        assert decide(payment, ACTIVE_ENROLLMENT, refund, NOW).payment.keys() == {"surplus"}


class TestPollsOfHeldPayment:
    ON_HOLD = on_hold_entry(Captured("pay_BBBBBBBBBBBBBB", AMOUNT - 1, "INR"))
    RELEASED = {"pay_BBBBBBBBBBBBBB": {**ON_HOLD["pay_BBBBBBBBBBBBBB"], "held": False}}

    @pytest.mark.parametrize("extras", [ON_HOLD, RELEASED], ids=["held", "released"])
    def test_decide_no_payment_found_keeps_poll_of_held_payment(self, extras: dict[str, Any]) -> None:
        failed = make_payment(PaymentStatus.FAILED, window_over=True, reason=StatusReason.MISMATCH, surplus=extras)
        assert decide(failed, None, NoPaymentFound(), NOW) == NO_CHANGE

    @pytest.mark.parametrize(
        ("extras", "reason", "poll"),
        [(ON_HOLD, StatusReason.MISMATCH, poll_in(24 * 60)), (RELEASED, StatusReason.NOT_CAPTURED, poll_in(0))],
    )
    def test_decide_voided_authorization_keeps_poll_of_extra_capture(
        self, extras: dict[str, Any], reason: StatusReason, poll: dict[str, Any]
    ) -> None:
        payment = make_payment(PaymentStatus.AUTHORIZED, surplus=extras, window_ends_at=NOW - timedelta(days=7))
        changes = {"status": PaymentStatus.FAILED, "reason": reason, "returned_payment_ids": [PAYMENT_ID], **poll}
        assert decide(payment, ACTIVE_ENROLLMENT, AuthorizationVoided(PAYMENT_ID), NOW).payment == changes

    @pytest.mark.parametrize(
        ("timer", "reschedules"), [(poll_in(24 * 60), True), (NO_POLL, True), (poll_in(15), False)]
    )
    def test_decide_signed_checkout_on_held_order_polls_in_15_minutes(
        self, timer: dict[str, Any], reschedules: bool
    ) -> None:
        failed = make_payment(PaymentStatus.FAILED, reason=StatusReason.MISMATCH, surplus=self.ON_HOLD, **timer)
        enrollment = enrollment_beside(failed, ENROLLMENTS["cancelled: mismatch"])
        written = decide(failed, enrollment, SignedCheckout(PAYMENT_ID), NOW)
        assert written == Written(Verdict.RECORDED, {**UNRESOLVED, **(poll_in(15) if reschedules else {})})


def test_decide_mismatched_authorization_after_checkout_revokes_access() -> None:
    payment = make_payment(PaymentStatus.AUTHORIZED)
    written = decide(payment, ACTIVE_ENROLLMENT, Authorized(PAYMENT_ID, AMOUNT - 1, "INR"), NOW)
    assert (written.verdict, written.payment["reason"]) == (Verdict.ON_HOLD, StatusReason.MISMATCH)
    assert written.enrollment == cancellation_changes(StatusReason.MISMATCH)
    assert decide(payment, ACTIVE_ENROLLMENT, Authorized(PAYMENT_ID, AMOUNT, "INR"), NOW) == NO_CHANGE
