"""What each rule about reserved money writes, to the last attribute: it is believed, or fails, or goes back."""

import pytest

from cli._situations import ENROLLMENTS, NOW, PAYMENT_ID, make_payment
from functions.payments.decide import decide
from functions.payments.decision import NO_CHANGE, Decision, Verdict
from functions.payments.evidence import AttemptFailed, AuthorizationVoided, Evidence, SignedCheckout
from shared.lifecycle import PaymentStatus, StatusReason
from tests.unit.payments.decided import AUTHORIZED, OPEN, OTHERS, RESERVED, WAITS, due, ended, opened, pending


@pytest.mark.parametrize("evidence", [SignedCheckout(PAYMENT_ID), AUTHORIZED])
@pytest.mark.parametrize("status", [PaymentStatus.PENDING, PaymentStatus.FAILED])
class TestAuthorisedMoney:
    def test_opens_the_course_that_waits_for_it(self, evidence: Evidence, status: PaymentStatus) -> None:
        reserved = RESERVED | due(15)
        assert decide(make_payment(status), WAITS, evidence, NOW) == Decision(Verdict.GRANTED, reserved, opened())

    def test_opens_the_course_of_a_learner_without_an_enrollment(
        self, evidence: Evidence, status: PaymentStatus
    ) -> None:
        assert decide(make_payment(status), None, evidence, NOW).enrollment == opened()

    @pytest.mark.parametrize("reason", [StatusReason.EXPIRED, StatusReason.NOT_CAPTURED, StatusReason.MISMATCH])
    def test_opens_the_course_that_ended_for_want_of_money(
        self, evidence: Evidence, status: PaymentStatus, reason: StatusReason
    ) -> None:
        cancelled = ENROLLMENTS[f"cancelled: {reason.value}"]
        assert decide(make_payment(status), cancelled, evidence, NOW).enrollment == opened()

    @pytest.mark.parametrize(
        "reason", [StatusReason.WITHDRAWN, StatusReason.REVOKED, StatusReason.REFUNDED, StatusReason.CHARGEBACK]
    )
    def test_is_only_written_down_when_nobody_wants_the_course_any_more(
        self, evidence: Evidence, status: PaymentStatus, reason: StatusReason
    ) -> None:
        cancelled = ENROLLMENTS[f"cancelled: {reason.value}"]
        recorded = Decision(Verdict.RECORDED, RESERVED | due(15))
        assert decide(make_payment(status), cancelled, evidence, NOW) == recorded

    def test_is_only_written_down_when_the_access_rests_on_something_else(
        self, evidence: Evidence, status: PaymentStatus
    ) -> None:
        assert decide(make_payment(status), OTHERS, evidence, NOW) == Decision(Verdict.RECORDED, RESERVED | due(15))

    def test_is_not_believed_when_it_is_known_to_have_gone_back(
        self, evidence: Evidence, status: PaymentStatus
    ) -> None:
        returned = make_payment(status, returned_payment_ids=["pay_BBBBBBBBBBBBBB", PAYMENT_ID])
        assert decide(returned, WAITS, evidence, NOW) == NO_CHANGE
        another = make_payment(status, returned_payment_ids=["pay_BBBBBBBBBBBBBB"])
        assert decide(another, WAITS, evidence, NOW).verdict is Verdict.GRANTED


class TestMoneyThatWentBackUncaptured:
    def test_ends_what_rested_on_it_and_is_remembered(self) -> None:
        held = make_payment(PaymentStatus.AUTHORIZED, returned_payment_ids=["pay_BBBBBBBBBBBBBB"])
        lost = {
            "status": PaymentStatus.FAILED,
            "reason": StatusReason.NOT_CAPTURED,
            "returned_payment_ids": ["pay_BBBBBBBBBBBBBB", PAYMENT_ID],
            **due(45),
        }
        given = decide(held, OPEN, AuthorizationVoided(PAYMENT_ID), NOW)
        assert given == Decision(Verdict.REVOKED, lost, ended(StatusReason.NOT_CAPTURED))

    def test_leaves_an_access_alone_that_rests_on_something_else(self) -> None:
        given = decide(make_payment(PaymentStatus.AUTHORIZED), OTHERS, AuthorizationVoided(PAYMENT_ID), NOW)
        assert (given.verdict, given.enrollment) == (Verdict.REVOKED, {})

    @pytest.mark.parametrize("status", [PaymentStatus.PENDING, PaymentStatus.FAILED])
    def test_is_only_remembered_when_nothing_rested_on_it(self, status: PaymentStatus) -> None:
        remembered = Decision(Verdict.RECORDED, {"returned_payment_ids": [PAYMENT_ID]})
        assert decide(make_payment(status), WAITS, AuthorizationVoided(PAYMENT_ID), NOW) == remembered
        assert (
            decide(make_payment(status, payment_id=PAYMENT_ID), WAITS, AuthorizationVoided(PAYMENT_ID), NOW)
            == remembered
        )

    def test_is_only_remembered_when_another_attempt_is_believed(self) -> None:
        held = make_payment(PaymentStatus.AUTHORIZED, payment_id="pay_BBBBBBBBBBBBBB")
        remembered = Decision(Verdict.RECORDED, {"returned_payment_ids": [PAYMENT_ID]})
        assert decide(held, OPEN, AuthorizationVoided(PAYMENT_ID), NOW) == remembered

    def test_is_remembered_once(self) -> None:
        assert (
            decide(pending(returned_payment_ids=[PAYMENT_ID]), WAITS, AuthorizationVoided(PAYMENT_ID), NOW) == NO_CHANGE
        )

    @pytest.mark.parametrize("status", [PaymentStatus.CAPTURED, PaymentStatus.REFUND_PENDING, PaymentStatus.REFUNDED])
    def test_cannot_be_money_that_was_captured(self, status: PaymentStatus) -> None:
        assert decide(make_payment(status), OPEN, AuthorizationVoided(PAYMENT_ID), NOW) == NO_CHANGE


def test_a_failed_attempt_is_history_while_the_order_is_open() -> None:
    assert decide(pending(), WAITS, AttemptFailed(PAYMENT_ID), NOW) == Decision(Verdict.RECORDED)
    assert decide(make_payment(PaymentStatus.FAILED), WAITS, AttemptFailed(PAYMENT_ID), NOW) == NO_CHANGE
