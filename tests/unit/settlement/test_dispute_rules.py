"""What each rule about disputes writes, to the last attribute, and that messages converge in any order."""

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from cli._payment_matrix import AMOUNT, ENROLLMENTS, EXTRA_PAYMENT_ID, NOW, ORDER_ID, PAYMENT_ID, make_payment
from shared.db.due_index import due_attributes
from shared.db.table.changes import apply_changes
from shared.domain.captures import (
    CapturedPayment,
    Dispute,
    DisputeStatus,
    Refund,
    RefundStatus,
    Reversal,
    ReversalOrigin,
)
from shared.domain.lifecycle import PaymentStatus, StatusReason
from shared.settlement.balances import (
    due_extra_refund,
    final_refunded_total,
    has_open_dispute,
    has_unrefunded_extras,
    refunded_total,
)
from shared.settlement.decision import Verdict
from shared.settlement.evidence import AccessRevoked, ManualRefund, Refunded, RefundRequested
from shared.settlement.poll_schedule import next_poll
from shared.settlement.rules.dispute_rules import MAX_DISPUTES, deducted_amount, is_newer, known_dispute, record_dispute
from tests.unit.settlement.expected_changes import (
    ACTIVE_BY_OTHER_ORDER,
    ACTIVE_ENROLLMENT,
    CLOSED,
    DISPUTE_ID,
    LOST,
    NO_POLL,
    OPEN,
    REFUND_ONE,
    UNDER_REVIEW,
    UNKNOWN,
    WON,
    activation_changes,
    cancellation_changes,
    captured_payment,
    deduction,
    dispute,
    dispute_entry,
    dispute_reported,
    disputed,
    poll_in,
    refund_entries,
)
from tests.unit.settlement.written import NO_CHANGE, Written, decide

DAY = 24 * 60
EARLIER, LATER = NOW - timedelta(hours=1), NOW + timedelta(hours=1)
HOLDING_FUNDS = [PaymentStatus.CAPTURED, PaymentStatus.REFUND_PENDING]
OPEN_STATUSES, ENDED_STATUSES = [OPEN, UNDER_REVIEW, UNKNOWN], [WON, LOST, CLOSED]
ENROLLMENT_CHARGED_BACK = ENROLLMENTS["cancelled: chargeback"]


def charged_back_payment(**changes: Any) -> Any:
    """A payment that was refunded by a lost dispute over its whole amount."""
    lost = {"refunds": {}, **disputed(LOST, deducted=AMOUNT)}
    return make_payment(PaymentStatus.REFUNDED, reason=StatusReason.CHARGEBACK, **{**lost, **changes})


class TestOpenDispute:
    @pytest.mark.parametrize("status", OPEN_STATUSES)
    @pytest.mark.parametrize("payment_status", [*HOLDING_FUNDS, PaymentStatus.REFUNDED])
    def test_decide_open_dispute_is_recorded_and_polled_daily(
        self, status: DisputeStatus, payment_status: PaymentStatus
    ) -> None:
        payment = make_payment(payment_status)
        changes = {"disputes": {DISPUTE_ID: dispute_entry(status)}, "refunded_amount": payment.refunded_amount}
        written = decide(payment, ACTIVE_ENROLLMENT, dispute_reported(status), NOW)
        assert written == Written(Verdict.RECORDED, {**changes, **poll_in(DAY)})

    def test_decide_deduction_at_onset_counts_as_refunded_and_keeps_access(self) -> None:
        for deducted in (100, AMOUNT, AMOUNT + 1):
            written = decide(captured_payment(), ACTIVE_ENROLLMENT, dispute_reported(OPEN, deducted=deducted), NOW)
            assert written == Written(
                Verdict.RECORDED,
                {**disputed(OPEN, deducted=deducted), "refunded_amount": min(deducted, AMOUNT), **poll_in(DAY)},
            )

    def test_decide_refund_beside_deduction_at_onset_keeps_access(self) -> None:
        """Refund and deduction make the whole amount, but the dispute may still be won."""
        payment = captured_payment(**disputed(OPEN, deducted=AMOUNT - 100), refunded_amount=AMOUNT - 100)
        refunded = Refunded(PAYMENT_ID, REFUND_ONE, 100, RefundStatus.PROCESSED)
        written = decide(payment, ACTIVE_ENROLLMENT, refunded, NOW)
        assert (written.verdict, written.payment["refunded_amount"]) == (Verdict.RECORDED, AMOUNT)
        lost = dispute_reported(LOST, deducted=AMOUNT - 100)
        settled = decide(apply_changes(payment, written.payment), ACTIVE_ENROLLMENT, lost, NOW)
        assert (settled.verdict, settled.payment["reason"]) == (Verdict.REFUNDED, StatusReason.CHARGEBACK)

    @pytest.mark.parametrize("status", [PaymentStatus.PENDING, PaymentStatus.AUTHORIZED, PaymentStatus.FAILED])
    @pytest.mark.parametrize("dispute_status", [OPEN, LOST, WON])
    def test_decide_dispute_of_uncaptured_payment_changes_nothing(
        self, status: PaymentStatus, dispute_status: DisputeStatus
    ) -> None:
        payment = make_payment(status, payment_id=PAYMENT_ID)
        assert decide(payment, ACTIVE_ENROLLMENT, dispute_reported(dispute_status), NOW) == NO_CHANGE

    def test_decide_dispute_of_unknown_payment_changes_nothing(self) -> None:
        unknown = dispute_reported(LOST, payment_id="pay_CCCCCCCCCCCCCC")
        assert decide(captured_payment(), ACTIVE_ENROLLMENT, unknown, NOW) == NO_CHANGE

    def test_decide_time_of_webhook_is_stored_with_the_state(self) -> None:
        written = decide(captured_payment(), ACTIVE_ENROLLMENT, dispute_reported(OPEN, as_of=EARLIER), NOW)
        assert written.payment["disputes"] == {DISPUTE_ID: dispute_entry(OPEN, as_of=EARLIER)}


