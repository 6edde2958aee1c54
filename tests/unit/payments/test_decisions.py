"""What each rule writes, to the last attribute: the decisions about money, one by one."""

from datetime import timedelta
from typing import Any

import pytest

from cli._situations import AMOUNT, ENROLLMENTS, NOW, ORDER, PAID, enrollment, payment
from functions.payments.decide import decide
from functions.payments.decision import KNOWN, Decision, Verdict
from functions.payments.evidence import (
    AttemptFailed,
    Authorized,
    Captured,
    DisputeLost,
    Evidence,
    NotCaptured,
    NothingPaid,
    SignedCheckout,
)
from shared.lifecycle import EnrollmentStatus, PaymentStatus, Reason

WAITS = ENROLLMENTS["pending for this order"]
OPEN = ENROLLMENTS["active by this order"]
OTHERS = ENROLLMENTS["active by another order"]

AUTHORIZED = Authorized(PAID, AMOUNT, "INR")
CAPTURED = Captured(PAID, AMOUNT, "INR")
NO_TIMER = {"gsi2pk": None, "gsi2sk": None}
RESERVED = {"status": PaymentStatus.AUTHORIZED, "reason": None, "payment_id": PAID}
OURS = {"payment_id": PAID, "captured_amount": AMOUNT, "captured_at": NOW}


