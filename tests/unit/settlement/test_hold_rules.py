"""What each rule about money on hold writes, to the last attribute: accepted, explained, and listed."""

from dataclasses import replace
from typing import Any

import pytest

from cli._payment_matrix import (
    AMOUNT,
    ENROLLMENTS,
    EXTRA_PAYMENT_ID,
    NOW,
    ORDER_ID,
    OTHER_ORDER_ID,
    PAYMENT_ID,
    enrollment_beside,
    make_enrollment,
    make_payment,
)
from shared.domain.captures import AmountRule, CapturedPayment, Refund, RefundStatus
from shared.domain.lifecycle import EnrollmentStatus, PaymentStatus, StatusReason
from shared.settlement.decision import Verdict
from shared.settlement.evidence import (
    Authorized,
    Captured,
    Evidence,
    HoldAccepted,
    NoPaymentFound,
    Refunded,
    RefundRequested,
    SignedCheckout,
)
from shared.settlement.rules.amount_rules import AmountPolicy
from shared.settlement.rules.hold_rules import MAX_LISTED_ORDERS, can_become_primary
from tests.unit.settlement.expected_changes import (
    ACTIVE_BY_OTHER_ORDER,
    ACTIVE_ENROLLMENT,
    CAPTURED_CHANGES,
    NO_POLL,
    PENDING_ENROLLMENT,
    REFUND_ONE,
    REFUND_TWO,
    activation_changes,
    held_changes,
    pending_payment,
    poll_in,
)
from tests.unit.settlement.written import NO_CHANGE, Written, decide

PAID = AMOUNT - 5_000
ACCEPTED = HoldAccepted(EXTRA_PAYMENT_ID, "usr_2")
ACCEPTED_CHANGES = {
    **CAPTURED_CHANGES,
    "payment_id": EXTRA_PAYMENT_ID,
    "captured_amount": PAID,
    "amount_rule": AmountRule.ACCEPTED,
    "surplus": {},
}
OFFERED = Captured(EXTRA_PAYMENT_ID, PAID, "INR", offer_id="offer_ANZoaxsOww2X53")
UP_TO_11_PERCENT = AmountPolicy(max_offer_percent=11)
CANCELLED = ENROLLMENTS["cancelled: mismatch"]


def entry(**changes: Any) -> dict[str, Any]:
    """A capture on hold in `surplus`."""
    return {"amount": PAID, "currency": "INR", "refunds": {}, "other_returns": {}, "held": True, **changes}


def held_payment(status: PaymentStatus = PaymentStatus.FAILED, **changes: Any) -> Any:
    attributes = {"reason": StatusReason.MISMATCH, "surplus": {EXTRA_PAYMENT_ID: entry()}, **changes}
    return make_payment(status, **attributes)


def listed(*order_ids: str, **changes: Any) -> Any:
    return make_enrollment(EnrollmentStatus.CANCELLED, orders_on_hold=list(order_ids), **changes)