class TestEndedDispute:
    @pytest.mark.parametrize("status", HOLDING_FUNDS)
    def test_decide_lost_dispute_marks_refunded_and_ends_access_it_granted(self, status: PaymentStatus) -> None:
        changes = {
            **disputed(LOST),
            "other_returns": deduction(),
            "status": PaymentStatus.REFUNDED,
            "reason": StatusReason.CHARGEBACK,
            "refunded_amount": AMOUNT,
            **(NO_POLL if status is PaymentStatus.CAPTURED else poll_in(15)),
        }
        written = decide(make_payment(status), ACTIVE_ENROLLMENT, dispute_reported(LOST), NOW)
        assert written == Written(Verdict.REFUNDED, changes, cancellation_changes(StatusReason.CHARGEBACK))
        assert decide(make_payment(status), ACTIVE_BY_OTHER_ORDER, dispute_reported(LOST), NOW).enrollment == {}

    @pytest.mark.parametrize("reason", [StatusReason.DUPLICATE, StatusReason.REQUESTED])
    def test_decide_lost_dispute_of_due_refund_keeps_the_reason_of_the_refund(self, reason: StatusReason) -> None:
        payment = make_payment(PaymentStatus.REFUND_PENDING, reason=reason)
        written = decide(payment, ACTIVE_BY_OTHER_ORDER, dispute_reported(LOST), NOW)
        assert (written.verdict, written.payment["reason"]) == (Verdict.REFUNDED, reason)

    def test_decide_lost_dispute_after_deduction_at_onset_ends_access(self) -> None:
        payment = captured_payment(**disputed(OPEN, deducted=AMOUNT), refunded_amount=AMOUNT, **poll_in(DAY))
        written = decide(payment, ACTIVE_ENROLLMENT, dispute_reported(LOST, deducted=AMOUNT), NOW)
        refunded = {"status": PaymentStatus.REFUNDED, "reason": StatusReason.CHARGEBACK, "refunded_amount": AMOUNT}
        changes = {"disputes": {DISPUTE_ID: dispute_entry(LOST, deducted=AMOUNT)}, **refunded, **poll_in(15)}
        assert written == Written(Verdict.REFUNDED, changes, cancellation_changes(StatusReason.CHARGEBACK))

    def test_decide_lost_part_counts_its_deduction_and_keeps_access(self) -> None:
        part = dispute_reported(LOST, 500, deducted=300)
        changes = {**disputed(LOST, 500, deducted=300), "refunded_amount": 300, **NO_POLL}
        assert decide(captured_payment(), ACTIVE_ENROLLMENT, part, NOW) == Written(Verdict.RECORDED, changes)

    def test_decide_lost_disputes_over_both_parts_end_access(self) -> None:
        payment = captured_payment(**disputed(LOST, 100, deducted=100), refunded_amount=100)
        rest = dispute_reported(LOST, AMOUNT - 100, dispute_id="disp_2")
        written = decide(payment, ACTIVE_ENROLLMENT, rest, NOW)
        assert written.payment["other_returns"] == deduction(100) | deduction(AMOUNT - 100, "disp_2")
        assert written.payment["disputes"].keys() == {DISPUTE_ID, "disp_2"}
        assert (written.payment["refunded_amount"], written.enrollment) == (
            AMOUNT,
            cancellation_changes(StatusReason.CHARGEBACK),
        )

    def test_decide_lost_dispute_above_remaining_amount_is_recorded_in_full(self) -> None:
        refunds = refund_entries(one=(40_000, "processed"))
        payment = captured_payment(refunds=refunds, refunded_amount=40_000)
        written = decide(payment, ACTIVE_ENROLLMENT, dispute_reported(LOST), NOW)
        assert written.payment["other_returns"] == deduction(AMOUNT)
        assert (written.verdict, written.payment["refunded_amount"]) == (Verdict.REFUNDED, AMOUNT)

    @pytest.mark.parametrize("status", [WON, CLOSED])
    def test_decide_won_or_closed_dispute_takes_deduction_back(self, status: DisputeStatus) -> None:
        payment = captured_payment(**disputed(OPEN, deducted=AMOUNT), refunded_amount=AMOUNT)
        written = decide(payment, ACTIVE_ENROLLMENT, dispute_reported(status, deducted=AMOUNT), NOW)
        ended = {DISPUTE_ID: dispute_entry(status, deducted=AMOUNT)}
        assert written == Written(
            Verdict.RECORDED, {"disputes": ended, "other_returns": {}, "refunded_amount": 0, **NO_POLL}
        )

    def test_decide_lost_dispute_of_refunded_payment_is_recorded(self) -> None:
        changes = {**disputed(LOST), "other_returns": deduction(), "refunded_amount": AMOUNT, **NO_POLL}
        written = decide(make_payment(PaymentStatus.REFUNDED), ACTIVE_ENROLLMENT, dispute_reported(LOST), NOW)
        assert written == Written(Verdict.RECORDED, changes)

    def test_decide_won_dispute_of_payment_refunded_by_gateway_is_recorded(self) -> None:
        """The refund alone returned the whole amount."""
        payment = make_payment(
            PaymentStatus.REFUNDED, reason=StatusReason.REQUESTED, **disputed(LOST, 100, deducted=100)
        )
        written = decide(payment, None, dispute_reported(WON, 100), NOW)
        assert (written.verdict, written.payment["other_returns"]) == (Verdict.RECORDED, {})
        assert "status" not in written.payment

    def test_decide_lost_dispute_with_pending_refund_polls_in_15_minutes(self) -> None:
        pending = {"rfnd_1": {"amount": AMOUNT, "status": "pending"}}
        payment = make_payment(PaymentStatus.REFUND_PENDING, refunds=pending)
        written = decide(payment, None, dispute_reported(LOST), NOW)
        assert (written.verdict, written.payment["gsi2sk"]) == (Verdict.REFUNDED, poll_in(15)["gsi2sk"])

    def test_decide_lost_dispute_of_earlier_version_is_known(self) -> None:
        """Version 0.2.0 stored only the deduction."""
        payment = captured_payment(other_returns=deduction(100), refunded_amount=100)
        for status in OPEN_STATUSES:
            assert decide(payment, ACTIVE_ENROLLMENT, dispute_reported(status, 100), NOW) == NO_CHANGE
        written = decide(payment, ACTIVE_ENROLLMENT, dispute_reported(LOST, 100), NOW)
        assert written == Written(
            Verdict.RECORDED,
            {"disputes": {DISPUTE_ID: dispute_entry(LOST, 100)}, "refunded_amount": 100, **NO_POLL},
        )
        won = decide(payment, ACTIVE_ENROLLMENT, dispute_reported(WON, 100), NOW)
        assert (won.payment["other_returns"], won.payment["refunded_amount"]) == ({}, 0)