def due(minutes: float) -> dict[str, str]:
    """The timer that is so far from now."""
    at = (NOW + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return {"gsi2pk": "DUE#1", "gsi2sk": at}


def opened(order_id: str = ORDER) -> dict[str, Any]:
    return {
        "status": EnrollmentStatus.ACTIVE,
        "reason": None,
        "granted_by": order_id,
        "activated_at": NOW,
        "completed_at": None,
        "cancelled_at": None,
        **dict.fromkeys(("order_id", "order_amount", "order_currency", "order_window_ends_at")),
        **NO_TIMER,
    }


def ended(reason: Reason) -> dict[str, Any]:
    return {
        "status": EnrollmentStatus.CANCELLED,
        "reason": reason,
        "granted_by": None,
        "cancelled_at": NOW,
        **dict.fromkeys(("order_id", "order_amount", "order_currency", "order_window_ends_at")),
        **NO_TIMER,
    }


def pending(**changes: Any) -> Any:
    return payment(PaymentStatus.PENDING, **changes)


@pytest.mark.parametrize("evidence", [SignedCheckout(PAID), AUTHORIZED])
@pytest.mark.parametrize("status", [PaymentStatus.PENDING, PaymentStatus.FAILED])
class TestAuthorisedMoney:
    def test_opens_the_course_that_waits_for_it(self, evidence: Evidence, status: PaymentStatus) -> None:
        reserved = RESERVED | due(15)
        assert decide(payment(status), WAITS, evidence, NOW) == Decision(Verdict.GRANTED, reserved, opened())

    def test_opens_the_course_of_a_learner_without_an_enrollment(
        self, evidence: Evidence, status: PaymentStatus
    ) -> None:
        assert decide(payment(status), None, evidence, NOW).enrollment == opened()

    @pytest.mark.parametrize("reason", [Reason.EXPIRED, Reason.NOT_CAPTURED, Reason.MISMATCH])
    def test_opens_the_course_that_ended_for_want_of_money(
        self, evidence: Evidence, status: PaymentStatus, reason: Reason
    ) -> None:
        cancelled = ENROLLMENTS[f"cancelled: {reason.value}"]
        assert decide(payment(status), cancelled, evidence, NOW).enrollment == opened()

    @pytest.mark.parametrize("reason", [Reason.WITHDRAWN, Reason.REVOKED, Reason.REFUNDED, Reason.CHARGEBACK])
    def test_is_only_written_down_when_nobody_wants_the_course_any_more(
        self, evidence: Evidence, status: PaymentStatus, reason: Reason
    ) -> None:
        cancelled = ENROLLMENTS[f"cancelled: {reason.value}"]
        recorded = Decision(Verdict.RECORDED, RESERVED | due(15))
        assert decide(payment(status), cancelled, evidence, NOW) == recorded

    def test_is_only_written_down_when_the_access_rests_on_something_else(
        self, evidence: Evidence, status: PaymentStatus
    ) -> None:
        assert decide(payment(status), OTHERS, evidence, NOW) == Decision(Verdict.RECORDED, RESERVED | due(15))

    def test_is_not_believed_when_it_is_known_to_have_gone_back(
        self, evidence: Evidence, status: PaymentStatus
    ) -> None:
        returned = payment(status, returned_payment_ids=["pay_BBBBBBBBBBBBBB", PAID])
        assert decide(returned, WAITS, evidence, NOW) == KNOWN
        another = payment(status, returned_payment_ids=["pay_BBBBBBBBBBBBBB"])
        assert decide(another, WAITS, evidence, NOW).verdict is Verdict.GRANTED


class TestCapturedMoney:
    def test_settles_the_access_it_already_rests_under(self) -> None:
        settled = {**OURS, "status": PaymentStatus.CAPTURED, "reason": None, **NO_TIMER}
        for access in (OPEN, ENROLLMENTS["completed by this order"]):
            given = decide(payment(PaymentStatus.AUTHORIZED), access, CAPTURED, NOW)
            assert given == Decision(Verdict.CAPTURED, settled)

    @pytest.mark.parametrize("status", [PaymentStatus.PENDING, PaymentStatus.FAILED, PaymentStatus.AUTHORIZED])
    def test_opens_the_course_however_late_it_comes(self, status: PaymentStatus) -> None:
        settled = {**OURS, "status": PaymentStatus.CAPTURED, "reason": None, **NO_TIMER}
        given = decide(payment(status, reason=Reason.EXPIRED), WAITS, CAPTURED, NOW)
        assert given == Decision(Verdict.GRANTED, settled, opened())

    @pytest.mark.parametrize("name", ["active by another order", "active, free", "completed by another order"])
    def test_goes_back_at_once_as_a_duplicate(self, name: str) -> None:
        back = {**OURS, "status": PaymentStatus.REFUND_PENDING, "reason": Reason.DUPLICATE, **due(0)}
        assert decide(pending(), ENROLLMENTS[name], CAPTURED, NOW) == Decision(Verdict.TO_REFUND, back)

    @pytest.mark.parametrize("name", ["cancelled: withdrawn", "cancelled: revoked", "cancelled: refunded"])
    def test_goes_back_at_once_when_nobody_wants_it(self, name: str) -> None:
        back = {**OURS, "status": PaymentStatus.REFUND_PENDING, "reason": Reason.NOT_WANTED, **due(0)}
        assert decide(pending(), ENROLLMENTS[name], CAPTURED, NOW) == Decision(Verdict.TO_REFUND, back)

    @pytest.mark.parametrize("status", [PaymentStatus.CAPTURED, PaymentStatus.REFUND_PENDING, PaymentStatus.REFUNDED])
    def test_is_counted_once(self, status: PaymentStatus) -> None:
        assert decide(payment(status), WAITS, CAPTURED, NOW) == KNOWN


WRONG = [
    Authorized(PAID, AMOUNT - 1, "INR"),
    Authorized(PAID, AMOUNT, "USD"),
    Captured(PAID, AMOUNT + 1, "INR"),
    Captured(PAID, AMOUNT, "USD"),
]


class TestMoneyOfAnotherAmount:
    @pytest.mark.parametrize("evidence", WRONG, ids=str)
    def test_opens_nothing_and_is_kept_aside(self, evidence: Evidence) -> None:
        kept = {"reason": Reason.MISMATCH, **due(24 * 60)}
        assert decide(pending(), WAITS, evidence, NOW) == Decision(Verdict.QUARANTINED, kept)

    def test_takes_back_what_a_checkout_was_believed(self) -> None:
        kept = {"reason": Reason.MISMATCH, **due(24 * 60)}
        given = decide(payment(PaymentStatus.AUTHORIZED), OPEN, Captured(PAID, 100, "INR"), NOW)
        assert given == Decision(Verdict.QUARANTINED, kept, ended(Reason.MISMATCH))

    def test_leaves_an_access_alone_that_rests_on_something_else(self) -> None:
        given = decide(payment(PaymentStatus.AUTHORIZED), OTHERS, Captured(PAID, 100, "INR"), NOW)
        assert (given.verdict, given.enrollment) == (Verdict.QUARANTINED, {})

    @pytest.mark.parametrize("evidence", [SignedCheckout(PAID), AUTHORIZED, CAPTURED, WRONG[2]], ids=str)
    def test_keeps_the_order_aside_whatever_comes_then(self, evidence: Evidence) -> None:
        aside = pending(reason=Reason.MISMATCH, **due(1))
        assert decide(aside, WAITS, evidence, NOW) == KNOWN
        kept = {"reason": Reason.MISMATCH, **due(24 * 60)}
        for timer in (due(0), NO_TIMER):
            again = decide(pending(reason=Reason.MISMATCH, **timer), WAITS, evidence, NOW)
            assert again == Decision(Verdict.QUARANTINED, kept)


class TestNothingPaid:
    def test_within_the_window_moves_the_next_look(self) -> None:
        looked_at = pending(created_at=NOW - timedelta(minutes=5), window_ends_at=NOW + timedelta(minutes=25))
        assert decide(looked_at, WAITS, NothingPaid(), NOW) == Decision(Verdict.RECORDED, due(10))

    def test_is_nothing_new_before_the_next_look(self) -> None:
        assert decide(pending(**due(5)), WAITS, NothingPaid(), NOW) == KNOWN

    def test_at_the_end_of_the_window_closes_order_and_enrollment(self) -> None:
        over = pending(window_ends_at=NOW)
        expired = {"status": PaymentStatus.FAILED, "reason": Reason.EXPIRED, **due(15)}
        given = decide(over, WAITS, NothingPaid(), NOW)
        assert given == Decision(Verdict.EXPIRED, expired, ended(Reason.EXPIRED))

    @pytest.mark.parametrize("name", ["none", "pending for another order", "active by this order"])
    def test_closes_no_enrollment_that_does_not_wait_for_it(self, name: str) -> None:
        over = pending(window_ends_at=NOW)
        given = decide(over, ENROLLMENTS[name], NothingPaid(), NOW)
        assert (given.verdict, given.enrollment) == (Verdict.EXPIRED, {})

    def test_closes_no_enrollment_that_has_moved_on_with_the_same_order(self) -> None:
        moved_on = enrollment(EnrollmentStatus.ACTIVE, order_id=ORDER)
        assert decide(pending(window_ends_at=NOW), moved_on, NothingPaid(), NOW).enrollment == {}

    def test_keeps_a_failed_order_watched_until_the_last_look(self) -> None:
        failed = payment(PaymentStatus.FAILED, window_ends_at=NOW - timedelta(minutes=15), **due(0))
        assert decide(failed, WAITS, NothingPaid(), NOW) == Decision(Verdict.RECORDED, due(45))
        long_ago = payment(PaymentStatus.FAILED, window_ends_at=NOW - timedelta(days=6), **due(0))
        assert decide(long_ago, WAITS, NothingPaid(), NOW) == Decision(Verdict.RECORDED, NO_TIMER)

    @pytest.mark.parametrize("status", [PaymentStatus.AUTHORIZED, PaymentStatus.CAPTURED, PaymentStatus.REFUNDED])
    def test_says_nothing_of_an_order_with_money(self, status: PaymentStatus) -> None:
        assert decide(payment(status, window_ends_at=NOW), OPEN, NothingPaid(), NOW) == KNOWN


class TestMoneyThatWentBackUncaptured:
    def test_ends_what_rested_on_it_and_is_remembered(self) -> None:
        held = payment(PaymentStatus.AUTHORIZED, returned_payment_ids=["pay_BBBBBBBBBBBBBB"])
        lost = {
            "status": PaymentStatus.FAILED,
            "reason": Reason.NOT_CAPTURED,
            "returned_payment_ids": ["pay_BBBBBBBBBBBBBB", PAID],
            **due(45),
        }
        given = decide(held, OPEN, NotCaptured(PAID), NOW)
        assert given == Decision(Verdict.REVOKED, lost, ended(Reason.NOT_CAPTURED))

    def test_leaves_an_access_alone_that_rests_on_something_else(self) -> None:
        given = decide(payment(PaymentStatus.AUTHORIZED), OTHERS, NotCaptured(PAID), NOW)
        assert (given.verdict, given.enrollment) == (Verdict.REVOKED, {})

    @pytest.mark.parametrize("status", [PaymentStatus.PENDING, PaymentStatus.FAILED])
    def test_is_only_remembered_when_nothing_rested_on_it(self, status: PaymentStatus) -> None:
        remembered = Decision(Verdict.RECORDED, {"returned_payment_ids": [PAID]})
        assert decide(payment(status), WAITS, NotCaptured(PAID), NOW) == remembered
        assert decide(payment(status, payment_id=PAID), WAITS, NotCaptured(PAID), NOW) == remembered

    def test_is_only_remembered_when_another_attempt_is_believed(self) -> None:
        held = payment(PaymentStatus.AUTHORIZED, payment_id="pay_BBBBBBBBBBBBBB")
        remembered = Decision(Verdict.RECORDED, {"returned_payment_ids": [PAID]})
        assert decide(held, OPEN, NotCaptured(PAID), NOW) == remembered

    def test_is_remembered_once(self) -> None:
        assert decide(pending(returned_payment_ids=[PAID]), WAITS, NotCaptured(PAID), NOW) == KNOWN

    @pytest.mark.parametrize("status", [PaymentStatus.CAPTURED, PaymentStatus.REFUND_PENDING, PaymentStatus.REFUNDED])
    def test_cannot_be_money_that_was_captured(self, status: PaymentStatus) -> None:
        assert decide(payment(status), OPEN, NotCaptured(PAID), NOW) == KNOWN


def test_a_failed_attempt_is_history_while_the_order_is_open() -> None:
    assert decide(pending(), WAITS, AttemptFailed(PAID), NOW) == Decision(Verdict.RECORDED)
    assert decide(payment(PaymentStatus.FAILED), WAITS, AttemptFailed(PAID), NOW) == KNOWN


class TestALostDispute:
    @pytest.mark.parametrize("status", [PaymentStatus.CAPTURED, PaymentStatus.REFUND_PENDING])
    def test_takes_the_money_and_the_access_it_paid(self, status: PaymentStatus) -> None:
        taken = {
            "status": PaymentStatus.REFUNDED,
            "reason": Reason.CHARGEBACK,
            "refunded_amount": AMOUNT,
            **NO_TIMER,
        }
        given = decide(payment(status), OPEN, DisputeLost(PAID), NOW)
        assert given == Decision(Verdict.REFUNDED, taken, ended(Reason.CHARGEBACK))
        assert decide(payment(status), OTHERS, DisputeLost(PAID), NOW).enrollment == {}

    @pytest.mark.parametrize("status", [PaymentStatus.PENDING, PaymentStatus.AUTHORIZED, PaymentStatus.REFUNDED])
    def test_takes_nothing_that_is_not_ours(self, status: PaymentStatus) -> None:
        assert decide(payment(status), OPEN, DisputeLost(PAID), NOW) == KNOWN


def test_a_checkout_that_was_believed_is_taken_back_when_another_amount_is_authorised() -> None:
    believed = payment(PaymentStatus.AUTHORIZED)
    given = decide(believed, OPEN, Authorized(PAID, AMOUNT - 1, "INR"), NOW)
    assert (given.verdict, given.payment["reason"]) == (Verdict.QUARANTINED, Reason.MISMATCH)
    assert given.enrollment == ended(Reason.MISMATCH)
    assert decide(believed, OPEN, Authorized(PAID, AMOUNT, "INR"), NOW) == KNOWN
