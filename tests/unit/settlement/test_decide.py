"""`decide`, explored over every payment state, enrollment state and evidence."""

from itertools import product
from typing import Any, get_args

import pytest

from cli._payment_matrix import (
    AMOUNT,
    ENROLLMENTS,
    EVIDENCE,
    EXTRA_PAYMENT_ID,
    NOW,
    ORDER_ID,
    PAYMENT_ID,
    PAYMENTS,
    UNDOCUMENTED_EVIDENCE,
    UNDOCUMENTED_PAYMENTS,
    enrollment_beside,
    make_payment,
)
from shared.db.due_index import due_attributes
from shared.db.enrollments.enrollments import new_enrollment
from shared.db.table.changes import apply_changes
from shared.domain.captures import RefundStatus
from shared.domain.lifecycle import (
    ENROLLMENT_TRANSITIONS,
    PAYMENT_TRANSITIONS,
    EnrollmentStatus,
    PaymentStatus,
    StatusReason,
)
from shared.settlement.decision import Verdict
from shared.settlement.evidence import (
    AccessRevoked,
    AttemptFailed,
    AuthorizationVoided,
    Authorized,
    Captured,
    DisputeReported,
    Evidence,
    HoldAccepted,
    NoPaymentFound,
    Refunded,
    SignedCheckout,
)
from tests.unit.settlement.expected_changes import LOST, dispute_reported
from tests.unit.settlement.written import decide

EXTRA_CAPTURE_ATTRIBUTES = {"surplus", "gsi2pk", "gsi2sk", "refund_refused_since"}
ALL_CASES: list[Any] = [
    (payment, enrollment_beside(payment, enrollment), evidence)
    for payment, enrollment, evidence in product(
        [*PAYMENTS.values(), *UNDOCUMENTED_PAYMENTS.values()],
        ENROLLMENTS.values(),
        [*EVIDENCE.values(), *UNDOCUMENTED_EVIDENCE.values()],
    )
]


def test_payment_matrix_covers_every_evidence_type() -> None:
    assert {type(each) for each in EVIDENCE.values()} == set(get_args(Evidence))


def test_transition_tables_cover_every_status() -> None:
    assert set(PAYMENT_TRANSITIONS) == set(PaymentStatus)
    assert set(ENROLLMENT_TRANSITIONS) == set(EnrollmentStatus)


def test_payment_matrix_covers_every_cancellation_reason() -> None:
    """A late payment is decided for each of them. The other reasons are reasons of payments only."""
    explored = {each.reason for each in ENROLLMENTS.values() if each and each.status is EnrollmentStatus.CANCELLED}
    assert set(StatusReason) - explored == {
        StatusReason.SUPERSEDED,
        StatusReason.DUPLICATE,
        StatusReason.NO_LONGER_WANTED,
        StatusReason.REQUESTED,
        StatusReason.ORPHANED,
    }


def test_payment_matrix_covers_every_refund_status() -> None:
    evidence_of_refunds = [each for each in EVIDENCE.values() if isinstance(each, Refunded)]
    assert {each.status for each in evidence_of_refunds} == set(RefundStatus)


def test_decide_makes_every_listed_payment_transition() -> None:
    """A listed transition that never happens would hide a fault from the invariants."""
    made: dict[PaymentStatus, set[PaymentStatus]] = {state: set() for state in PaymentStatus}
    for before, enrolled, evidence in ALL_CASES:
        after = decide(before, enrolled, evidence, NOW).payment.get("status", before.status)
        made[before.status] |= {after} - {before.status}
    assert made == {state: set(following) for state, following in PAYMENT_TRANSITIONS.items()}


def test_decide_never_mutates_its_inputs() -> None:
    """A decision depends on what was read, and what was read is the condition of the write."""
    for before, enrolled, evidence in ALL_CASES:
        read = before.serialize(), enrolled.serialize() if enrolled else None
        decide(before, enrolled, evidence, NOW)
        assert (before.serialize(), enrolled.serialize() if enrolled else None) == read, evidence


