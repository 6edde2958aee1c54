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
    NothingNew,
    NothingPaid,
    Refunded,
    RefundRequested,
    RefundStatus,
    ReturnedByHand,
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


RESERVED_WRONGLY = [Authorized(PAID, AMOUNT - 1, "INR"), Authorized(PAID, AMOUNT, "USD")]
CAPTURED_WRONGLY = [Captured(PAID, AMOUNT + 1, "INR"), Captured(PAID, AMOUNT, "USD")]


def held(evidence: Captured) -> dict[str, Any]:
    """What is kept of it."""
    nothing: dict[str, Any] = {"refunds": {}, "other_returns": {}}
    return {evidence.payment_id: {"amount": evidence.amount, "currency": evidence.currency, **nothing, "held": True}}


class TestReservedMoneyOfAnotherAmount:
    @pytest.mark.parametrize("evidence", RESERVED_WRONGLY, ids=str)
    def test_opens_nothing(self, evidence: Evidence) -> None:
        kept = {"reason": Reason.MISMATCH, **due(24 * 60)}
        assert decide(pending(), WAITS, evidence, NOW) == Decision(Verdict.QUARANTINED, kept)

    @pytest.mark.parametrize("evidence", [SignedCheckout(PAID), RESERVED_WRONGLY[0]], ids=str)
    def test_keeps_a_checkout_from_being_believed(self, evidence: Evidence) -> None:
        seen = pending(reason=Reason.MISMATCH, **due(1))
        assert decide(seen, WAITS, evidence, NOW) == KNOWN
        kept = {"reason": Reason.MISMATCH, **due(24 * 60)}
        for timer in (due(0), NO_TIMER):
            again = decide(pending(reason=Reason.MISMATCH, **timer), WAITS, evidence, NOW)
            assert again == Decision(Verdict.QUARANTINED, kept)

    def test_keeps_the_right_money_from_nothing(self) -> None:
        seen = pending(reason=Reason.MISMATCH, **due(1))
        assert decide(seen, WAITS, AUTHORIZED, NOW) == Decision(Verdict.GRANTED, RESERVED | due(15), opened())
        settled = {**OURS, "status": PaymentStatus.CAPTURED, "reason": None, **NO_TIMER}
        assert decide(seen, WAITS, CAPTURED, NOW) == Decision(Verdict.GRANTED, settled, opened())


