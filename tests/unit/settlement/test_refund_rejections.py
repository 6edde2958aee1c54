"""Refunds that Razorpay rejects: for now, they are kept and retried; for good, their request is closed and kept."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from cli._payment_matrix import AMOUNT, EXTRA_PAYMENT_ID, NOW, PAYMENT_ID, make_payment
from shared.db.entities import Payment
from shared.db.payments.payment_attributes import refund_requests
from shared.domain.captures import RefundRequest
from shared.domain.lifecycle import PaymentStatus
from shared.settlement.decision import Verdict
from shared.settlement.evidence import ManualRefund, Refunded, RefundRejected
from shared.settlement.refund_retries import retry_of_rejected_refund
from tests.unit.settlement.expected_changes import (
    ACTIVE_ENROLLMENT,
    REFUND_ONE,
    REFUND_TWO,
    captured_payment,
    poll_in,
    refund_entries,
)
from tests.unit.settlement.test_refund_rules import FAILED, PENDING, PROCESSED
from tests.unit.settlement.written import NO_CHANGE, Written, decide

OPEN: dict[str, Any] = {"amount": 100, "refund_id": ""}
REJECTED: dict[str, Any] = {**OPEN, "refused": "no balance"}
CLOSED: dict[str, Any] = {**OPEN, "refused": "too large", "closed": True}
OTHER: dict[str, Any] = {"amount": 50, "refund_id": ""}
SINCE_NOW: dict[str, Any] = {"refund_refused_since": NOW}
EXTRA: dict[str, Any] = {"amount": AMOUNT, "currency": "INR", "refunds": {}, "other_returns": {}, "held": False}
MANUAL_REFERENCE = "by hand UTR1"


def rejected(key: str | None, description: str = "no balance", *, final: bool = False) -> RefundRejected:
    return RefundRejected(PAYMENT_ID, key, description, final)


class TestRejectedRequest:
    def test_decide_rejection_for_now_keeps_the_request_and_polls_in_15_minutes(self) -> None:
        written = decide(captured_payment(refund_requests={"k": OPEN}), ACTIVE_ENROLLMENT, rejected("k"), NOW)
        recorded = {"refund_requests": {"k": REJECTED}, "refund_refused": "no balance", **SINCE_NOW}
        assert written == Written(Verdict.RECORDED, {**recorded, **poll_in(15)})

    def test_decide_rejection_beside_a_request_that_was_never_asked_for_polls_now(self) -> None:
        payment = captured_payment(refund_requests={"k": OPEN, "l": OTHER})
        written = decide(payment, ACTIVE_ENROLLMENT, rejected("k"), NOW)
        recorded = {"refund_requests": {"k": REJECTED, "l": OTHER}, "refund_refused": "no balance", **SINCE_NOW}
        assert written == Written(Verdict.RECORDED, {**recorded, **poll_in(0)})

    def test_decide_same_rejection_again_changes_nothing(self) -> None:
        payment = captured_payment(refund_requests={"k": REJECTED}, refund_refused="no balance")
        assert decide(payment, ACTIVE_ENROLLMENT, rejected("k"), NOW) == NO_CHANGE

    def test_decide_rejection_for_another_reason_is_recorded(self) -> None:
        payment = captured_payment(refund_requests={"k": REJECTED}, refund_refused="no balance")
        written = decide(payment, ACTIVE_ENROLLMENT, rejected("k", "disabled"), NOW)
        assert written.payment["refund_requests"] == {"k": {**OPEN, "refused": "disabled"}}

    @pytest.mark.parametrize(("minutes", "delay"), [(5, 15), (15, 15), (40, 40), (24 * 60, 24 * 60), (9_999, 24 * 60)])
    def test_decide_rejection_for_another_reason_is_retried_after_the_time_since_the_first(
        self, minutes: int, delay: int
    ) -> None:
        since = NOW - timedelta(minutes=minutes)
        payment = captured_payment(
            refund_requests={"k": REJECTED}, refund_refused="no balance", refund_refused_since=since, updated_at=NOW
        )
        written = decide(payment, ACTIVE_ENROLLMENT, rejected("k", "disabled"), NOW)
        recorded = {"refund_requests": {"k": {**OPEN, "refused": "disabled"}}, "refund_refused": "disabled"}
        assert written.payment == {**recorded, "refund_refused_since": since, **poll_in(delay)}

    def test_decide_rejection_that_an_older_version_recorded_counts_from_the_last_change(self) -> None:
        changed_at = NOW - timedelta(hours=2)
        payment = captured_payment(refund_requests={"k": REJECTED}, refund_refused="no balance", updated_at=changed_at)
        written = decide(payment, ACTIVE_ENROLLMENT, rejected("k", "disabled"), NOW)
        assert written.payment["refund_refused_since"] == changed_at
        assert written.payment["gsi2sk"] == poll_in(120)["gsi2sk"]

    def test_decide_first_rejection_of_another_request_begins_the_delays_anew(self) -> None:
        payment = captured_payment(
            refund_requests={"k": REJECTED, "l": OTHER}, refund_refused_since=NOW - timedelta(hours=9)
        )
        written = decide(payment, ACTIVE_ENROLLMENT, rejected("l"), NOW)
        assert written.payment["refund_refused_since"] == NOW
        assert written.payment["gsi2sk"] == poll_in(15)["gsi2sk"]

    def test_decide_rejection_for_good_of_the_last_rejected_request_ends_the_delays(self) -> None:
        payment = captured_payment(refund_requests={"k": REJECTED}, refund_refused_since=NOW - timedelta(hours=9))
        written = decide(payment, ACTIVE_ENROLLMENT, rejected("k", "too large", final=True), NOW)
        assert (written.payment["refund_refused_since"], written.payment["gsi2sk"]) == (None, None)

    @pytest.mark.parametrize("stored", [OPEN, REJECTED])
    def test_decide_rejection_for_good_closes_the_request(self, stored: dict[str, Any]) -> None:
        payment = captured_payment(refund_requests={"k": stored})
        written = decide(payment, ACTIVE_ENROLLMENT, rejected("k", "too large", final=True), NOW)
        recorded = {"refund_requests": {"k": CLOSED}, "refund_refused": "too large", "gsi2pk": None, "gsi2sk": None}
        assert written == Written(Verdict.RECORDED, recorded)

    @pytest.mark.parametrize("final", [True, False])
    @pytest.mark.parametrize("stored", [CLOSED, {**OPEN, "refund_id": REFUND_ONE}])
    def test_decide_late_rejection_of_ended_request_changes_nothing(self, stored: dict[str, Any], final: bool) -> None:
        """Of two runs at once, the other one ended it."""
        payment = captured_payment(refund_requests={"k": stored}, refunds=refund_entries(one=(100, "pending")))
        assert decide(payment, ACTIVE_ENROLLMENT, rejected("k", final=final), NOW) == NO_CHANGE

    def test_decide_refund_of_closed_request_opens_it_as_made(self) -> None:
        """Of two runs at once, the other one had made the refund."""
        payment = captured_payment(refund_requests={"k": CLOSED})
        written = decide(payment, ACTIVE_ENROLLMENT, Refunded(PAYMENT_ID, REFUND_ONE, 100, PENDING, "k"), NOW)
        assert written.payment["refund_requests"] == {"k": {**OPEN, "refund_id": REFUND_ONE}}


class TestRejectedBalance:
    def test_decide_rejection_of_whole_balance_is_recorded_and_polled_in_15_minutes(self) -> None:
        payment = make_payment(PaymentStatus.REFUND_PENDING)
        for final in (False, True):
            written = decide(payment, None, rejected(None, final=final), NOW)
            assert written == Written(Verdict.RECORDED, {"refund_refused": "no balance", **SINCE_NOW, **poll_in(15)})

    def test_decide_rejection_of_the_smallest_balance_begins_the_delays(self) -> None:
        payment = make_payment(PaymentStatus.REFUND_PENDING, refunds=refund_entries(one=(AMOUNT - 1, "processed")))
        written = decide(payment, None, rejected(None), NOW)
        assert written == Written(Verdict.RECORDED, {"refund_refused": "no balance", **SINCE_NOW, **poll_in(15)})

    def test_decide_same_rejection_of_whole_balance_changes_nothing(self) -> None:
        payment = make_payment(PaymentStatus.REFUND_PENDING, refund_refused="no balance")
        assert decide(payment, None, rejected(None), NOW) == NO_CHANGE

    def test_decide_rejection_of_extra_capture_is_recorded_and_polled_in_15_minutes(self) -> None:
        payment = captured_payment(surplus={EXTRA_PAYMENT_ID: EXTRA})
        evidence = RefundRejected(EXTRA_PAYMENT_ID, None, "no balance", is_final=True)
        written = decide(payment, ACTIVE_ENROLLMENT, evidence, NOW)
        recorded = {"surplus": {EXTRA_PAYMENT_ID: {**EXTRA, "refused": "no balance"}}, **SINCE_NOW, **poll_in(15)}
        assert written == Written(Verdict.RECORDED, recorded)

    def test_decide_rejection_of_extra_capture_keeps_the_poll_of_an_authorized_payment(self) -> None:
        payment = make_payment(PaymentStatus.AUTHORIZED, surplus={EXTRA_PAYMENT_ID: EXTRA})
        evidence = RefundRejected(EXTRA_PAYMENT_ID, None, "no balance")
        assert "gsi2sk" not in decide(payment, ACTIVE_ENROLLMENT, evidence, NOW).payment


class TestLostRequest:
    """A later table contained the request; an older one was restored."""

    def test_decide_refund_with_unknown_key_records_its_request(self) -> None:
        written = decide(
            captured_payment(), ACTIVE_ENROLLMENT, Refunded(PAYMENT_ID, REFUND_ONE, 100, PENDING, "k"), NOW
        )
        assert written.payment["refund_requests"] == {"k": {**OPEN, "refund_id": REFUND_ONE}}

    def test_decide_failed_refund_with_unknown_key_records_an_open_request(self) -> None:
        written = decide(captured_payment(), ACTIVE_ENROLLMENT, Refunded(PAYMENT_ID, REFUND_ONE, 100, FAILED, "k"), NOW)
        failed = {"failed": 1, "failed_refunds": [REFUND_ONE]}
        assert written.payment["refund_requests"] == {"k": {**OPEN, **failed}}
        assert written.payment["gsi2sk"] == poll_in(30)["gsi2sk"]

    def test_decide_failed_refund_that_answered_a_request_answers_no_other(self) -> None:
        failed = {"k": {**OPEN, "failed": 1, "failed_refunds": [REFUND_ONE]}}
        payment = captured_payment(refund_requests=failed, refunds=refund_entries(one=(100, "failed")))
        evidence = Refunded(PAYMENT_ID, REFUND_ONE, 100, FAILED, "another")
        assert decide(payment, ACTIVE_ENROLLMENT, evidence, NOW) == NO_CHANGE

    def test_decide_two_refunds_with_one_key_answer_it_once(self) -> None:
        payment = captured_payment(
            refund_requests={"k": {**OPEN, "refund_id": REFUND_ONE}}, refunds=refund_entries(one=(100, "processed"))
        )
        written = decide(payment, ACTIVE_ENROLLMENT, Refunded(PAYMENT_ID, REFUND_TWO, 100, PROCESSED, "k"), NOW)
        assert written.payment["refund_requests"] == {"k": {**OPEN, "refund_id": REFUND_ONE}}
        assert written.payment["refunded_amount"] == 200


class TestManualRefund:
    @staticmethod
    def requests_after(amount: int, **requests: dict[str, Any]) -> dict[str, RefundRequest]:
        payment = captured_payment(refund_requests=requests)
        written = decide(payment, ACTIVE_ENROLLMENT, ManualRefund(PAYMENT_ID, MANUAL_REFERENCE, amount), NOW)
        assert written.payment["other_returns"] == {MANUAL_REFERENCE: {"amount": amount, "by": "hand"}}
        changed = written.payment.get("refund_requests", requests)
        return refund_requests(captured_payment(refund_requests=changed))

    def test_decide_manual_refund_answers_the_rejected_request_of_its_amount(self) -> None:
        after = self.requests_after(100, k=REJECTED)
        assert after == {"k": RefundRequest(100, MANUAL_REFERENCE, rejection="no balance")}

    @pytest.mark.parametrize("other", [REJECTED, OPEN, {**REJECTED, "amount": 99}], ids=["same", "not asked", "amount"])
    def test_decide_manual_refund_answers_one_request_beside_another_open_one(self, other: dict[str, Any]) -> None:
        after = self.requests_after(100, k=REJECTED, l=other)
        assert {key: each.refund_id for key, each in after.items()} == {"k": MANUAL_REFERENCE, "l": None}

    @pytest.mark.parametrize(("amount", "key"), [(100, None), (98, None), (98, "l")])
    def test_decide_manual_refund_that_answers_no_request_while_one_is_open_is_rejected(
        self, amount: int, key: str | None
    ) -> None:
        payment = captured_payment(refund_requests={"k": {**REJECTED, "amount": 99}})
        evidence = ManualRefund(PAYMENT_ID, MANUAL_REFERENCE, amount, key)
        assert decide(payment, ACTIVE_ENROLLMENT, evidence, NOW) == Written(Verdict.REJECTED)

    @pytest.mark.parametrize(("rest", "verdict"), [(50, Verdict.RECORDED), (49, Verdict.REJECTED)])
    def test_decide_manual_refund_leaves_the_amount_of_the_other_open_requests(
        self, rest: int, verdict: Verdict
    ) -> None:
        payment = captured_payment(refund_requests={"k": REJECTED, "l": OTHER})
        evidence = ManualRefund(PAYMENT_ID, MANUAL_REFERENCE, AMOUNT - rest, "k")
        assert decide(payment, ACTIVE_ENROLLMENT, evidence, NOW).verdict is verdict

    def test_decide_manual_refund_answers_the_closed_request_that_it_names(self) -> None:
        payment = captured_payment(refund_requests={"k": CLOSED})
        written = decide(payment, ACTIVE_ENROLLMENT, ManualRefund(PAYMENT_ID, MANUAL_REFERENCE, 100, "k"), NOW)
        assert written.payment["refund_requests"] == {
            "k": {**OPEN, "refund_id": MANUAL_REFERENCE, "refused": "too large"}
        }

    def test_decide_manual_refund_answers_no_request_that_is_closed_or_made(self) -> None:
        made = {**REJECTED, "refund_id": REFUND_ONE}
        after = self.requests_after(100, a=CLOSED, l=made)
        assert {key: each.refund_id for key, each in after.items()} == {"a": None, "l": REFUND_ONE}

    @pytest.mark.parametrize(("amount", "verdict"), [(AMOUNT, Verdict.REFUNDED), (AMOUNT - 1, Verdict.REJECTED)])
    def test_decide_manual_refund_may_use_the_amount_of_the_request_that_it_answers(
        self, amount: int, verdict: Verdict
    ) -> None:
        payment = captured_payment(refund_requests={"k": {**REJECTED, "amount": AMOUNT}})
        assert decide(payment, None, ManualRefund(PAYMENT_ID, MANUAL_REFERENCE, amount), NOW).verdict is verdict


class TestRetrySchedule:
    @staticmethod
    def retry_minutes(payment: Payment, since_change: timedelta) -> float | None:
        now: datetime = payment.updated_at + since_change
        retry = retry_of_rejected_refund(payment, now)
        return None if retry is None else (retry - now) / timedelta(minutes=1)

    @pytest.mark.parametrize(
        ("hours", "delay"), [(0, 15), (0.25, 15), (0.5, 30), (4, 240), (24, 1_440), (25, 1_440), (9_000, 1_440)]
    )
    def test_retry_of_rejected_request_doubles_between_15_minutes_and_a_day(self, hours: float, delay: float) -> None:
        payment = captured_payment(refund_requests={"k": REJECTED})
        assert self.retry_minutes(payment, timedelta(hours=hours)) == delay

    @pytest.mark.parametrize(
        "payment",
        [
            captured_payment(refund_requests={"k": REJECTED}),
            make_payment(PaymentStatus.REFUND_PENDING, refund_refused="no balance"),
            captured_payment(surplus={EXTRA_PAYMENT_ID: {**EXTRA, "refused": "no balance"}}),
            make_payment(PaymentStatus.FAILED, surplus={EXTRA_PAYMENT_ID: {**EXTRA, "refused": "no balance"}}),
        ],
    )
    def test_retry_of_any_rejected_refund_is_delayed(self, payment: Payment) -> None:
        assert self.retry_minutes(payment, timedelta(hours=1)) == 60

    @pytest.mark.parametrize(
        "payment",
        [
            captured_payment(refund_requests={"k": OPEN}),
            captured_payment(refund_requests={"k": CLOSED}, refund_refused="too large"),
            captured_payment(refund_requests={"k": {**REJECTED, "refund_id": REFUND_ONE}}),
            captured_payment(refund_refused="no balance"),
            make_payment(PaymentStatus.REFUNDED, refund_requests={"k": REJECTED}, refund_refused="no balance"),
            make_payment(PaymentStatus.REFUND_PENDING),
            make_payment(
                PaymentStatus.REFUND_PENDING, refund_refused="x", refunds=refund_entries(one=(AMOUNT, "pending"))
            ),
            captured_payment(surplus={EXTRA_PAYMENT_ID: EXTRA}),
            captured_payment(surplus={EXTRA_PAYMENT_ID: {**EXTRA, "refused": "no balance", "held": True}}),
            captured_payment(
                refund_requests={"k": REJECTED}, unresolved={EXTRA_PAYMENT_ID: "2026-11-23T12:00:00.000Z"}
            ),
            captured_payment(refund_requests={"k": REJECTED, "l": OTHER}),
            captured_payment(refund_requests={"k": REJECTED}, surplus={EXTRA_PAYMENT_ID: EXTRA}),
            make_payment(PaymentStatus.REFUND_PENDING, refund_requests={"k": REJECTED}),
        ],
    )
    def test_retry_unless_every_due_refund_was_rejected_is_none(self, payment: Payment) -> None:
        assert self.retry_minutes(payment, timedelta(hours=1)) is None