class TestHoldAccepted:
    @pytest.mark.parametrize(
        "name",
        [
            "none",
            "pending for this order",
            "pending for another order",
            "cancelled: mismatch",
            "cancelled: withdrawn",
            "cancelled: revoked",
            "cancelled: chargeback",
        ],
    )
    def test_decide_accepted_hold_grants_the_course(self, name: str) -> None:
        payment = held_payment()
        written = decide(payment, enrollment_beside(payment, ENROLLMENTS[name]), ACCEPTED, NOW)
        granted = {**activation_changes(), "orders_on_hold": None}
        assert written == Written(Verdict.GRANTED, ACCEPTED_CHANGES, granted)

    def test_decide_accepted_hold_with_access_by_this_order_keeps_it(self) -> None:
        """A checkout of another payment on the order granted the access."""
        payment = held_payment(PaymentStatus.AUTHORIZED, reason=None)
        for access in (ACTIVE_ENROLLMENT, ENROLLMENTS["completed by this order"]):
            written = decide(payment, enrollment_beside(payment, access), ACCEPTED, NOW)
            unresolved = {PAYMENT_ID: "2026-11-23T12:00:00.000Z"}
            changes = {**ACCEPTED_CHANGES, "unresolved": unresolved, **poll_in(15)}
            assert written == Written(Verdict.CAPTURED, changes, {"orders_on_hold": None})

    @pytest.mark.parametrize(
        "name", ["active by another order", "active, free", "active by an admin", "completed by another order"]
    )
    def test_decide_accepted_hold_with_other_access_is_rejected(self, name: str) -> None:
        payment = held_payment()
        written = decide(payment, enrollment_beside(payment, ENROLLMENTS[name]), ACCEPTED, NOW)
        assert written == Written(Verdict.REJECTED)

    @pytest.mark.parametrize(
        "changes",
        [
            {"surplus": None},
            {"surplus": {EXTRA_PAYMENT_ID: entry(held=False)}},
            {"surplus": {EXTRA_PAYMENT_ID: entry(currency="USD")}},
            {"surplus": {EXTRA_PAYMENT_ID: entry(refunds={REFUND_ONE: {"amount": PAID, "status": "processed"}})}},
            {"surplus": {EXTRA_PAYMENT_ID: entry(refunds={REFUND_ONE: {"amount": PAID, "status": "pending"}})}},
            {"surplus": {EXTRA_PAYMENT_ID: entry(other_returns={"disp_1": {"amount": PAID, "by": "dispute"}})}},
            {"surplus": {"pay_CCCCCCCCCCCCCC": entry()}},
        ],
        ids=["none", "released", "another currency", "refunded", "refund pending", "disputed", "another payment"],
    )
    def test_decide_accepted_payment_that_is_not_on_hold_is_rejected(self, changes: dict[str, Any]) -> None:
        assert decide(held_payment(**changes), CANCELLED, ACCEPTED, NOW).verdict is Verdict.REJECTED

    def test_decide_accepted_hold_takes_its_refunds_reversals_and_disputes_along(self) -> None:
        refunds = {
            REFUND_ONE: {"amount": 100, "status": "processed"},
            REFUND_TWO: {"amount": 200, "status": "pending"},
        }
        reversals = {"disp_1": {"amount": 1_000, "by": "dispute"}}
        dispute = {
            "amount": 1_000,
            "currency": "INR",
            "status": "lost",
            "phase": "chargeback",
            "reason": "",
            "deducted": 1_000,
        }
        capture = entry(refunds=refunds, other_returns=reversals, disputes={"disp_1": dispute}, refused="no balance")
        payment = held_payment(surplus={EXTRA_PAYMENT_ID: capture})
        written = decide(payment, listed(ORDER_ID), ACCEPTED, NOW)
        changes = {
            **ACCEPTED_CHANGES,
            "refunds": refunds,
            "other_returns": reversals,
            "disputes": {"disp_1": dispute},
            "refunded_amount": 1_100,
            "refund_refused": "no balance",
            **poll_in(15),
        }
        assert written == Written(Verdict.GRANTED, changes, {**activation_changes(), "orders_on_hold": None})

    def test_decide_accepted_hold_releases_every_other_hold(self) -> None:
        refunded = entry(held=False, refunds={REFUND_ONE: {"amount": PAID, "status": "processed"}})
        others = {"pay_CCCCCCCCCCCCCC": entry(amount=1_000), "pay_DDDDDDDDDDDDDD": refunded}
        payment = held_payment(surplus={EXTRA_PAYMENT_ID: entry(), **others})
        released = {
            "pay_CCCCCCCCCCCCCC": entry(amount=1_000, held=False, released=True),
            "pay_DDDDDDDDDDDDDD": refunded,
        }
        changes = {**ACCEPTED_CHANGES, "surplus": released, **poll_in(0)}
        assert decide(payment, CANCELLED, ACCEPTED, NOW).payment == changes

    @pytest.mark.parametrize("status", [PaymentStatus.CAPTURED, PaymentStatus.REFUND_PENDING, PaymentStatus.REFUNDED])
    def test_decide_accepted_hold_again_changes_nothing(self, status: PaymentStatus) -> None:
        accepted = make_payment(status, payment_id=EXTRA_PAYMENT_ID, amount_rule=AmountRule.ACCEPTED)
        for enrollment in (ACTIVE_ENROLLMENT, ACTIVE_BY_OTHER_ORDER, CANCELLED):
            assert decide(accepted, enrollment, ACCEPTED, NOW) == NO_CHANGE
        other = HoldAccepted(PAYMENT_ID, "usr_2")
        assert decide(accepted, ACTIVE_ENROLLMENT, other, NOW) == Written(Verdict.REJECTED)

    def test_decide_accepted_primary_capture_is_rejected(self) -> None:
        captured = make_payment(PaymentStatus.CAPTURED, amount_rule=AmountRule.OFFER)
        accepted = HoldAccepted(PAYMENT_ID, "usr_2")
        assert decide(captured, ACTIVE_ENROLLMENT, accepted, NOW) == Written(Verdict.REJECTED)

    def test_decide_accepted_orphaned_order_gets_the_instructor_of_its_course(self) -> None:
        capture = entry(amount=AMOUNT)
        orphaned = held_payment(
            reason=StatusReason.ORPHANED, instructor_id="unknown", surplus={EXTRA_PAYMENT_ID: capture}
        )
        written = decide(orphaned, None, ACCEPTED, NOW)
        changes = {**ACCEPTED_CHANGES, "captured_amount": AMOUNT, "instructor_id": "usr_2"}
        assert written == Written(Verdict.GRANTED, changes, activation_changes())