class TestCapturedMoneyOfAnotherAmount:
    @pytest.mark.parametrize("evidence", CAPTURED_WRONGLY, ids=str)
    def test_is_held_and_the_order_and_what_waits_for_it_end(self, evidence: Captured) -> None:
        failed = {"status": PaymentStatus.FAILED, "reason": Reason.MISMATCH, "surplus": held(evidence), **due(24 * 60)}
        given = decide(pending(), WAITS, evidence, NOW)
        assert given == Decision(Verdict.QUARANTINED, failed, ended(Reason.MISMATCH))

    @pytest.mark.parametrize("name", ["none", "pending for another order", "active by another order"])
    def test_ends_no_enrollment_that_has_nothing_to_do_with_it(self, name: str) -> None:
        for status in (PaymentStatus.PENDING, PaymentStatus.AUTHORIZED):
            given = decide(payment(status), ENROLLMENTS[name], CAPTURED_WRONGLY[0], NOW)
            assert (given.verdict, given.enrollment) == (Verdict.QUARANTINED, {})

    def test_takes_back_what_a_checkout_was_believed(self) -> None:
        given = decide(payment(PaymentStatus.AUTHORIZED), OPEN, CAPTURED_WRONGLY[0], NOW)
        assert (given.payment["status"], given.enrollment) == (PaymentStatus.FAILED, ended(Reason.MISMATCH))

    def test_is_held_on_an_order_that_has_failed_already(self) -> None:
        failed = {"reason": Reason.MISMATCH, "surplus": held(CAPTURED_WRONGLY[0]), **due(24 * 60)}
        given = decide(payment(PaymentStatus.FAILED), None, CAPTURED_WRONGLY[0], NOW)
        assert given == Decision(Verdict.QUARANTINED, failed)

    @pytest.mark.parametrize(
        "evidence", [SignedCheckout(PAID), *RESERVED_WRONGLY, AUTHORIZED, *CAPTURED_WRONGLY, NothingPaid()], ids=str
    )
    def test_stays_held_whatever_is_said_of_it(self, evidence: Evidence) -> None:
        failed = payment(PaymentStatus.FAILED, reason=Reason.MISMATCH, surplus=held(CAPTURED_WRONGLY[0]))
        assert decide(failed, ENROLLMENTS["cancelled: mismatch"], evidence, NOW) == KNOWN

    def test_goes_back_when_the_right_money_comes(self) -> None:
        wrong = Captured("pay_BBBBBBBBBBBBBB", AMOUNT - 1, "INR")
        failed = payment(PaymentStatus.FAILED, reason=Reason.MISMATCH, surplus=held(wrong))
        back = {"pay_BBBBBBBBBBBBBB": {**held(wrong)["pay_BBBBBBBBBBBBBB"], "held": False}}
        settled = {**OURS, "status": PaymentStatus.CAPTURED, "reason": None, "surplus": back, **due(0)}
        for waits in (WAITS, ENROLLMENTS["cancelled: mismatch"]):
            assert decide(failed, waits, CAPTURED, NOW) == Decision(Verdict.GRANTED, settled, opened())

    def test_goes_back_when_an_admin_says_so(self) -> None:
        back = {PAID: {**held(CAPTURED_WRONGLY[0])[PAID], "held": False}}
        failed = payment(PaymentStatus.FAILED, reason=Reason.MISMATCH, surplus=held(CAPTURED_WRONGLY[0]))
        given = decide(failed, None, RefundRequested("all", None, PAID), NOW)
        assert given == Decision(Verdict.TO_REFUND, {"surplus": back, **due(0)})
        part = decide(failed, None, RefundRequested("part", 100, PAID), NOW)
        assert part == Decision(Verdict.REFUSED)
        assert decide(failed, None, RefundRequested("all", None), NOW) == Decision(Verdict.REFUSED)
        released = payment(PaymentStatus.FAILED, reason=Reason.MISMATCH, surplus=back)
        assert decide(released, None, RefundRequested("all", None, PAID), NOW) == KNOWN
        assert decide(payment(PaymentStatus.FAILED), None, RefundRequested("all", None), NOW).verdict is Verdict.REFUSED

    @pytest.mark.parametrize("released", [True, False])
    def test_is_over_when_all_of_it_is_back(self, released: bool) -> None:
        kept = {**held(CAPTURED_WRONGLY[0])[PAID], "held": not released}
        failed = payment(PaymentStatus.FAILED, window_over=True, reason=Reason.MISMATCH, surplus={PAID: kept})
        part = decide(failed, None, Refunded(PAID, "rfnd_AAAAAAAAAAAAAA", 100, RefundStatus.PROCESSED), NOW)
        assert "reason" not in part.payment
        refund = {"rfnd_AAAAAAAAAAAAAA": {"amount": AMOUNT + 1, "status": "processed"}}
        given = decide(failed, None, Refunded(PAID, "rfnd_AAAAAAAAAAAAAA", AMOUNT + 1, RefundStatus.PROCESSED), NOW)
        over = {"surplus": {PAID: {**kept, "refunds": refund}}, "reason": Reason.REFUNDED, **due(30)}
        assert given == Decision(Verdict.RECORDED, over)

    def test_leaves_the_timer_of_money_that_is_reserved_alone(self) -> None:
        wrong = Captured("pay_BBBBBBBBBBBBBB", AMOUNT - 1, "INR")
        reserved = payment(PaymentStatus.AUTHORIZED, surplus=held(wrong))
        refund = Refunded(wrong.payment_id, "rfnd_AAAAAAAAAAAAAA", AMOUNT - 1, RefundStatus.PROCESSED)
        assert decide(reserved, OPEN, refund, NOW).payment.keys() == {"surplus"}