class TestLostThenWon:
    CHANGES = {
        "disputes": {DISPUTE_ID: dispute_entry(WON)},
        "other_returns": {},
        "refunded_amount": 0,
        "status": PaymentStatus.CAPTURED,
        "reason": None,
    }

    @pytest.mark.parametrize(
        "name",
        ["none", "pending for another order", *(f"cancelled: {r}" for r in ("chargeback", "expired", "mismatch"))],
    )
    def test_decide_won_after_lost_gives_access_back(self, name: str) -> None:
        written = decide(charged_back_payment(), ENROLLMENTS[name], dispute_reported(WON), NOW)
        assert (written.verdict, written.enrollment) == (Verdict.GRANTED, activation_changes())
        assert written.payment == {**self.CHANGES, **NO_POLL}

    @pytest.mark.parametrize(
        ("name", "reason"),
        [
            ("active by another order", StatusReason.DUPLICATE),
            ("completed by another order", StatusReason.DUPLICATE),
            ("active, free", StatusReason.DUPLICATE),
            ("active by an admin", StatusReason.DUPLICATE),
            ("cancelled: withdrawn", StatusReason.NO_LONGER_WANTED),
            ("cancelled: refunded", StatusReason.REQUESTED),
            ("cancelled: revoked", StatusReason.REQUESTED),
        ],
    )
    def test_decide_won_after_lost_is_refunded_when_access_is_not_given_back(
        self, name: str, reason: StatusReason
    ) -> None:
        written = decide(charged_back_payment(), ENROLLMENTS[name], dispute_reported(WON), NOW)
        due = {"status": PaymentStatus.REFUND_PENDING, "reason": reason}
        assert written == Written(Verdict.REFUND_DUE, {**self.CHANGES, **due, **poll_in(0)})

    def test_decide_won_after_lost_replaces_basis_that_is_only_authorized(self) -> None:
        basis = make_payment(PaymentStatus.AUTHORIZED)
        written = decide(charged_back_payment(), ACTIVE_BY_OTHER_ORDER, dispute_reported(WON), NOW, basis)
        assert written == Written(Verdict.GRANTED, {**self.CHANGES, **NO_POLL}, {"granted_by": ORDER_ID})
        captured = make_payment(PaymentStatus.CAPTURED)
        kept = decide(charged_back_payment(), ACTIVE_BY_OTHER_ORDER, dispute_reported(WON), NOW, captured)
        assert kept.verdict is Verdict.REFUND_DUE

    def test_decide_smaller_deduction_after_lost_gives_access_back(self) -> None:
        """The first report stated no deduction, so it counted in full."""
        less = dispute_reported(LOST, deducted=300)
        written = decide(charged_back_payment(**disputed(LOST)), ENROLLMENT_CHARGED_BACK, less, NOW)
        assert (written.verdict, written.payment["refunded_amount"]) == (Verdict.GRANTED, 300)
        assert written.payment["other_returns"] == deduction(300)

    def test_decide_won_after_lost_with_another_open_dispute_refunds_after_a_day(self) -> None:
        other = {"disp_2": dispute_entry(OPEN)}
        payment = charged_back_payment(disputes={DISPUTE_ID: dispute_entry(LOST, deducted=AMOUNT), **other})
        written = decide(payment, ACTIVE_BY_OTHER_ORDER, dispute_reported(WON), NOW)
        assert (written.verdict, written.payment["gsi2sk"]) == (Verdict.REFUND_DUE, poll_in(DAY)["gsi2sk"])

    def test_decide_won_after_lost_with_another_open_dispute_grants_and_polls_daily(self) -> None:
        other = {"disp_2": dispute_entry(OPEN)}
        payment = charged_back_payment(disputes={DISPUTE_ID: dispute_entry(LOST, deducted=AMOUNT), **other})
        changes = {**self.CHANGES, "disputes": {DISPUTE_ID: dispute_entry(WON), **other}, **poll_in(DAY)}
        written = decide(payment, ENROLLMENT_CHARGED_BACK, dispute_reported(WON), NOW)
        assert written == Written(Verdict.GRANTED, changes, activation_changes())
        authorized = make_payment(PaymentStatus.AUTHORIZED)
        replaced = decide(payment, ACTIVE_BY_OTHER_ORDER, dispute_reported(WON), NOW, authorized)
        assert replaced == Written(Verdict.GRANTED, changes, {"granted_by": ORDER_ID})

    def test_decide_lost_after_won_ends_access_again(self) -> None:
        written = decide(captured_payment(**disputed(WON)), ACTIVE_ENROLLMENT, dispute_reported(LOST), NOW)
        assert written.verdict is Verdict.REFUNDED
        assert written.enrollment == cancellation_changes(StatusReason.CHARGEBACK)


