"""Attempts beside the primary payment that may have succeeded: written down, polled, and resolved by a poll."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from cli._payment_matrix import AMOUNT, EXTRA_PAYMENT_ID, NOW, PAYMENT_ID, make_payment
from shared import clock
from shared.domain.lifecycle import PaymentStatus, StatusReason
from shared.settlement.decision import Verdict
from shared.settlement.evidence import (
    AttemptFailed,
    AuthorizationVoided,
    Authorized,
    Captured,
    Evidence,
    NoPaymentFound,
    PollCompleted,
    RefundRequested,
    SignedCheckout,
)
from shared.settlement.rules.attempt_rules import AUTHORIZATION_LIFETIME, MAX_UNRESOLVED
from tests.unit.settlement.expected_changes import (
    ACTIVE_BY_OTHER_ORDER,
    ACTIVE_ENROLLMENT,
    AUTHORIZED,
    AUTHORIZED_CHANGES,
    CAPTURED_CHANGES,
    NO_POLL,
    PENDING_ENROLLMENT,
    cancellation_changes,
    captured_payment,
    held_changes,
    on_hold_entry,
    pending_payment,
    poll_in,
)
from tests.unit.settlement.written import NO_CHANGE, Written, decide

REPORTS: list[Evidence] = [
    SignedCheckout(EXTRA_PAYMENT_ID),
    Authorized(EXTRA_PAYMENT_ID, AMOUNT, "INR"),
    Authorized(EXTRA_PAYMENT_ID, AMOUNT - 1, "INR"),
]
CAPTURED_EXTRA = Captured(EXTRA_PAYMENT_ID, AMOUNT, "INR")
PRIMARY = [
    PaymentStatus.AUTHORIZED,
    PaymentStatus.CAPTURED,
    PaymentStatus.REFUND_PENDING,
    PaymentStatus.REFUNDED,
]
"""The statuses in which a payment has a primary attempt."""
_CAPTURE = {"amount": AMOUNT, "currency": "INR", "refunds": {}, "other_returns": {}, "held": False}
EXTRA_CAPTURE = {EXTRA_PAYMENT_ID: _CAPTURE}


def unresolved(*payment_ids: str, since: datetime = NOW) -> dict[str, Any]:
    """The attribute with these attempts, all reported at that time."""
    return {"unresolved": {payment_id: clock.text(since) for payment_id in payment_ids} or None}


class TestReportedAttempt:
    @pytest.mark.parametrize("status", PRIMARY)
    @pytest.mark.parametrize("evidence", REPORTS, ids=str)
    def test_decide_attempt_beside_primary_payment_is_noted_and_polled_in_15_minutes(
        self, status: PaymentStatus, evidence: Evidence
    ) -> None:
        written = decide(make_payment(status, **poll_in(24 * 60)), ACTIVE_ENROLLMENT, evidence, NOW)
        assert written == Written(Verdict.RECORDED, {**unresolved(EXTRA_PAYMENT_ID), **poll_in(15)})

    def test_decide_attempt_on_order_without_poll_schedules_one(self) -> None:
        written = decide(captured_payment(), ACTIVE_ENROLLMENT, REPORTS[0], NOW)
        assert written == Written(Verdict.RECORDED, {**unresolved(EXTRA_PAYMENT_ID), **poll_in(15)})

    def test_decide_attempt_keeps_an_earlier_poll(self) -> None:
        written = decide(captured_payment(**poll_in(14)), ACTIVE_ENROLLMENT, REPORTS[0], NOW)
        assert written == Written(Verdict.RECORDED, unresolved(EXTRA_PAYMENT_ID))

    @pytest.mark.parametrize("evidence", REPORTS, ids=str)
    def test_decide_noted_attempt_reported_again_changes_nothing(self, evidence: Evidence) -> None:
        since = NOW - timedelta(hours=1)
        payment = captured_payment(**unresolved(EXTRA_PAYMENT_ID, since=since), **poll_in(60))
        assert decide(payment, ACTIVE_ENROLLMENT, evidence, NOW) == NO_CHANGE

    @pytest.mark.parametrize("known", [{"surplus": EXTRA_CAPTURE}, {"returned_payment_ids": [EXTRA_PAYMENT_ID]}])
    @pytest.mark.parametrize("evidence", REPORTS, ids=str)
    def test_decide_attempt_with_known_outcome_changes_nothing(self, known: dict[str, Any], evidence: Evidence) -> None:
        for status in PRIMARY:
            assert decide(make_payment(status, **known, **poll_in(0)), ACTIVE_ENROLLMENT, evidence, NOW) == NO_CHANGE

    @pytest.mark.parametrize("status", PRIMARY)
    def test_decide_checkout_of_primary_payment_changes_nothing(self, status: PaymentStatus) -> None:
        assert decide(make_payment(status), ACTIVE_ENROLLMENT, SignedCheckout(PAYMENT_ID), NOW) == NO_CHANGE

    def test_decide_failed_attempt_is_not_noted(self) -> None:
        assert decide(captured_payment(), ACTIVE_ENROLLMENT, AttemptFailed(EXTRA_PAYMENT_ID), NOW) == NO_CHANGE

    def test_decide_rejected_request_notes_nothing(self) -> None:
        payment = make_payment(PaymentStatus.AUTHORIZED)
        written = decide(payment, ACTIVE_ENROLLMENT, RefundRequested("all", None), NOW)
        assert written == Written(Verdict.REJECTED)

    def test_decide_attempts_are_noted_up_to_the_limit(self) -> None:
        ids = [f"pay_{number:014d}" for number in range(MAX_UNRESOLVED)]
        one_less = captured_payment(**unresolved(*ids[1:]), **poll_in(60))
        written = decide(one_less, ACTIVE_ENROLLMENT, SignedCheckout(ids[0]), NOW)
        assert written.payment == {**unresolved(*ids[1:], ids[0]), **poll_in(15)}
        full = captured_payment(**unresolved(*ids), **poll_in(60))
        assert decide(full, ACTIVE_ENROLLMENT, REPORTS[0], NOW) == Written(Verdict.RECORDED, poll_in(15))
        assert decide(captured_payment(**unresolved(*ids), **poll_in(15)), None, REPORTS[0], NOW) == NO_CHANGE

    def test_decide_rejected_request_beside_noted_attempt_schedules_no_poll(self) -> None:
        payment = make_payment(PaymentStatus.AUTHORIZED, **unresolved(EXTRA_PAYMENT_ID), gsi2pk=None, gsi2sk=None)
        written = decide(payment, ACTIVE_ENROLLMENT, RefundRequested("all", None), NOW)
        assert written == Written(Verdict.REJECTED)

    def test_decide_mismatched_attempt_on_pending_order_is_polled_in_a_day(self) -> None:
        written = decide(pending_payment(), PENDING_ENROLLMENT, REPORTS[2], NOW)
        held = {"reason": StatusReason.MISMATCH, **unresolved(EXTRA_PAYMENT_ID), **poll_in(24 * 60)}
        assert written == Written(Verdict.ON_HOLD, held)

    def test_decide_another_mismatched_attempt_on_held_order_is_polled_in_15_minutes(self) -> None:
        payment = pending_payment(reason=StatusReason.MISMATCH, **poll_in(24 * 60))
        written = decide(payment, PENDING_ENROLLMENT, REPORTS[2], NOW)
        assert written == Written(Verdict.RECORDED, {**unresolved(EXTRA_PAYMENT_ID), **poll_in(15)})


class TestScheduledPoll:
    """Evidence about one attempt does not postpone the poll for another one that is noted."""

    def test_decide_authorization_beside_noted_attempt_keeps_the_earlier_poll(self) -> None:
        payment = pending_payment(**unresolved(EXTRA_PAYMENT_ID), **poll_in(5))
        written = decide(payment, PENDING_ENROLLMENT, AUTHORIZED, NOW)
        assert written.payment == AUTHORIZED_CHANGES | poll_in(5)

    @pytest.mark.parametrize("scheduled", [0, -5])
    def test_decide_void_beside_noted_attempt_during_its_poll_polls_in_15_minutes(self, scheduled: int) -> None:
        payment = make_payment(PaymentStatus.AUTHORIZED, **unresolved(EXTRA_PAYMENT_ID), **poll_in(scheduled))
        written = decide(payment, ACTIVE_ENROLLMENT, AuthorizationVoided(PAYMENT_ID), NOW)
        failed = {"status": PaymentStatus.FAILED, "reason": StatusReason.NOT_CAPTURED}
        assert written.payment == {**failed, "returned_payment_ids": [PAYMENT_ID], **poll_in(15)}

    def test_decide_mismatch_of_the_noted_attempt_itself_postpones_the_poll(self) -> None:
        payment = pending_payment(**unresolved(EXTRA_PAYMENT_ID), **poll_in(5))
        written = decide(payment, PENDING_ENROLLMENT, REPORTS[2], NOW)
        assert written.payment == {"reason": StatusReason.MISMATCH, **poll_in(24 * 60)}


class TestReplacedPrimaryPayment:
    def test_decide_capture_beside_authorized_payment_notes_the_authorized_one(self) -> None:
        payment = make_payment(PaymentStatus.AUTHORIZED)
        written = decide(payment, ACTIVE_ENROLLMENT, CAPTURED_EXTRA, NOW)
        assert written == Written(
            Verdict.CAPTURED,
            {**CAPTURED_CHANGES, "payment_id": EXTRA_PAYMENT_ID, **unresolved(PAYMENT_ID), **poll_in(15)},
        )

    def test_decide_capture_to_be_refunded_keeps_poll_now(self) -> None:
        payment = make_payment(PaymentStatus.AUTHORIZED)
        written = decide(payment, ACTIVE_BY_OTHER_ORDER, CAPTURED_EXTRA, NOW)
        assert written.verdict is Verdict.REFUND_DUE
        assert written.payment.items() >= {**unresolved(PAYMENT_ID), **poll_in(0)}.items()

    def test_decide_held_capture_beside_authorized_payment_notes_it_and_polls_in_15_minutes(self) -> None:
        held = Captured(EXTRA_PAYMENT_ID, AMOUNT - 1, "INR")
        written = decide(make_payment(PaymentStatus.AUTHORIZED), ACTIVE_ENROLLMENT, held, NOW)
        assert written == Written(
            Verdict.ON_HOLD,
            {
                "status": PaymentStatus.FAILED,
                "reason": StatusReason.MISMATCH,
                "surplus": on_hold_entry(held),
                **unresolved(PAYMENT_ID),
                **poll_in(15),
            },
            held_changes(),
        )

    def test_decide_capture_of_noted_attempt_removes_the_note(self) -> None:
        payment = captured_payment(**unresolved(EXTRA_PAYMENT_ID, "pay_CCCCCCCCCCCCCC"), **poll_in(15))
        written = decide(payment, ACTIVE_ENROLLMENT, CAPTURED_EXTRA, NOW)
        assert written.verdict is Verdict.REFUND_DUE
        assert written.payment.items() >= {**unresolved("pay_CCCCCCCCCCCCCC"), **poll_in(0)}.items()

    def test_decide_capture_with_another_noted_attempt_polls_in_15_minutes(self) -> None:
        payment = make_payment(PaymentStatus.PENDING, **unresolved(EXTRA_PAYMENT_ID), **poll_in(24 * 60))
        written = decide(payment, PENDING_ENROLLMENT, Captured(PAYMENT_ID, AMOUNT, "INR"), NOW)
        assert written.verdict is Verdict.GRANTED
        assert written.payment == CAPTURED_CHANGES | poll_in(15)

    @pytest.mark.parametrize("status", [PaymentStatus.CAPTURED, PaymentStatus.REFUNDED])
    def test_decide_void_of_noted_attempt_is_recorded_on_settled_order(self, status: PaymentStatus) -> None:
        payment = make_payment(status, **unresolved(EXTRA_PAYMENT_ID), **poll_in(15))
        written = decide(payment, ACTIVE_ENROLLMENT, AuthorizationVoided(EXTRA_PAYMENT_ID), NOW)
        assert written == Written(Verdict.RECORDED, {"returned_payment_ids": [EXTRA_PAYMENT_ID], **unresolved()})
        assert decide(make_payment(status), ACTIVE_ENROLLMENT, AuthorizationVoided(EXTRA_PAYMENT_ID), NOW) == NO_CHANGE


class TestPollCompleted:
    def test_decide_ended_attempt_is_removed_and_polls_end(self) -> None:
        payment = captured_payment(**unresolved(EXTRA_PAYMENT_ID), **poll_in(0))
        completed = PollCompleted(ended=frozenset({EXTRA_PAYMENT_ID, PAYMENT_ID}))
        assert decide(payment, ACTIVE_ENROLLMENT, completed, NOW) == Written(
            Verdict.RECORDED, {**unresolved(), **NO_POLL}
        )

    def test_decide_one_of_two_attempts_ended_keeps_the_other_and_the_poll(self) -> None:
        payment = captured_payment(**unresolved(EXTRA_PAYMENT_ID, "pay_CCCCCCCCCCCCCC"), **poll_in(0))
        completed = PollCompleted(ended=frozenset({EXTRA_PAYMENT_ID}))
        assert decide(payment, ACTIVE_ENROLLMENT, completed, NOW) == Written(
            Verdict.RECORDED, unresolved("pay_CCCCCCCCCCCCCC")
        )

    def test_decide_unlisted_attempt_is_kept_for_six_days(self) -> None:
        for age, expected in (
            (AUTHORIZATION_LIFETIME - timedelta(seconds=1), NO_CHANGE),
            (AUTHORIZATION_LIFETIME, Written(Verdict.RECORDED, {**unresolved(), **NO_POLL})),
        ):
            payment = captured_payment(**unresolved(EXTRA_PAYMENT_ID, since=NOW - age), **poll_in(0))
            assert decide(payment, ACTIVE_ENROLLMENT, PollCompleted(), NOW) == expected
        assert timedelta(days=6) == AUTHORIZATION_LIFETIME

    def test_decide_authorized_attempt_is_kept_however_old_it_is(self) -> None:
        payment = captured_payment(**unresolved(EXTRA_PAYMENT_ID, since=NOW - timedelta(days=30)), **poll_in(0))
        completed = PollCompleted(authorized=frozenset({EXTRA_PAYMENT_ID}))
        assert decide(payment, ACTIVE_ENROLLMENT, completed, NOW) == NO_CHANGE

    def test_decide_ended_attempt_with_pending_refund_polls_for_the_refund(self) -> None:
        payment = make_payment(PaymentStatus.REFUND_PENDING, **unresolved(EXTRA_PAYMENT_ID), **poll_in(0))
        completed = PollCompleted(ended=frozenset({EXTRA_PAYMENT_ID}))
        assert decide(payment, None, completed, NOW) == Written(Verdict.RECORDED, {**unresolved(), **poll_in(15)})

    @pytest.mark.parametrize(
        ("window_ended", "then"), [(timedelta(minutes=10), poll_in(5)), (timedelta(days=6), NO_POLL)]
    )
    def test_decide_ended_attempt_on_failed_order_returns_to_the_schedule_of_unpaid_orders(
        self, window_ended: timedelta, then: dict[str, Any]
    ) -> None:
        failed = make_payment(
            PaymentStatus.FAILED, window_ends_at=NOW - window_ended, **unresolved(EXTRA_PAYMENT_ID), **poll_in(0)
        )
        completed = PollCompleted(ended=frozenset({EXTRA_PAYMENT_ID}))
        assert decide(failed, None, completed, NOW) == Written(Verdict.RECORDED, {**unresolved(), **then})

    @pytest.mark.parametrize("status", [PaymentStatus.PENDING, PaymentStatus.AUTHORIZED])
    def test_decide_ended_attempt_keeps_the_poll_of_an_open_order(self, status: PaymentStatus) -> None:
        payment = make_payment(status, **unresolved(EXTRA_PAYMENT_ID), **poll_in(7))
        completed = PollCompleted(ended=frozenset({EXTRA_PAYMENT_ID}))
        assert decide(payment, PENDING_ENROLLMENT, completed, NOW) == Written(Verdict.RECORDED, unresolved())


class TestNoPaymentFound:
    def test_decide_no_payment_on_failed_order_with_noted_attempt_keeps_the_poll(self) -> None:
        failed = make_payment(
            PaymentStatus.FAILED, window_ends_at=NOW - timedelta(days=6), **unresolved(EXTRA_PAYMENT_ID), **poll_in(0)
        )
        assert decide(failed, None, NoPaymentFound(), NOW) == NO_CHANGE

    def test_decide_no_payment_after_window_expires_the_order_with_noted_attempt(self) -> None:
        payment = make_payment(PaymentStatus.PENDING, window_ends_at=NOW, **unresolved(EXTRA_PAYMENT_ID), **poll_in(0))
        expired = {"status": PaymentStatus.FAILED, "reason": StatusReason.EXPIRED, **poll_in(15)}
        written = decide(payment, PENDING_ENROLLMENT, NoPaymentFound(), NOW)
        assert written == Written(Verdict.EXPIRED, expired, cancellation_changes(StatusReason.EXPIRED))

    def test_decide_no_payment_long_after_window_polls_the_noted_attempt_in_15_minutes(self) -> None:
        payment = make_payment(
            PaymentStatus.PENDING, window_ends_at=NOW - timedelta(days=7), **unresolved(EXTRA_PAYMENT_ID), **poll_in(0)
        )
        written = decide(payment, PENDING_ENROLLMENT, NoPaymentFound(), NOW)
        assert (written.verdict, written.payment["gsi2sk"]) == (Verdict.EXPIRED, poll_in(15)["gsi2sk"])