def test_decide_makes_only_listed_transitions() -> None:
    for before, enrolled, evidence in ALL_CASES:
        decision = decide(before, enrolled, evidence, NOW)
        after = decision.payment.get("status", before.status)
        assert after == before.status or after in PAYMENT_TRANSITIONS[before.status], (before.status, evidence)
        if enrolled and "status" in decision.enrollment:
            assert decision.enrollment["status"] in ENROLLMENT_TRANSITIONS[enrolled.status], (enrolled, evidence)


def test_decide_repeated_evidence_changes_no_state() -> None:
    for before, enrolled, evidence in ALL_CASES:
        first = decide(before, enrolled, evidence, NOW)
        after = apply_changes(before, first.payment)
        base = enrolled or (new_enrollment("usr_1", "", "crs_1", "usr_2", NOW) if first.enrollment else None)
        then = apply_changes(base, first.enrollment) if base else None
        again = decide(after, then, evidence, NOW)
        assert again.payment.get("status", after.status) == after.status, (before.status, evidence)
        assert again.enrollment == {}, (before.status, evidence)
        assert apply_changes(after, again.payment).refunded_amount == after.refunded_amount


def test_decide_capture_always_grants_access_or_schedules_refund() -> None:
    """After a capture the payment is the basis of access, or is to be refunded, or was refunded."""
    for before, enrolled, evidence in ALL_CASES:
        if evidence != Captured(PAYMENT_ID, AMOUNT, "INR"):
            continue
        decision = decide(before, enrolled, evidence, NOW)
        after = apply_changes(before, decision.payment)
        assert after.status in (PaymentStatus.CAPTURED, PaymentStatus.REFUND_PENDING, PaymentStatus.REFUNDED)
        assert after.captured_amount == AMOUNT
        if before.status in (PaymentStatus.PENDING, PaymentStatus.FAILED, PaymentStatus.AUTHORIZED):
            access = {**(enrolled.attribute_values if enrolled else {}), **decision.enrollment}
            grants = access.get("granted_by") == ORDER_ID and access["status"] in ("active", "completed")
            assert grants == (after.status is PaymentStatus.CAPTURED)
            assert grants or after.gsi2sk is not None


def test_decide_refunded_payment_never_changes_status_or_enrollment() -> None:
    """But for a dispute or a failed refund that gives the money back to us, and a revocation, which ends access that a
    refunded payment should not have left."""
    for before, enrolled, evidence in ALL_CASES:
        decision = decide(before, enrolled, evidence, NOW)
        if isinstance(evidence, DisputeReported) and decision.verdict in (Verdict.GRANTED, Verdict.REFUND_DUE):
            assert (before.status, before.reason) == (PaymentStatus.REFUNDED, StatusReason.CHARGEBACK)
        elif isinstance(evidence, Refunded) and evidence.status.has_failed and decision.verdict is Verdict.REFUND_DUE:
            assert (before.status, decision.enrollment) == (PaymentStatus.REFUNDED, {})
        elif before.status is PaymentStatus.REFUNDED:
            assert "status" not in decision.payment
            assert apply_changes(before, decision.payment).refunded_amount == AMOUNT
            assert decision.enrollment == {} or isinstance(evidence, AccessRevoked)


def test_decide_duplicate_capture_changes_only_extra_captures_and_poll() -> None:
    """Evidence about another payment on a captured order changes only the entry of that payment."""
    for before, enrolled, evidence in ALL_CASES:
        if before.captured_amount and getattr(evidence, "payment_id", None) == EXTRA_PAYMENT_ID:
            decision = decide(before, enrolled, evidence, NOW)
            assert decision.payment.keys() <= EXTRA_CAPTURE_ATTRIBUTES, (before.status, evidence)
            assert decision.enrollment == {}
            if isinstance(evidence, Captured) and not before.surplus:
                assert decision.payment["surplus"][EXTRA_PAYMENT_ID]["held"] is False
                assert decision.payment == {"surplus": decision.payment["surplus"], **due_attributes(ORDER_ID, NOW)}


