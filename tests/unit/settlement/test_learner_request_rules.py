"""Learners' requests for refunds: what an approval stores, and what closes an open request."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from cli._payment_matrix import AMOUNT, EVIDENCE, NOW, PAYMENT_ID, learner_request_map, make_enrollment, make_payment
from shared import clock
from shared.db.entities import Payment
from shared.db.payments.learner_requests import learner_request
from shared.db.payments.payment_attributes import apply_payment_changes
from shared.domain.changes import UNCHANGED, PaymentChanges
from shared.domain.learner_requests import ClosedBy, LearnerRequest, RefundTerms, RequestState, WaitsFor
from shared.domain.lifecycle import EnrollmentStatus, PaymentStatus, StatusReason
from shared.settlement.decide import decide
from shared.settlement.decision import NO_CHANGE, Decision, Verdict
from shared.settlement.evidence import LearnerRequestDecided, LearnerRequestOpened, LearnerRequestWithdrawn
from shared.settlement.rules.learner_request_rules import Obstacle, obstacle, waits_for, window_end

TERMS = RefundTerms(timedelta(days=7), 30, by_rule=False)
ACTIVE = make_enrollment(EnrollmentStatus.ACTIVE, granted_by="order_AAAAAAAAAAAAAA")
OPEN = LearnerRequest(RequestState.OPEN, PAYMENT_ID, "too easy", 10, NOW - timedelta(minutes=5))


def captured(**changes: Any) -> Payment:
    return make_payment(PaymentStatus.CAPTURED, captured_at=NOW - timedelta(days=1), **changes)


def requested(**changes: Any) -> Payment:
    return captured(learner_request=learner_request_map(**changes))


def test_stored_request_is_read_as_it_was_written() -> None:
    every = replace(
        OPEN,
        state=RequestState.CLOSED,
        number=3,
        ended_at=NOW,
        decided_by="usr_3",
        note="as agreed",
        closed_by=ClosedBy.DISPUTE,
    )
    for request in (OPEN, every):
        stored = apply_payment_changes(captured(), PaymentChanges(learner_request=request))
        assert learner_request(stored) == request
    assert learner_request(captured()) is None


@pytest.mark.parametrize("progress", [0, 30])
def test_request_within_the_terms_is_recorded(progress: int) -> None:
    decision = decide(captured(), ACTIVE, LearnerRequestOpened("too easy", progress, TERMS), NOW)
    expected = replace(OPEN, progress=progress, requested_at=NOW)
    assert decision == Decision(Verdict.RECORDED, PaymentChanges(learner_request=expected))


def test_request_that_the_rule_approves_demands_the_refund_and_ends_the_access() -> None:
    by_rule = replace(TERMS, by_rule=True)
    decision = decide(captured(), ACTIVE, LearnerRequestOpened("too easy", 10, by_rule), NOW)
    approved = replace(OPEN, state=RequestState.APPROVED, requested_at=NOW, ended_at=NOW, decided_by="rule")
    assert decision.verdict is Verdict.REFUND_DUE
    assert decision.payment == PaymentChanges(
        status=PaymentStatus.REFUND_PENDING,
        reason=StatusReason.REQUESTED,
        next_poll_at=NOW,
        learner_request=approved,
    )
    assert decision.enrollment
    assert (decision.enrollment.status, decision.enrollment.reason) == ("cancelled", "refunded")


def test_approval_by_an_admin_stores_the_same_as_a_full_refund() -> None:
    decision = decide(requested(), ACTIVE, LearnerRequestDecided(1, True, "usr_3", "as agreed"), NOW)
    refund = decide(captured(), ACTIVE, EVIDENCE["refund of the remaining balance requested"], NOW)
    approved = replace(OPEN, state=RequestState.APPROVED, ended_at=NOW, decided_by="usr_3", note="as agreed")
    assert decision == replace(refund, payment=replace(refund.payment, learner_request=approved))


def test_decline_changes_the_request_only() -> None:
    decision = decide(requested(), ACTIVE, LearnerRequestDecided(1, False, "usr_3", "too late"), NOW)
    declined = replace(OPEN, state=RequestState.DECLINED, ended_at=NOW, decided_by="usr_3", note="too late")
    assert decision == Decision(Verdict.RECORDED, PaymentChanges(learner_request=declined))


def test_withdrawal_is_recorded_once_and_rejected_without_open_request() -> None:
    withdrawn = replace(OPEN, state=RequestState.WITHDRAWN, ended_at=NOW)
    decision = decide(requested(), ACTIVE, LearnerRequestWithdrawn(), NOW)
    assert decision == Decision(Verdict.RECORDED, PaymentChanges(learner_request=withdrawn))
    assert decide(requested(state="withdrawn"), ACTIVE, LearnerRequestWithdrawn(), NOW) == NO_CHANGE
    for payment in (captured(), requested(state="declined"), requested(state="closed"), requested(state="approved")):
        assert decide(payment, ACTIVE, LearnerRequestWithdrawn(), NOW).verdict is Verdict.REJECTED


@pytest.mark.parametrize("number", [1, 3])
def test_decision_about_another_request_is_rejected(number: int) -> None:
    for approved in (True, False):
        evidence = LearnerRequestDecided(number, approved, "usr_3", "as agreed")
        assert decide(requested(number=2), ACTIVE, evidence, NOW).verdict is Verdict.REJECTED


@pytest.mark.parametrize("state", ["approved", "declined", "withdrawn", "closed"])
def test_decision_about_an_ended_request_is_rejected(state: str) -> None:
    for approved in (True, False):
        evidence = LearnerRequestDecided(1, approved, "usr_3", "as agreed")
        assert decide(requested(state=state), ACTIVE, evidence, NOW).verdict is Verdict.REJECTED


PENDING_REFUND = {"rfnd_1": {"amount": AMOUNT, "status": "pending"}}
OPEN_DISPUTE = {
    "amount": AMOUNT,
    "currency": "INR",
    "status": "open",
    "phase": "chargeback",
    "reason": "",
    "deducted": AMOUNT,
}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, None),
        ({"refunds": PENDING_REFUND}, WaitsFor.REFUND),
        ({"refunds": {"rfnd_1": {"amount": AMOUNT - 100, "status": "pending"}}}, None),
        ({"refunds": {"rfnd_1": {"amount": AMOUNT, "status": "failed"}}}, None),
        ({"refund_requests": {"part": {"amount": AMOUNT, "refund_id": ""}}}, WaitsFor.REFUND),
        ({"refund_requests": {"part": {"amount": AMOUNT, "refund_id": "", "closed": True}}}, None),
        ({"disputes": {"disp_1": OPEN_DISPUTE}}, WaitsFor.DISPUTE),
        (
            {"disputes": {"disp_1": OPEN_DISPUTE}, "other_returns": {"disp_1": {"amount": AMOUNT, "by": "dispute"}}},
            WaitsFor.DISPUTE,
        ),
        ({"disputes": {"disp_1": {**OPEN_DISPUTE, "status": "won", "deducted": 0}}}, None),
    ],
)
def test_decision_waits_while_others_may_return_the_money(changes: dict[str, Any], expected: WaitsFor | None) -> None:
    payment = captured(learner_request=learner_request_map(), **changes)
    assert waits_for(payment) is expected
    for approved in (True, False):
        verdict = decide(payment, ACTIVE, LearnerRequestDecided(1, approved, "usr_3", "as agreed"), NOW).verdict
        assert (verdict is Verdict.REJECTED) == (expected is not None)


@pytest.mark.parametrize(
    ("payment", "progress", "expected"),
    [
        (captured(), 30, None),
        (captured(), 31, Obstacle.TOO_FAR),
        (make_payment(PaymentStatus.CAPTURED, captured_at=NOW - timedelta(days=7)), 0, Obstacle.WINDOW_CLOSED),
        (make_payment(PaymentStatus.CAPTURED, captured_at=NOW - timedelta(days=7, microseconds=-1)), 0, None),
        (captured(created_at=NOW - timedelta(days=180)), 0, None),
        (captured(created_at=NOW - timedelta(days=180, microseconds=1)), 0, Obstacle.TOO_OLD),
        (captured(window_ends_at=NOW - timedelta(days=180, microseconds=1)), 0, Obstacle.TOO_OLD),
        (requested(), 0, Obstacle.ALREADY_OPEN),
        (requested(state="approved"), 0, Obstacle.DECIDED),
        (requested(state="declined"), 0, Obstacle.DECIDED),
        (requested(state="withdrawn", number=2), 0, None),
        (requested(state="withdrawn", number=3), 0, Obstacle.USED_UP),
        (requested(state="closed", number=3), 0, Obstacle.USED_UP),
        (requested(state="declined", payment_id="pay_BBBBBBBBBBBBBB"), 0, None),
        (make_payment(PaymentStatus.PENDING), 0, Obstacle.NOT_CAPTURED),
        (make_payment(PaymentStatus.REFUNDED), 0, Obstacle.NOT_CAPTURED),
    ],
)
def test_obstacle_to_a_request(payment: Payment, progress: int, expected: Obstacle | None) -> None:
    assert obstacle(payment, TERMS, NOW, progress) is expected


def test_window_of_a_payment_of_an_early_version_begins_with_its_order() -> None:
    payment = make_payment(PaymentStatus.CAPTURED)
    assert window_end(payment, TERMS) == payment.created_at + timedelta(days=7)


def test_next_request_after_a_withdrawn_one_is_counted_and_one_about_another_payment_is_not() -> None:
    evidence = LearnerRequestOpened("again", 10, TERMS)
    for payment, number in (
        (requested(state="withdrawn", number=2), 3),
        (requested(state="approved", number=2, payment_id="pay_BBBBBBBBBBBBBB"), 1),
    ):
        request = decide(payment, ACTIVE, evidence, NOW).payment.learner_request
        assert isinstance(request, LearnerRequest)
        assert (request.state, request.number, request.reason) == ("open", number, "again")


@pytest.mark.parametrize(
    ("name", "closed_by"),
    [
        ("refund of the remaining balance requested", ClosedBy.REFUND),
        ("full refund processed", ClosedBy.REFUND),
        ("full manual refund", ClosedBy.REFUND),
        ("dispute over the whole amount lost", ClosedBy.DISPUTE),
        ("access revoked by an admin", ClosedBy.ACCESS_REVOKED),
        ("full refund pending", None),
        ("dispute opened", None),
        ("dispute under review", None),
        ("partial refund processed", None),
        ("partial refund requested", None),
        ("dispute over a part lost", None),
        ("captured, an extra payment", None),
    ],
)
def test_evidence_that_ends_the_money_closes_the_open_request(name: str, closed_by: ClosedBy | None) -> None:
    decision = decide(requested(), ACTIVE, EVIDENCE[name], NOW)
    without = decide(captured(), ACTIVE, EVIDENCE[name], NOW)
    assert decision.verdict is without.verdict
    closed = replace(OPEN, state=RequestState.CLOSED, ended_at=NOW, closed_by=closed_by)
    expected = closed if closed_by else UNCHANGED
    assert decision.payment == replace(without.payment, learner_request=expected)


def test_ended_request_is_not_closed_again() -> None:
    payment = requested(state="declined", ended_at=clock.text(NOW))
    decision = decide(payment, ACTIVE, EVIDENCE["full refund processed"], NOW)
    assert decision.payment.learner_request is UNCHANGED