class TestCaptureExplainedLater:
    """Evidence explains a capture on hold after all: the fee was missing, or the setting was changed."""

    def test_decide_explained_hold_becomes_the_primary_capture(self) -> None:
        changes = {**ACCEPTED_CHANGES, "amount_rule": AmountRule.OFFER}
        written = decide(
            held_payment(), listed(ORDER_ID, reason=StatusReason.MISMATCH), OFFERED, NOW, policy=UP_TO_11_PERCENT
        )
        assert written == Written(Verdict.GRANTED, changes, {**activation_changes(), "orders_on_hold": None})

    def test_decide_explained_hold_follows_the_rules_of_any_capture(self) -> None:
        payment = held_payment()
        other = enrollment_beside(payment, ACTIVE_BY_OTHER_ORDER)
        written = decide(payment, other, OFFERED, NOW, policy=UP_TO_11_PERCENT)
        assert (written.verdict, written.payment["reason"]) == (Verdict.REFUND_DUE, StatusReason.DUPLICATE)
        assert written.enrollment == {"orders_on_hold": None}

    def test_decide_explained_hold_with_a_refund_keeps_it(self) -> None:
        refunds = {REFUND_ONE: {"amount": 100, "status": "processed"}}
        payment = held_payment(surplus={EXTRA_PAYMENT_ID: entry(refunds=refunds)})
        written = decide(payment, CANCELLED, OFFERED, NOW, policy=UP_TO_11_PERCENT)
        assert (written.payment["refunds"], written.payment["refunded_amount"]) == (refunds, 100)

    @pytest.mark.parametrize(
        ("changes", "evidence"),
        [
            ({}, replace(OFFERED, offer_id=None)),
            ({}, replace(OFFERED, amount=PAID + 1)),
            ({EXTRA_PAYMENT_ID: entry(held=False)}, OFFERED),
            ({EXTRA_PAYMENT_ID: entry(refunds={REFUND_ONE: {"amount": PAID, "status": "processed"}})}, OFFERED),
        ],
        ids=["no offer", "another amount than recorded", "released", "refunded"],
    )
    def test_decide_hold_that_stays_unexplained_or_ended_changes_nothing(
        self, changes: dict[str, Any], evidence: Captured
    ) -> None:
        payment = held_payment(surplus={EXTRA_PAYMENT_ID: entry(), **changes})
        enrollment = enrollment_beside(payment, CANCELLED)
        assert decide(payment, enrollment, evidence, NOW, policy=UP_TO_11_PERCENT) == NO_CHANGE