def extra_capture(**changes: Any) -> dict[str, Any]:
    empty: dict[str, Any] = {"refunds": {}, "other_returns": {}, "held": False}
    return {EXTRA_PAYMENT_ID: {"amount": AMOUNT, "currency": "INR", **empty, **changes}}


def failed_payment(reason: StatusReason, **capture: Any) -> Any:
    return make_payment(PaymentStatus.FAILED, window_over=True, reason=reason, surplus=extra_capture(**capture))


class TestDisputeOfExtraCapture:
    @pytest.mark.parametrize(
        ("status", "deducted", "poll"),
        [
            (OPEN, 0, poll_in(DAY)),
            (OPEN, AMOUNT, poll_in(DAY)),
            (LOST, AMOUNT, NO_POLL),
            (LOST, 100, poll_in(0)),
            (WON, 0, poll_in(0)),
        ],
    )
    def test_decide_dispute_of_duplicate_is_recorded_and_its_refund_waits(
        self, status: DisputeStatus, deducted: int, poll: dict[str, Any]
    ) -> None:
        payment = captured_payment(surplus=extra_capture())
        evidence = dispute_reported(status, payment_id=EXTRA_PAYMENT_ID, deducted=deducted)
        after = extra_capture(**disputed(status, deducted=deducted))
        written = decide(payment, ACTIVE_ENROLLMENT, evidence, NOW)
        assert written == Written(Verdict.RECORDED, {"surplus": after, **poll})
        assert decide(captured_payment(surplus=after), ACTIVE_ENROLLMENT, evidence, NOW) == NO_CHANGE

    def test_decide_lost_dispute_of_capture_on_hold_ends_the_hold_and_won_restores_it(self) -> None:
        held = failed_payment(StatusReason.MISMATCH, held=True)
        lost = dispute_reported(LOST, payment_id=EXTRA_PAYMENT_ID)
        ended = decide(held, None, lost, NOW)
        assert (ended.payment["reason"], ended.payment["gsi2sk"]) == (StatusReason.REFUNDED, poll_in(30)["gsi2sk"])
        won = dispute_reported(WON, payment_id=EXTRA_PAYMENT_ID)
        restored = decide(apply_changes(held, ended.payment), None, won, NOW)
        assert (restored.payment["reason"], restored.payment["gsi2sk"]) == (
            StatusReason.MISMATCH,
            poll_in(DAY)["gsi2sk"],
        )

    def test_decide_deduction_for_open_dispute_keeps_capture_on_hold(self) -> None:
        opened = dispute_reported(OPEN, payment_id=EXTRA_PAYMENT_ID, deducted=AMOUNT)
        written = decide(failed_payment(StatusReason.MISMATCH, held=True), None, opened, NOW)
        assert "reason" not in written.payment
        assert written.payment["gsi2sk"] == poll_in(DAY)["gsi2sk"]