def test_decide_grants_access_only_for_matching_or_accepted_amount() -> None:
    for before, enrolled, evidence in ALL_CASES:
        decision = decide(before, enrolled, evidence, NOW)
        if decision.enrollment.get("status") is not EnrollmentStatus.ACTIVE:
            continue
        assert decision.enrollment["granted_by"] == ORDER_ID
        assert isinstance(evidence, SignedCheckout | Authorized | Captured | DisputeReported | HoldAccepted)
        if isinstance(evidence, Authorized | Captured):
            assert (evidence.amount, evidence.currency) == (AMOUNT, "INR")


def test_decide_unsettled_payment_always_has_next_poll() -> None:
    unsettled = {PaymentStatus.PENDING, PaymentStatus.AUTHORIZED, PaymentStatus.REFUND_PENDING}
    for before, enrolled, evidence in ALL_CASES:
        after = apply_changes(before, decide(before, enrolled, evidence, NOW).payment)
        assert (after.gsi2sk is not None) or after.status not in unsettled, (before.status, evidence)


def test_decide_ends_access_only_with_its_basis() -> None:
    for before, enrolled, evidence in ALL_CASES:
        decision = decide(before, enrolled, evidence, NOW)
        if enrolled and enrolled.status.gives_access and decision.enrollment.keys() - {"orders_on_hold"}:
            assert enrolled.granted_by == ORDER_ID
            assert decision.enrollment["status"] is EnrollmentStatus.CANCELLED


@pytest.mark.parametrize(
    ("status", "name", "evidence", "verdict"),
    [
        (PaymentStatus.PENDING, "pending for this order", SignedCheckout(PAYMENT_ID), Verdict.GRANTED),
        (PaymentStatus.FAILED, "cancelled: expired", Captured(PAYMENT_ID, AMOUNT, "INR"), Verdict.GRANTED),
        (PaymentStatus.FAILED, "pending for another order", Captured(PAYMENT_ID, AMOUNT, "INR"), Verdict.GRANTED),
        (PaymentStatus.PENDING, "none", Captured(PAYMENT_ID, AMOUNT, "INR"), Verdict.GRANTED),
        (PaymentStatus.AUTHORIZED, "active by this order", Captured(PAYMENT_ID, AMOUNT, "INR"), Verdict.CAPTURED),
        (PaymentStatus.PENDING, "active by another order", Captured(PAYMENT_ID, AMOUNT, "INR"), Verdict.REFUND_DUE),
        (PaymentStatus.PENDING, "cancelled: withdrawn", Captured(PAYMENT_ID, AMOUNT, "INR"), Verdict.REFUND_DUE),
        (PaymentStatus.PENDING, "pending for this order", Captured(PAYMENT_ID, 1, "INR"), Verdict.ON_HOLD),
        (PaymentStatus.PENDING, "pending for this order", AttemptFailed(PAYMENT_ID), Verdict.RECORDED),
        (PaymentStatus.AUTHORIZED, "active by this order", AuthorizationVoided(PAYMENT_ID), Verdict.REVOKED),
        (
            PaymentStatus.CAPTURED,
            "completed by this order",
            dispute_reported(LOST),
            Verdict.REFUNDED,
        ),
        (PaymentStatus.CAPTURED, "completed by this order", dispute_reported(LOST, 1), Verdict.RECORDED),
        (PaymentStatus.CAPTURED, "active by this order", AttemptFailed(PAYMENT_ID), Verdict.NO_CHANGE),
    ],
)
def test_decide_example_cases_return_expected_verdict(
    status: PaymentStatus, name: str, evidence: Evidence, verdict: Verdict
) -> None:
    assert decide(make_payment(status), ENROLLMENTS[name], evidence, NOW).verdict is verdict


def test_decide_no_payment_after_window_expires_order_and_own_enrollment() -> None:
    open_, over = make_payment(PaymentStatus.PENDING), make_payment(PaymentStatus.PENDING, window_over=True)
    mine, other = ENROLLMENTS["pending for this order"], ENROLLMENTS["pending for another order"]
    assert decide(open_, mine, NoPaymentFound(), NOW).payment.get("status") is None
    assert decide(over, mine, NoPaymentFound(), NOW).enrollment["reason"] is StatusReason.EXPIRED
    assert decide(over, other, NoPaymentFound(), NOW).enrollment == {}
    assert decide(over, other, NoPaymentFound(), NOW).payment["reason"] is StatusReason.EXPIRED
