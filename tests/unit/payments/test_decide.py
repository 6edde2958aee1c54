"""`decide`, explored over every payment state, enrollment state and evidence."""

from itertools import product
from typing import Any, get_args

import pytest

from cli._situations import (
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
    make_payment,
)
from functions.payments.decide import _RULES, decide
from functions.payments.decision import Verdict
from functions.payments.evidence import (
    AttemptFailed,
    AuthorizationVoided,
    Authorized,
    Captured,
    DisputeLost,
    Evidence,
    NoPaymentFound,
    Refunded,
    RefundStatus,
    SignedCheckout,
)
from functions.payments.timers import schedule_poll
from shared.db.changes import apply_changes
from shared.enrolling import new_enrollment
from shared.lifecycle import ENROLLMENT_TRANSITIONS, PAYMENT_TRANSITIONS, EnrollmentStatus, PaymentStatus, StatusReason

BESIDE_IT = {"surplus", "gsi2pk", "gsi2sk"}
EVERYTHING: list[Any] = list(
    product(
        [*PAYMENTS.values(), *UNDOCUMENTED_PAYMENTS.values()],
        ENROLLMENTS.values(),
        [*EVIDENCE.values(), *UNDOCUMENTED_EVIDENCE.values()],
    )
)


def test_every_kind_of_evidence_has_a_rule() -> None:
    assert set(_RULES) == set(get_args(Evidence))
    assert {type(each) for each in EVIDENCE.values()} == set(_RULES)


def test_every_state_is_in_the_transition_tables() -> None:
    assert set(PAYMENT_TRANSITIONS) == set(PaymentStatus)
    assert set(ENROLLMENT_TRANSITIONS) == set(EnrollmentStatus)


def test_every_reason_of_a_cancelled_enrollment_is_explored() -> None:
    """Whether money that comes then is wanted is told of each; the others are reasons of payments alone."""
    explored = {each.reason for each in ENROLLMENTS.values() if each and each.status is EnrollmentStatus.CANCELLED}
    assert set(StatusReason) - explored == {
        StatusReason.SUPERSEDED,
        StatusReason.DUPLICATE,
        StatusReason.NO_LONGER_WANTED,
        StatusReason.REQUESTED,
    }


def test_every_status_of_a_refund_is_explored() -> None:
    told = [each for each in EVIDENCE.values() if isinstance(each, Refunded)]
    assert {each.status for each in told} == set(RefundStatus)


def test_every_listed_transition_is_made() -> None:
    """What is listed and never happens would hide a fault from the invariants."""
    made: dict[PaymentStatus, set[PaymentStatus]] = {state: set() for state in PaymentStatus}
    for before, enrolled, evidence in EVERYTHING:
        after = decide(before, enrolled, evidence, NOW).payment.get("status", before.status)
        made[before.status] |= {after} - {before.status}
    assert made == {state: set(following) for state, following in PAYMENT_TRANSITIONS.items()}


def test_nothing_that_is_given_is_changed() -> None:
    """A decision rests on what was read, and what was read is the condition of the write."""
    for before, enrolled, evidence in EVERYTHING:
        read = before.serialize(), enrolled.serialize() if enrolled else None
        decide(before, enrolled, evidence, NOW)
        assert (before.serialize(), enrolled.serialize() if enrolled else None) == read, evidence


def test_only_listed_transitions_are_made() -> None:
    for before, enrolled, evidence in EVERYTHING:
        decision = decide(before, enrolled, evidence, NOW)
        after = decision.payment.get("status", before.status)
        assert after == before.status or after in PAYMENT_TRANSITIONS[before.status], (before.status, evidence)
        if enrolled and "status" in decision.enrollment:
            assert decision.enrollment["status"] in ENROLLMENT_TRANSITIONS[enrolled.status], (enrolled, evidence)


def test_the_same_evidence_again_changes_no_state() -> None:
    for before, enrolled, evidence in EVERYTHING:
        first = decide(before, enrolled, evidence, NOW)
        held = apply_changes(before, first.payment)
        base = enrolled or (new_enrollment("usr_1", "", "crs_1", "usr_2", NOW) if first.enrollment else None)
        then = apply_changes(base, first.enrollment) if base else None
        again = decide(held, then, evidence, NOW)
        assert again.payment.get("status", held.status) == held.status, (before.status, evidence)
        assert again.enrollment == {}, (before.status, evidence)
        assert apply_changes(held, again.payment).refunded_amount == held.refunded_amount