class TestMoneyBesideAnAccessThatRestsOnReservedMoney:
    BASIS = payment(PaymentStatus.AUTHORIZED, order_id="order_BBBBBBBBBBBBBB")

    @pytest.mark.parametrize("name", ["active by another order", "completed by another order"])
    def test_takes_the_access_over(self, name: str) -> None:
        settled = {**OURS, "status": PaymentStatus.CAPTURED, "reason": None, **NO_TIMER}
        for status in (PaymentStatus.PENDING, PaymentStatus.FAILED, PaymentStatus.AUTHORIZED):
            given = decide(payment(status), ENROLLMENTS[name], CAPTURED, NOW, self.BASIS)
            assert given == Decision(Verdict.GRANTED, settled, {"granted_by": ORDER})

    def test_gives_back_at_once_what_was_held(self) -> None:
        kept = held(Captured("pay_BBBBBBBBBBBBBB", AMOUNT - 1, "INR"))
        failed = payment(PaymentStatus.FAILED, reason=Reason.MISMATCH, surplus=kept)
        given = decide(failed, OTHERS, CAPTURED, NOW, self.BASIS)
        assert (given.verdict, given.payment["gsi2sk"]) == (Verdict.GRANTED, due(0)["gsi2sk"])

    @pytest.mark.parametrize("status", set(PaymentStatus) - {PaymentStatus.AUTHORIZED})
    def test_goes_back_when_the_other_is_settled(self, status: PaymentStatus) -> None:
        given = decide(pending(), OTHERS, CAPTURED, NOW, payment(status, order_id="order_BBBBBBBBBBBBBB"))
        assert (given.verdict, given.payment["reason"]) == (Verdict.TO_REFUND, Reason.DUPLICATE)

    def test_is_no_concern_of_what_is_settled_already(self) -> None:
        for status in (PaymentStatus.CAPTURED, PaymentStatus.REFUND_PENDING, PaymentStatus.REFUNDED):
            assert decide(payment(status), OTHERS, CAPTURED, NOW, self.BASIS) == KNOWN


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


LOST = DisputeLost(PAID, "disp_1", AMOUNT)
BY_HAND = ReturnedByHand(PAID, "UTR1", AMOUNT)


def returned(amount: int, by: str) -> dict[str, Any]:
    return {{"dispute": "disp_1", "hand": "UTR1"}[by]: {"amount": amount, "by": by}}