class TestRefundWhileDisputed:
    @pytest.mark.parametrize("status", OPEN_STATUSES)
    @pytest.mark.parametrize("amount", [None, 100, AMOUNT])
    def test_decide_refund_request_is_rejected_while_dispute_is_open(
        self, status: DisputeStatus, amount: int | None
    ) -> None:
        request = RefundRequested("k", amount)
        assert decide(captured_payment(**disputed(status)), ACTIVE_ENROLLMENT, request, NOW) == Written(
            Verdict.REJECTED
        )
        known = captured_payment(**disputed(status), refund_requests={"k": {"amount": 100, "refund_id": ""}})
        assert decide(known, ACTIVE_ENROLLMENT, request, NOW) == NO_CHANGE

    @pytest.mark.parametrize("status", ENDED_STATUSES)
    def test_decide_refund_request_is_accepted_once_dispute_has_ended(self, status: DisputeStatus) -> None:
        payment = captured_payment(**disputed(status, 100, deducted=100 if status is LOST else 0))
        assert decide(payment, ACTIVE_ENROLLMENT, RefundRequested("k", 200), NOW).verdict is Verdict.RECORDED

    def test_decide_refund_of_capture_on_hold_is_rejected_while_its_dispute_is_open(self) -> None:
        request = RefundRequested("all", None, EXTRA_PAYMENT_ID)
        payment = failed_payment(StatusReason.MISMATCH, held=True, **disputed(OPEN))
        assert decide(payment, None, request, NOW) == Written(Verdict.REJECTED)
        won = failed_payment(StatusReason.MISMATCH, held=True, **disputed(WON))
        assert decide(won, None, request, NOW).verdict is Verdict.REFUND_DUE

    def test_decide_dispute_of_extra_capture_does_not_stop_refunds_of_primary(self) -> None:
        payment = captured_payment(surplus=extra_capture(**disputed(OPEN)))
        assert decide(payment, ACTIVE_ENROLLMENT, RefundRequested("k", 100), NOW).verdict is Verdict.RECORDED

    def test_decide_revoked_access_with_open_dispute_refunds_after_a_day(self) -> None:
        revoked = AccessRevoked("fraud")
        waiting = decide(captured_payment(**disputed(OPEN)), ACTIVE_ENROLLMENT, revoked, NOW)
        assert (waiting.verdict, waiting.payment["gsi2sk"]) == (Verdict.REFUND_DUE, poll_in(DAY)["gsi2sk"])
        at_once = decide(captured_payment(**disputed(WON)), ACTIVE_ENROLLMENT, revoked, NOW)
        assert at_once.payment["gsi2sk"] == poll_in(0)["gsi2sk"]

    def test_decide_manual_refund_made_while_dispute_is_open_is_recorded(self) -> None:
        """The money was paid already; the ledger says so."""
        payment = captured_payment(**disputed(OPEN))
        written = decide(payment, ACTIVE_ENROLLMENT, ManualRefund(PAYMENT_ID, "UTR1", 100), NOW)
        assert (written.verdict, written.payment["refunded_amount"]) == (Verdict.RECORDED, 100)

    @pytest.mark.parametrize(
        ("payment", "after"),
        [
            (captured_payment(**disputed(OPEN)), poll_in(DAY)),
            (captured_payment(**disputed(WON)), NO_POLL),
            (captured_payment(**disputed(OPEN), refund_requests={"k": {"amount": 1, "refund_id": ""}}), poll_in(DAY)),
            (captured_payment(**disputed(WON), refund_requests={"k": {"amount": 1, "refund_id": ""}}), poll_in(0)),
            (captured_payment(**disputed(OPEN), refunds=refund_entries(one=(1, "pending"))), poll_in(15)),
            (make_payment(PaymentStatus.REFUND_PENDING, **disputed(OPEN)), poll_in(DAY)),
            (make_payment(PaymentStatus.REFUND_PENDING, **disputed(WON)), poll_in(15)),
            (make_payment(PaymentStatus.REFUNDED, **disputed(OPEN)), poll_in(DAY)),
            (captured_payment(surplus=extra_capture(**disputed(OPEN))), poll_in(DAY)),
            (captured_payment(surplus=extra_capture(**disputed(WON))), poll_in(0)),
            (failed_payment(StatusReason.MISMATCH, held=True, **disputed(OPEN)), poll_in(DAY)),
            (failed_payment(StatusReason.MISMATCH, **disputed(OPEN)), poll_in(DAY)),
        ],
        ids=lambda entry: "" if isinstance(entry, dict) else entry.status.value,
    )
    def test_next_poll_waits_a_day_for_open_dispute(self, payment: Any, after: dict[str, Any]) -> None:
        assert due_attributes(ORDER_ID, next_poll(payment, NOW)) == after