def test_money_that_is_ours_is_never_overlooked() -> None:
    """After the evidence of a capture the payment rests under an access, or is on its way back, or was settled."""
    for before, enrolled, evidence in EVERYTHING:
        if evidence != Captured(PAYMENT_ID, AMOUNT, "INR"):
            continue
        decision = decide(before, enrolled, evidence, NOW)
        held = apply_changes(before, decision.payment)
        assert held.status in (PaymentStatus.CAPTURED, PaymentStatus.REFUND_PENDING, PaymentStatus.REFUNDED)
        assert held.captured_amount == AMOUNT
        if before.status in (PaymentStatus.PENDING, PaymentStatus.FAILED, PaymentStatus.AUTHORIZED):
            access = {**(enrolled.attribute_values if enrolled else {}), **decision.enrollment}
            rests = access.get("granted_by") == ORDER_ID and access["status"] in ("active", "completed")
            assert rests == (held.status is PaymentStatus.CAPTURED)
            assert rests or held.gsi2sk is not None


def test_nothing_leaves_refunded_and_captured_goes_only_towards_refund() -> None:
    for before, enrolled, evidence in EVERYTHING:
        decision = decide(before, enrolled, evidence, NOW)
        if before.status is PaymentStatus.REFUNDED:
            assert "status" not in decision.payment
            assert apply_changes(before, decision.payment).refunded_amount == AMOUNT
            assert decision.enrollment == {}


def test_a_second_capture_and_its_refund_touch_nothing_else() -> None:
    """Of a payment that has its money: what another payment of the order does is kept beside it."""
    for before, enrolled, evidence in EVERYTHING:
        if before.captured_amount and getattr(evidence, "payment_id", None) == EXTRA_PAYMENT_ID:
            decision = decide(before, enrolled, evidence, NOW)
            assert decision.payment.keys() <= BESIDE_IT, (before.status, evidence)
            assert decision.enrollment == {}
            if isinstance(evidence, Captured) and not before.surplus:
                assert decision.payment["surplus"][EXTRA_PAYMENT_ID]["held"] is False
                assert decision.payment == {"surplus": decision.payment["surplus"], **schedule_poll(ORDER_ID, NOW)}


def test_access_is_given_only_for_money_of_the_right_amount() -> None:
    for before, enrolled, evidence in EVERYTHING:
        decision = decide(before, enrolled, evidence, NOW)
        if decision.enrollment.get("status") is not EnrollmentStatus.ACTIVE:
            continue
        assert decision.enrollment["granted_by"] == ORDER_ID
        assert isinstance(evidence, SignedCheckout | Authorized | Captured)
        if not isinstance(evidence, SignedCheckout):
            assert (evidence.amount, evidence.currency) == (AMOUNT, "INR")


def test_whatever_is_unsettled_has_a_timer() -> None:
    unsettled = {PaymentStatus.PENDING, PaymentStatus.AUTHORIZED, PaymentStatus.REFUND_PENDING}
    for before, enrolled, evidence in EVERYTHING:
        held = apply_changes(before, decide(before, enrolled, evidence, NOW).payment)
        assert (held.gsi2sk is not None) or held.status not in unsettled, (before.status, evidence)


def test_an_access_ends_only_with_the_money_it_rests_on() -> None:
    for before, enrolled, evidence in EVERYTHING:
        decision = decide(before, enrolled, evidence, NOW)
        if enrolled and enrolled.status.gives_access and decision.enrollment:
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
            DisputeLost(PAYMENT_ID, "disp_1", AMOUNT),
            Verdict.REFUNDED,
        ),
        (PaymentStatus.CAPTURED, "completed by this order", DisputeLost(PAYMENT_ID, "disp_1", 1), Verdict.RECORDED),
        (PaymentStatus.CAPTURED, "active by this order", AttemptFailed(PAYMENT_ID), Verdict.NO_CHANGE),
    ],
)
def test_the_table(status: PaymentStatus, name: str, evidence: Evidence, verdict: Verdict) -> None:
    assert decide(make_payment(status), ENROLLMENTS[name], evidence, NOW).verdict is verdict


def test_an_order_expires_after_its_window_and_takes_only_its_own_enrollment_along() -> None:
    open_, over = make_payment(PaymentStatus.PENDING), make_payment(PaymentStatus.PENDING, window_over=True)
    mine, other = ENROLLMENTS["pending for this order"], ENROLLMENTS["pending for another order"]
    assert decide(open_, mine, NoPaymentFound(), NOW).payment.get("status") is None
    assert decide(over, mine, NoPaymentFound(), NOW).enrollment["reason"] is StatusReason.EXPIRED
    assert decide(over, other, NoPaymentFound(), NOW).enrollment == {}
    assert decide(over, other, NoPaymentFound(), NOW).payment["reason"] is StatusReason.EXPIRED