class TestALostDispute:
    @pytest.mark.parametrize("status", [PaymentStatus.CAPTURED, PaymentStatus.REFUND_PENDING])
    def test_takes_the_money_and_the_access_it_paid(self, status: PaymentStatus) -> None:
        taken = {
            "other_returns": returned(AMOUNT, "dispute"),
            "status": PaymentStatus.REFUNDED,
            "reason": Reason.CHARGEBACK,
            "refunded_amount": AMOUNT,
            **(NO_TIMER if status is PaymentStatus.CAPTURED else due(15)),
        }
        given = decide(payment(status), OPEN, LOST, NOW)
        assert given == Decision(Verdict.REFUNDED, taken, ended(Reason.CHARGEBACK))
        assert decide(payment(status), OTHERS, LOST, NOW).enrollment == {}

    def test_over_a_part_takes_that_part_alone(self) -> None:
        part = DisputeLost(PAID, "disp_1", 100)
        taken = {"other_returns": returned(100, "dispute"), "refunded_amount": 100, **NO_TIMER}
        assert decide(payment(PaymentStatus.CAPTURED), OPEN, part, NOW) == Decision(Verdict.RECORDED, taken)
        lost = payment(PaymentStatus.CAPTURED, other_returns=returned(100, "dispute"), refunded_amount=100)
        assert decide(lost, OPEN, part, NOW) == KNOWN
        rest = decide(lost, OPEN, DisputeLost(PAID, "disp_2", AMOUNT - 100), NOW)
        assert (rest.payment["refunded_amount"], rest.enrollment) == (AMOUNT, ended(Reason.CHARGEBACK))

    def test_of_what_is_back_already_is_written_down(self) -> None:
        taken = {"other_returns": returned(AMOUNT, "dispute"), "refunded_amount": AMOUNT, **NO_TIMER}
        given = decide(payment(PaymentStatus.REFUNDED), OPEN, LOST, NOW)
        assert given == Decision(Verdict.RECORDED, taken)

    def test_leaves_a_refund_under_way_to_be_looked_at(self) -> None:
        way = {"rfnd_1": {"amount": AMOUNT, "status": "pending"}}
        given = decide(payment(PaymentStatus.REFUND_PENDING, refunds=way), None, LOST, NOW)
        assert (given.verdict, given.payment["gsi2sk"]) == (Verdict.REFUNDED, due(15)["gsi2sk"])
        lost = payment(PaymentStatus.REFUNDED, refunds=way, other_returns=returned(AMOUNT, "dispute"), **due(0))
        done = decide(lost, None, Refunded(PAID, "rfnd_1", AMOUNT, RefundStatus.PROCESSED), NOW)
        both = {"refunds": {"rfnd_1": {"amount": AMOUNT, "status": "processed"}}, "refund_requests": {}}
        assert done == Decision(Verdict.RECORDED, {**both, "refunded_amount": AMOUNT, **NO_TIMER})

    @pytest.mark.parametrize("status", [PaymentStatus.PENDING, PaymentStatus.AUTHORIZED, PaymentStatus.FAILED])
    def test_takes_nothing_that_is_not_ours(self, status: PaymentStatus) -> None:
        assert decide(payment(status), OPEN, LOST, NOW) == KNOWN


class TestNothingNew:
    """After the last look at money that was taken otherwise."""

    def test_ends_the_looking(self) -> None:
        for status in (PaymentStatus.CAPTURED, PaymentStatus.REFUNDED):
            assert decide(payment(status, **due(0)), OPEN, NothingNew(), NOW) == Decision(Verdict.RECORDED, NO_TIMER)
            assert decide(payment(status), OPEN, NothingNew(), NOW) == KNOWN

    def test_ends_nothing_that_is_on_its_way(self) -> None:
        way = {"rfnd_1": {"amount": 100, "status": "pending"}}
        for held in (payment(PaymentStatus.CAPTURED, refunds=way, **due(0)), payment(PaymentStatus.REFUND_PENDING)):
            assert decide(held, OPEN, NothingNew(), NOW) == KNOWN
        for status in (PaymentStatus.PENDING, PaymentStatus.AUTHORIZED, PaymentStatus.FAILED):
            assert decide(payment(status), OPEN, NothingNew(), NOW) == KNOWN


class TestLooksAtHeldMoney:
    HELD = held(Captured("pay_BBBBBBBBBBBBBB", AMOUNT - 1, "INR"))
    RELEASED = {"pay_BBBBBBBBBBBBBB": {**HELD["pay_BBBBBBBBBBBBBB"], "held": False}}

    @pytest.mark.parametrize("beside", [HELD, RELEASED], ids=["held", "released"])
    def test_nothing_paid_moves_no_timer_of_it(self, beside: dict[str, Any]) -> None:
        failed = payment(PaymentStatus.FAILED, window_over=True, reason=Reason.MISMATCH, surplus=beside)
        assert decide(failed, None, NothingPaid(), NOW) == KNOWN

    @pytest.mark.parametrize(
        ("beside", "reason", "look"), [(HELD, Reason.MISMATCH, due(24 * 60)), (RELEASED, Reason.NOT_CAPTURED, due(0))]
    )
    def test_reserved_money_that_goes_back_leaves_its_timer(
        self, beside: dict[str, Any], reason: Reason, look: dict[str, Any]
    ) -> None:
        reserved = payment(PaymentStatus.AUTHORIZED, surplus=beside, window_ends_at=NOW - timedelta(days=7))
        lost = {"status": PaymentStatus.FAILED, "reason": reason, "returned_payment_ids": [PAID], **look}
        assert decide(reserved, OPEN, NotCaptured(PAID), NOW).payment == lost

    @pytest.mark.parametrize(("timer", "moves"), [(due(24 * 60), True), (NO_TIMER, True), (due(15), False)])
    def test_a_checkout_on_its_order_is_looked_at_soon(self, timer: dict[str, Any], moves: bool) -> None:
        failed = payment(PaymentStatus.FAILED, reason=Reason.MISMATCH, surplus=self.HELD, **timer)
        given = decide(failed, None, SignedCheckout(PAID), NOW)
        assert given == (Decision(Verdict.RECORDED, due(15)) if moves else KNOWN)