class TestBalances:
    def capture(self, status: DisputeStatus, deducted: int) -> CapturedPayment:
        reversals = {DISPUTE_ID: Reversal(deducted, ReversalOrigin.DISPUTE), "UTR1": Reversal(5, ReversalOrigin.MANUAL)}
        refunds = {REFUND_ONE: Refund(7, RefundStatus.PROCESSED)}
        return CapturedPayment(100, "INR", refunds, reversals, disputes={DISPUTE_ID: dispute(status)})

    @pytest.mark.parametrize(
        ("status", "final"), [(OPEN, 12), (UNDER_REVIEW, 12), (UNKNOWN, 12), (LOST, 72), (WON, 72), (CLOSED, 72)]
    )
    def test_final_refunded_total_leaves_out_deductions_for_open_disputes(
        self, status: DisputeStatus, final: int
    ) -> None:
        capture = self.capture(status, 60)
        assert (refunded_total(capture), final_refunded_total(capture)) == (72, final)

    def test_final_refunded_total_of_open_dispute_without_deduction_is_the_total(self) -> None:
        capture = CapturedPayment(100, "INR", {}, {}, disputes={DISPUTE_ID: dispute(OPEN)})
        assert final_refunded_total(capture) == 0
        old = CapturedPayment(100, "INR", {}, {"disp_1": Reversal(30, ReversalOrigin.DISPUTE)})
        assert final_refunded_total(old) == 30

    @pytest.mark.parametrize("status", DisputeStatus)
    def test_due_extra_refund_is_zero_while_dispute_is_open(self, status: DisputeStatus) -> None:
        capture = CapturedPayment(100, "INR", disputes={DISPUTE_ID: dispute(status)})
        assert has_open_dispute(capture) is (status in OPEN_STATUSES)
        assert due_extra_refund(capture) == (0 if status in OPEN_STATUSES else 100)

    def test_extra_capture_with_deduction_for_open_dispute_is_unrefunded(self) -> None:
        assert has_unrefunded_extras(captured_payment(surplus=extra_capture(**disputed(OPEN, deducted=AMOUNT))))
        assert not has_unrefunded_extras(captured_payment(surplus=extra_capture(**disputed(LOST, deducted=AMOUNT))))

    @pytest.mark.parametrize(
        ("status", "deducted", "amount"),
        [(OPEN, 0, 0), (OPEN, 30, 30), (UNKNOWN, 30, 30), (LOST, 0, 60), (LOST, 30, 30), (WON, 30, 0), (CLOSED, 30, 0)],
    )
    def test_deducted_amount_follows_status(self, status: DisputeStatus, deducted: int, amount: int) -> None:
        capture = CapturedPayment(100, "INR")
        assert deducted_amount(capture, dispute(status, 60, deducted=deducted)) == amount

    @pytest.mark.parametrize(
        ("status", "disputed_amount", "deducted", "amount"),
        [
            (LOST, 60, 60, 100),
            (LOST, 60, 0, 100),
            (LOST, 60, 15, 25),
            (LOST, 60, 5, 8),
            (LOST, 1, 1, 100),
            (OPEN, 60, 0, 0),
            (OPEN, 60, 30, 50),
        ],
    )
    def test_deducted_amount_in_another_currency_is_the_share_of_the_capture(
        self, status: DisputeStatus, disputed_amount: int, deducted: int, amount: int
    ) -> None:
        foreign = dispute(status, disputed_amount, deducted=deducted, currency="USD")
        assert deducted_amount(CapturedPayment(100, "INR"), foreign) == amount
        assert deducted_amount(CapturedPayment(100, "INR"), dispute(LOST, 0, currency="USD")) == 0