class TestListedHold:
    HELD = Captured(EXTRA_PAYMENT_ID, PAID, "INR")

    def test_decide_hold_is_added_behind_the_listed_ones(self) -> None:
        written = decide(pending_payment(), listed(OTHER_ORDER_ID, reason=StatusReason.WITHDRAWN), self.HELD, NOW)
        assert written.enrollment == {"orders_on_hold": [OTHER_ORDER_ID, ORDER_ID]}

    def test_decide_hold_beyond_the_limit_is_not_listed(self) -> None:
        full = [f"order_{number:014}" for number in range(MAX_LISTED_ORDERS)]
        assert decide(pending_payment(), listed(*full), self.HELD, NOW).enrollment == {}
        listed_then = decide(pending_payment(), listed(*full[:-1]), self.HELD, NOW).enrollment["orders_on_hold"]
        assert listed_then == [*full[:-1], ORDER_ID]
        assert MAX_LISTED_ORDERS == 20

    def test_decide_hold_on_an_adopted_order_creates_a_cancelled_enrollment(self) -> None:
        written = decide(pending_payment(), None, self.HELD, NOW)
        assert (written.verdict, written.enrollment) == (Verdict.ON_HOLD, held_changes())

    def test_decide_hold_on_an_orphaned_order_creates_no_enrollment(self) -> None:
        orphaned = pending_payment(reason=StatusReason.ORPHANED)
        assert decide(orphaned, None, self.HELD, NOW).enrollment == {}
        assert decide(orphaned, CANCELLED, self.HELD, NOW).enrollment == {"orders_on_hold": [ORDER_ID]}

    @pytest.mark.parametrize(
        ("evidence", "verdict"),
        [
            (RefundRequested("all", None, EXTRA_PAYMENT_ID), Verdict.REFUND_DUE),
            (Refunded(EXTRA_PAYMENT_ID, REFUND_ONE, PAID, RefundStatus.PENDING), Verdict.RECORDED),
            (Refunded(EXTRA_PAYMENT_ID, REFUND_ONE, PAID, RefundStatus.PROCESSED), Verdict.RECORDED),
        ],
        ids=["requested", "pending", "processed"],
    )
    def test_decide_refund_of_the_whole_hold_removes_the_order(self, evidence: Evidence, verdict: Verdict) -> None:
        enrollment = listed(OTHER_ORDER_ID, ORDER_ID)
        written = decide(held_payment(), enrollment, evidence, NOW)
        assert (written.verdict, written.enrollment) == (verdict, {"orders_on_hold": [OTHER_ORDER_ID]})

    def test_decide_partial_refund_of_a_hold_keeps_the_order(self) -> None:
        part = Refunded(EXTRA_PAYMENT_ID, REFUND_ONE, 100, RefundStatus.PROCESSED)
        assert decide(held_payment(), listed(ORDER_ID), part, NOW).enrollment == {}

    def test_decide_failed_refund_of_a_hold_adds_the_order_again(self) -> None:
        pending = entry(refunds={REFUND_ONE: {"amount": PAID, "status": "pending"}})
        failed = Refunded(EXTRA_PAYMENT_ID, REFUND_ONE, PAID, RefundStatus.FAILED)
        written = decide(held_payment(surplus={EXTRA_PAYMENT_ID: pending}), CANCELLED, failed, NOW)
        assert written.enrollment == {"orders_on_hold": [ORDER_ID]}

    def test_decide_repeated_hold_that_is_not_listed_is_listed(self) -> None:
        assert decide(held_payment(), CANCELLED, self.HELD, NOW) == Written(
            Verdict.RECORDED, {}, {"orders_on_hold": [ORDER_ID]}
        )
        assert decide(held_payment(), listed(ORDER_ID), self.HELD, NOW) == NO_CHANGE
        assert decide(held_payment(), CANCELLED, NoPaymentFound(), NOW) == NO_CHANGE

    def test_decide_rejected_request_lists_nothing(self) -> None:
        part = RefundRequested("part", 100, EXTRA_PAYMENT_ID)
        assert decide(held_payment(), CANCELLED, part, NOW) == Written(Verdict.REJECTED)