class TestWhatIsReturnedByHand:
    @pytest.mark.parametrize(
        ("status", "reason", "then"),
        [
            (PaymentStatus.CAPTURED, None, Reason.REQUESTED),
            (PaymentStatus.REFUND_PENDING, Reason.DUPLICATE, Reason.DUPLICATE),
        ],
    )
    def test_counts_as_refunded(self, status: PaymentStatus, reason: Reason | None, then: Reason) -> None:
        given = decide(payment(status, reason=reason), OPEN, BY_HAND, NOW)
        whole = {"status": PaymentStatus.REFUNDED, "reason": then, "refunded_amount": AMOUNT}
        look = NO_TIMER if status is PaymentStatus.CAPTURED else due(15)
        changes = {"other_returns": returned(AMOUNT, "hand"), **whole, **look}
        assert given == Decision(Verdict.REFUNDED, changes, ended(Reason.REFUNDED))

    def test_is_counted_once(self) -> None:
        for status in PaymentStatus:
            known = payment(status, payment_id=PAID, other_returns=returned(AMOUNT, "hand"))
            assert decide(known, OPEN, BY_HAND, NOW) == KNOWN
            another = ReturnedByHand("pay_CCCCCCCCCCCCCC", "UTR1", AMOUNT)
            assert decide(known, OPEN, another, NOW) == Decision(Verdict.REFUSED)

    def test_is_no_more_than_is_left(self) -> None:
        way = {"rfnd_1": {"amount": 100, "status": "pending"}}
        asked = {"k": {"amount": 50, "refund_id": ""}}
        stored = payment(PaymentStatus.CAPTURED, refunds=way, refund_requests=asked)
        most = AMOUNT - 150
        assert decide(stored, OPEN, ReturnedByHand(PAID, "UTR1", most + 1), NOW) == Decision(Verdict.REFUSED)
        assert decide(stored, OPEN, ReturnedByHand(PAID, "UTR1", most), NOW).payment["refunded_amount"] == most

    @pytest.mark.parametrize("status", set(PaymentStatus) - {PaymentStatus.CAPTURED, PaymentStatus.REFUND_PENDING})
    def test_cannot_be_of_a_payment_without_money(self, status: PaymentStatus) -> None:
        assert decide(payment(status), OPEN, BY_HAND, NOW) == Decision(Verdict.REFUSED)

    def test_cannot_be_of_a_payment_that_nobody_knows(self) -> None:
        unknown = ReturnedByHand("pay_CCCCCCCCCCCCCC", "UTR1", 1)
        assert decide(payment(PaymentStatus.CAPTURED), OPEN, unknown, NOW) == Decision(Verdict.REFUSED)


def test_a_checkout_that_was_believed_is_taken_back_when_another_amount_is_authorised() -> None:
    believed = payment(PaymentStatus.AUTHORIZED)
    given = decide(believed, OPEN, Authorized(PAID, AMOUNT - 1, "INR"), NOW)
    assert (given.verdict, given.payment["reason"]) == (Verdict.QUARANTINED, Reason.MISMATCH)
    assert given.enrollment == ended(Reason.MISMATCH)
    assert decide(believed, OPEN, Authorized(PAID, AMOUNT, "INR"), NOW) == KNOWN