class TestPrecedence:
    @pytest.mark.parametrize("known", ENDED_STATUSES)
    @pytest.mark.parametrize("reported", OPEN_STATUSES)
    @pytest.mark.parametrize("as_of", [None, LATER], ids=["fetched", "webhook"])
    def test_open_state_never_replaces_ended_one_of_the_same_phase(
        self, known: DisputeStatus, reported: DisputeStatus, as_of: datetime | None
    ) -> None:
        assert not is_newer(dispute(reported, as_of=as_of), dispute(known, as_of=EARLIER))
        assert is_newer(dispute(known, as_of=EARLIER), dispute(reported, as_of=LATER)), "an end replaces an open state"

    @pytest.mark.parametrize(
        ("earlier", "later"),
        [
            ("fraud", "chargeback"),
            ("retrieval", "chargeback"),
            ("retrieval", "a new phase"),
            ("chargeback", "pre_arbitration"),
            ("", "pre_arbitration"),
            ("pre_arbitration", "arbitration"),
        ],
    )
    def test_later_phase_replaces_an_end_and_is_never_replaced(self, earlier: str, later: str) -> None:
        won, reopened = dispute(WON, phase=earlier, as_of=NOW), dispute(OPEN, phase=later, as_of=EARLIER)
        assert is_newer(reopened, won)
        assert not is_newer(won, reopened)

    @pytest.mark.parametrize(("one", "other"), [(OPEN, UNDER_REVIEW), (WON, LOST), (CLOSED, LOST), (OPEN, UNKNOWN)])
    def test_later_state_of_the_same_level_replaces_the_earlier(self, one: DisputeStatus, other: DisputeStatus) -> None:
        assert is_newer(dispute(one, as_of=LATER), dispute(other, as_of=NOW))
        assert is_newer(dispute(other, as_of=LATER), dispute(one, as_of=NOW))
        assert not is_newer(dispute(one, as_of=EARLIER), dispute(other, as_of=NOW))

    def test_fetched_state_replaces_any_other_state_of_the_same_level(self) -> None:
        assert is_newer(dispute(WON), dispute(LOST, as_of=LATER))
        assert is_newer(dispute(LOST), dispute(WON, as_of=LATER))
        assert not is_newer(dispute(LOST), dispute(LOST, as_of=EARLIER)), "nothing differs but the time"

    def test_same_state_of_a_later_webhook_is_newer(self) -> None:
        """Open, then under review, then open again: the last one is kept, even if the second comes late."""
        assert is_newer(dispute(OPEN, as_of=LATER), dispute(OPEN, as_of=NOW))
        assert not is_newer(dispute(OPEN, as_of=NOW), dispute(OPEN, as_of=NOW))
        assert is_newer(dispute(LOST, as_of=EARLIER), dispute(LOST)), "the known one has no time"

    @pytest.mark.parametrize("field", ["deducted", "amount", "respond_by", "phase", "reason", "currency", "status"])
    def test_one_of_two_states_of_the_same_time_is_kept_whatever_differs(self, field: str) -> None:
        values: dict[str, tuple[Any, Any]] = {
            "deducted": (0, 1),
            "amount": (1, 2),
            "respond_by": (None, NOW),
            "phase": ("chargeback", "other"),
            "reason": ("a", "b"),
            "currency": ("INR", "USD"),
            "status": (WON, LOST),
        }
        fields: dict[str, Any] = {"amount": 1, "currency": "INR", "status": WON, "as_of": NOW}
        less, more = (Dispute(**{**fields, field: value}) for value in values[field])
        assert (is_newer(more, less), is_newer(less, more)) == (True, False)

    def test_order_of_statuses_of_the_same_time_contains_every_status(self) -> None:
        for status in DisputeStatus:
            assert not is_newer(dispute(status, as_of=NOW), dispute(status, as_of=NOW))
        assert is_newer(dispute(WON, as_of=NOW), dispute(CLOSED, as_of=NOW))