class TestOrphanedOrder:
    """Its course or learner does not exist: no payment of any amount is accepted without an admin."""

    MATCHING = Captured(PAYMENT_ID, AMOUNT, "INR")

    @pytest.mark.parametrize("status", [PaymentStatus.PENDING, PaymentStatus.FAILED])
    def test_decide_capture_on_orphaned_order_is_on_hold(self, status: PaymentStatus) -> None:
        orphaned = make_payment(status, reason=StatusReason.ORPHANED)
        changes = {
            **({"status": PaymentStatus.FAILED} if status is PaymentStatus.PENDING else {}),
            "reason": StatusReason.ORPHANED,
            "surplus": {PAYMENT_ID: entry(amount=AMOUNT)},
            **poll_in(24 * 60),
        }
        assert decide(orphaned, None, self.MATCHING, NOW) == Written(Verdict.ON_HOLD, changes)

    def test_decide_second_capture_on_orphaned_order_is_on_hold_too(self) -> None:
        refunded = entry(held=False, released=True, refunds={REFUND_ONE: {"amount": PAID, "status": "processed"}})
        orphaned = held_payment(reason=StatusReason.ORPHANED, surplus={EXTRA_PAYMENT_ID: refunded})
        written = decide(orphaned, None, self.MATCHING, NOW)
        assert (written.verdict, written.payment["reason"]) == (Verdict.ON_HOLD, StatusReason.ORPHANED)

    def test_decide_refund_of_hold_on_orphaned_order_keeps_its_reason(self) -> None:
        orphaned = held_payment(reason=StatusReason.ORPHANED)
        refund = Refunded(EXTRA_PAYMENT_ID, REFUND_ONE, PAID, RefundStatus.PROCESSED)
        assert "reason" not in decide(orphaned, None, refund, NOW).payment

    def test_decide_authorization_on_orphaned_order_grants_nothing_and_keeps_its_poll(self) -> None:
        matching = Authorized(PAYMENT_ID, AMOUNT, "INR")
        written = decide(pending_payment(reason=StatusReason.ORPHANED, **poll_in(1)), None, matching, NOW)
        assert (written.verdict, written.enrollment) == (Verdict.RECORDED, {})
        assert written.payment.keys() == {"unresolved"}
        due = decide(pending_payment(reason=StatusReason.ORPHANED, **poll_in(0)), None, matching, NOW)
        assert (due.verdict, due.payment["reason"], due.enrollment) == (Verdict.ON_HOLD, StatusReason.ORPHANED, {})

    def test_decide_signed_checkout_on_orphaned_order_grants_nothing(self) -> None:
        for enrollment in (None, PENDING_ENROLLMENT):
            written = decide(
                pending_payment(reason=StatusReason.ORPHANED, **poll_in(1)), enrollment, SignedCheckout(PAYMENT_ID), NOW
            )
            assert (written.verdict, written.enrollment) == (Verdict.RECORDED, {})
            assert written.payment.keys() == {"unresolved"}

    def test_decide_unpaid_orphaned_order_expires_and_stays_orphaned(self) -> None:
        orphaned = pending_payment(reason=StatusReason.ORPHANED, window_ends_at=NOW)
        assert decide(orphaned, None, NoPaymentFound(), NOW) == Written(
            Verdict.EXPIRED, {"status": PaymentStatus.FAILED, **poll_in(15)}
        )


def test_decide_capture_of_a_payment_without_extras_writes_no_extras() -> None:
    written = decide(pending_payment(), PENDING_ENROLLMENT, Captured(PAYMENT_ID, AMOUNT, "INR"), NOW)
    assert written == Written(Verdict.GRANTED, {**CAPTURED_CHANGES, **NO_POLL}, activation_changes())


@pytest.mark.parametrize(("left", "possible"), [(1, True), (0, False)])
def test_can_become_primary_until_nothing_is_left_of_the_capture(left: int, possible: bool) -> None:
    refunds = {REFUND_ONE: Refund(PAID - left, RefundStatus.PROCESSED)}
    capture = CapturedPayment(PAID, "INR", refunds, on_hold=True)
    assert can_become_primary(pending_payment(), capture) is possible
