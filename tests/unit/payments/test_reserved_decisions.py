"""What each rule about reserved money writes, to the last attribute: it is believed, or fails, or goes back."""

import pytest

from cli._situations import ENROLLMENTS, NOW, PAID, payment
from functions.payments.decide import decide
from functions.payments.decision import KNOWN, Decision, Verdict
from functions.payments.evidence import (
    AttemptFailed,
    Evidence,
    NotCaptured,
    SignedCheckout,
)
from shared.lifecycle import PaymentStatus, Reason
from tests.unit.payments.decided import AUTHORIZED, OPEN, OTHERS, RESERVED, WAITS, due, ended, opened, pending


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