REPORTS = [
    dispute_reported(OPEN, as_of=NOW, deducted=AMOUNT),
    dispute_reported(UNDER_REVIEW, as_of=NOW + timedelta(days=1), deducted=AMOUNT),
    dispute_reported(OPEN, as_of=NOW + timedelta(days=2), deducted=AMOUNT),
    dispute_reported(LOST, as_of=NOW + timedelta(days=3), deducted=AMOUNT),
    dispute_reported(WON, as_of=NOW + timedelta(days=4)),
]


@pytest.mark.parametrize("count", range(1, len(REPORTS) + 1))
def test_reports_of_a_dispute_converge_in_any_order(count: int) -> None:
    """The final state does not depend on the order of delivery, nor on repetitions."""
    reports = REPORTS[:count]
    last = max(reports, key=lambda report: (not report.dispute.status.is_open, report.dispute.as_of))
    for order in permutations(reports):
        payment, enrollment = captured_payment(), ACTIVE_ENROLLMENT
        for report in [*order, *reversed(order)]:
            written = decide(payment, enrollment, report, NOW)
            payment = apply_changes(payment, written.payment)
            enrollment = apply_changes(enrollment, written.enrollment) if enrollment else None
        assert payment.disputes.as_dict()[DISPUTE_ID]["status"] == last.dispute.status.value
        lost = last.dispute.status is LOST
        assert (payment.status, payment.refunded_amount) == (
            PaymentStatus.REFUNDED if lost else PaymentStatus.CAPTURED,
            0 if last.dispute.status is WON else AMOUNT,
        )
        assert enrollment
        assert enrollment.status.gives_access is not lost


class TestBound:
    def capture(self, statuses: list[DisputeStatus]) -> CapturedPayment:
        """A capture with disputes of these statuses, oldest last."""
        times = [NOW - timedelta(days=number) for number in range(len(statuses))]
        disputes = {
            f"disp_{number:02d}": dispute(status, 1, as_of=at)
            for number, (status, at) in enumerate(zip(statuses, times, strict=True))
        }
        reversals = {id_: Reversal(1, ReversalOrigin.DISPUTE) for id_, each in disputes.items() if each.status is LOST}
        return CapturedPayment(AMOUNT, "INR", {}, reversals, disputes=disputes)

    def test_record_dispute_beyond_bound_forgets_the_oldest_ended_one(self) -> None:
        capture = self.capture([OPEN] * 17 + [WON, LOST, OPEN])
        after = record_dispute(capture, dispute_reported(OPEN, dispute_id="disp_new"), NOW)
        assert after
        assert len(after.disputes) == MAX_DISPUTES == 20
        assert "disp_18" not in after.disputes, "the lost one is older than the won one"
        assert "disp_18" in after.reversals
        known = known_dispute(after, "disp_18")
        assert known
        assert (known.status, known.amount, known.deducted, known.currency) == (LOST, 1, 1, "INR")

    def test_record_dispute_keeps_every_open_dispute_and_the_reported_one(self) -> None:
        after = record_dispute(self.capture([OPEN] * 20), dispute_reported(LOST, 1, dispute_id="disp_new"), NOW)
        assert after
        assert len(after.disputes) == 21

    def test_record_dispute_within_bound_forgets_none(self) -> None:
        after = record_dispute(self.capture([WON] * 19), dispute_reported(OPEN, dispute_id="disp_new"), NOW)
        assert after
        assert len(after.disputes) == 20

    def test_known_dispute_of_unknown_id_is_none(self) -> None:
        assert known_dispute(self.capture([WON]), "disp_new") is None


def test_dispute_without_times_is_older_than_any_with_time() -> None:
    first_second = datetime(1970, 1, 1, tzinfo=UTC)
    assert is_newer(dispute(WON, as_of=first_second), dispute(LOST))
