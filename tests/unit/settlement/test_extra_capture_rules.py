"""What each rule about extra captures writes, to the last attribute: they are refunded, and change nothing else."""

from typing import Any

import pytest

from cli._payment_matrix import AMOUNT, NOW, ORDER_ID, PAYMENT_ID, make_payment
from shared.db.due_index import due_attributes
from shared.db.payments.payment_attributes import capture_from
from shared.domain.captures import RefundStatus
from shared.domain.lifecycle import PaymentStatus, StatusReason
from shared.settlement.balances import (
    due_extra_refund,
    refundable_balance,
)
from shared.settlement.balances import on_hold as on_hold_balances
from shared.settlement.decision import Verdict
from shared.settlement.evidence import (
    Captured,
    Evidence,
    ManualRefund,
    Refunded,
    RefundRejected,
)
from shared.settlement.poll_schedule import next_poll
from tests.unit.settlement.expected_changes import (
    ACTIVE_ENROLLMENT,
    LOST,
    NO_POLL,
    REFUND_ONE,
    REFUND_TWO,
    dispute_reported,
    poll_in,
)
from tests.unit.settlement.written import NO_CHANGE, Written, decide

SECOND_PAYMENT, THIRD_PAYMENT = "pay_BBBBBBBBBBBBBB", "pay_CCCCCCCCCCCCCC"
DISPUTE = "disp_AAAAAAAAAAAAAA"
PENDING, PROCESSED, FAILED = RefundStatus.PENDING, RefundStatus.PROCESSED, RefundStatus.FAILED
EVER_CAPTURED = [PaymentStatus.CAPTURED, PaymentStatus.REFUND_PENDING, PaymentStatus.REFUNDED]


def extra_capture(
    amount: int = AMOUNT, *, currency: str = "INR", on_hold: bool = False, **refunds: str
) -> dict[str, Any]:
    """An entry of `surplus`, with a full refund of it for each given status."""
    ids = {"one": REFUND_ONE, "two": REFUND_TWO}
    entries = {ids[name]: {"amount": amount, "status": status} for name, status in refunds.items()}
    return {"amount": amount, "currency": currency, "refunds": entries, "other_returns": {}, "held": on_hold}


def reversed_extra_capture(amount_reversed: int, by: str = "dispute", **how: Any) -> dict[str, Any]:
    """The same, of which an amount was reversed."""
    name = {"dispute": DISPUTE, "hand": "UTR1"}[by]
    return extra_capture(**how) | {"other_returns": {name: {"amount": amount_reversed, "by": by}}}


def stored_payment(status: PaymentStatus = PaymentStatus.CAPTURED, **changes: Any) -> Any:
    return make_payment(status, **changes)


@pytest.mark.parametrize("status", EVER_CAPTURED)
def test_decide_duplicate_capture_is_recorded_and_refund_due_now(status: PaymentStatus) -> None:
    written = decide(stored_payment(status), ACTIVE_ENROLLMENT, Captured(SECOND_PAYMENT, AMOUNT + 1, "USD"), NOW)
    assert written == Written(
        Verdict.REFUND_DUE, {"surplus": {SECOND_PAYMENT: extra_capture(AMOUNT + 1, currency="USD")}, **poll_in(0)}
    )


def test_decide_duplicate_capture_repeated_is_known_and_third_is_added() -> None:
    payment = stored_payment(surplus={SECOND_PAYMENT: extra_capture()})
    assert decide(payment, ACTIVE_ENROLLMENT, Captured(SECOND_PAYMENT, AMOUNT, "INR"), NOW) == NO_CHANGE
    written = decide(payment, ACTIVE_ENROLLMENT, Captured(THIRD_PAYMENT, 100, "INR"), NOW)
    assert written.payment["surplus"] == {SECOND_PAYMENT: extra_capture(), THIRD_PAYMENT: extra_capture(100)}
    assert payment.surplus.as_dict() == {SECOND_PAYMENT: extra_capture()}, "the payment that was read is not changed"


def test_decide_capture_of_primary_payment_changes_nothing() -> None:
    assert decide(stored_payment(), ACTIVE_ENROLLMENT, Captured(PAYMENT_ID, AMOUNT, "INR"), NOW) == NO_CHANGE


@pytest.mark.parametrize(
    ("status", "after"), [(PENDING, poll_in(15)), (PROCESSED, NO_POLL), (FAILED, poll_in(30))], ids=str
)
def test_decide_refund_of_duplicate_capture_is_recorded_with_it(status: RefundStatus, after: dict[str, Any]) -> None:
    payment = stored_payment(surplus={SECOND_PAYMENT: extra_capture()})
    written = decide(payment, ACTIVE_ENROLLMENT, Refunded(SECOND_PAYMENT, REFUND_ONE, AMOUNT, status), NOW)
    assert written == Written(Verdict.RECORDED, {"surplus": {SECOND_PAYMENT: extra_capture(one=status.value)}, **after})


def test_decide_refund_of_duplicate_capture_repeated_changes_nothing() -> None:
    payment = stored_payment(surplus={SECOND_PAYMENT: extra_capture(one="processed")})
    for status in (PENDING, RefundStatus.UNKNOWN, PROCESSED):
        assert (
            decide(payment, ACTIVE_ENROLLMENT, Refunded(SECOND_PAYMENT, REFUND_ONE, AMOUNT, status), NOW) == NO_CHANGE
        )


REVERSAL_CASES = [
    (ManualRefund(SECOND_PAYMENT, "UTR1", AMOUNT), reversed_extra_capture(AMOUNT, "hand"), NO_POLL),
    (ManualRefund(SECOND_PAYMENT, "UTR1", 100), reversed_extra_capture(100, "hand"), poll_in(0)),
]


@pytest.mark.parametrize(("evidence", "after", "poll"), REVERSAL_CASES, ids=str)
def test_decide_reversal_of_duplicate_capture_reduces_refund_and_keeps_access(
    evidence: Evidence, after: dict[str, Any], poll: dict[str, Any]
) -> None:
    written = decide(stored_payment(surplus={SECOND_PAYMENT: extra_capture()}), ACTIVE_ENROLLMENT, evidence, NOW)
    assert written == Written(Verdict.RECORDED, {"surplus": {SECOND_PAYMENT: after}, **poll})
    assert decide(stored_payment(surplus={SECOND_PAYMENT: after}), ACTIVE_ENROLLMENT, evidence, NOW) == NO_CHANGE


def test_decide_reversals_of_duplicate_capture_add_up() -> None:
    written = decide(
        stored_payment(surplus={SECOND_PAYMENT: reversed_extra_capture(100)}),
        ACTIVE_ENROLLMENT,
        ManualRefund(SECOND_PAYMENT, "UTR1", 200),
        NOW,
    )
    both = {DISPUTE: {"amount": 100, "by": "dispute"}, "UTR1": {"amount": 200, "by": "hand"}}
    assert written.payment["surplus"][SECOND_PAYMENT]["other_returns"] == both


def test_decide_manual_refund_above_duplicate_balance_is_refused() -> None:
    for entry, limit in (
        (extra_capture(), AMOUNT),
        (extra_capture(one="pending"), 0),
        (reversed_extra_capture(100), AMOUNT - 100),
    ):
        stored = stored_payment(surplus={SECOND_PAYMENT: entry})
        assert decide(stored, ACTIVE_ENROLLMENT, ManualRefund(SECOND_PAYMENT, "UTR2", limit + 1), NOW) == Written(
            Verdict.REJECTED
        )
        if limit:
            assert (
                decide(stored, ACTIVE_ENROLLMENT, ManualRefund(SECOND_PAYMENT, "UTR2", limit), NOW).verdict
                is Verdict.RECORDED
            )


def test_decide_rejected_refund_of_duplicate_capture_is_recorded_once() -> None:
    payment = stored_payment(surplus={SECOND_PAYMENT: extra_capture()})
    rejection = RefundRejected(SECOND_PAYMENT, None, "no balance")
    rejected = {SECOND_PAYMENT: extra_capture() | {"refused": "no balance"}}
    recorded = Written(Verdict.RECORDED, {"surplus": rejected, "refund_refused_since": NOW, **poll_in(15)})
    assert decide(payment, ACTIVE_ENROLLMENT, rejection, NOW) == recorded
    assert decide(stored_payment(surplus=rejected), ACTIVE_ENROLLMENT, rejection, NOW) == NO_CHANGE
    assert decide(stored_payment(), ACTIVE_ENROLLMENT, rejection, NOW) == NO_CHANGE


@pytest.mark.parametrize(
    "evidence",
    [Refunded(THIRD_PAYMENT, REFUND_ONE, AMOUNT, PROCESSED), dispute_reported(LOST, payment_id=THIRD_PAYMENT)],
    ids=str,
)
@pytest.mark.parametrize("status", EVER_CAPTURED)
def test_decide_refund_or_dispute_of_unknown_payment_changes_nothing(evidence: Evidence, status: PaymentStatus) -> None:
    assert decide(stored_payment(status), ACTIVE_ENROLLMENT, evidence, NOW) == NO_CHANGE
    assert (
        decide(stored_payment(status, surplus={SECOND_PAYMENT: extra_capture()}), ACTIVE_ENROLLMENT, evidence, NOW)
        == NO_CHANGE
    )


def test_decide_refund_of_primary_payment_keeps_poll_of_duplicate_refund() -> None:
    payment = stored_payment(
        PaymentStatus.REFUND_PENDING,
        reason=StatusReason.REQUESTED,
        surplus={SECOND_PAYMENT: extra_capture(one="pending")},
    )
    written = decide(payment, None, Refunded(PAYMENT_ID, REFUND_ONE, AMOUNT, PROCESSED), NOW)
    assert (written.verdict, written.payment["status"]) == (Verdict.REFUNDED, PaymentStatus.REFUNDED)
    assert written.payment["gsi2sk"] == poll_in(15)["gsi2sk"], "the refund of the other capture is pending"


@pytest.mark.parametrize(
    ("entry", "balance"),
    [
        (extra_capture(100), 100),
        (extra_capture(100, one="pending"), 0),
        (extra_capture(100, one="processed"), 0),
        (extra_capture(100, one="failed"), 100),
        (reversed_extra_capture(100, amount=100), 0),
        (reversed_extra_capture(60, amount=100), 40),
        (reversed_extra_capture(60, amount=100, one="pending"), -60),
        (extra_capture(100) | {"refunds": {REFUND_ONE: {"amount": 30, "status": "processed"}}}, 70),
        (extra_capture(100) | {"refunds": {REFUND_ONE: {"amount": 30, "status": "pending"}}}, 70),
    ],
)
def test_refundable_balance_subtracts_live_refunds_and_reversals(entry: dict[str, Any], balance: int) -> None:
    assert refundable_balance(capture_from(entry)) == balance
    assert due_extra_refund(capture_from(entry)) == max(balance, 0)
    assert due_extra_refund(capture_from(entry | {"held": True})) == 0


OPEN_REQUEST = {"k": {"amount": 100, "refund_id": ""}}
RETRIED_REQUEST = {"k": {"amount": 100, "refund_id": "", "failed": 1}}
ANSWERED_REQUEST = {"k": {"amount": 100, "refund_id": REFUND_ONE}}
FAILED_REFUND = {REFUND_ONE: {"amount": 100, "status": "failed"}}
PENDING_REFUND = {REFUND_ONE: {"amount": 100, "status": "pending"}}


def test_on_hold_balance_counts_down_to_the_last_paisa() -> None:
    reversed_but_one = {SECOND_PAYMENT: reversed_extra_capture(AMOUNT - 1, on_hold=True)}
    assert on_hold_balances(stored_payment(PaymentStatus.FAILED, surplus=reversed_but_one)) == {SECOND_PAYMENT: 1}
    assert (
        on_hold_balances(
            stored_payment(PaymentStatus.FAILED, surplus={SECOND_PAYMENT: reversed_extra_capture(AMOUNT, on_hold=True)})
        )
        == {}
    )


@pytest.mark.parametrize(
    ("payment", "after"),
    [
        (stored_payment(), NO_POLL),
        (stored_payment(refund_requests=OPEN_REQUEST), poll_in(0)),
        (stored_payment(refund_requests=ANSWERED_REQUEST), NO_POLL),
        (stored_payment(PaymentStatus.REFUNDED, refund_requests=OPEN_REQUEST), NO_POLL),
        (stored_payment(refund_requests=RETRIED_REQUEST, refunds=FAILED_REFUND), poll_in(30)),
        (stored_payment(refunds=PENDING_REFUND), poll_in(15)),
        (stored_payment(refunds=FAILED_REFUND), NO_POLL),
        (stored_payment(PaymentStatus.REFUNDED, refunds=PENDING_REFUND), poll_in(15)),
        (stored_payment(PaymentStatus.REFUND_PENDING), poll_in(15)),
        (stored_payment(PaymentStatus.REFUND_PENDING, refunds=FAILED_REFUND), poll_in(30)),
        (stored_payment(surplus={SECOND_PAYMENT: extra_capture()}), poll_in(0)),
        (stored_payment(surplus={SECOND_PAYMENT: extra_capture(one="pending")}), poll_in(15)),
        (stored_payment(surplus={SECOND_PAYMENT: extra_capture(one="processed")}), NO_POLL),
        (stored_payment(surplus={SECOND_PAYMENT: extra_capture(one="failed")}), poll_in(30)),
        (stored_payment(surplus={SECOND_PAYMENT: extra_capture(one="failed", two="failed")}), poll_in(60)),
        (
            stored_payment(surplus={SECOND_PAYMENT: extra_capture(one="failed"), THIRD_PAYMENT: extra_capture()}),
            poll_in(0),
        ),
        (
            stored_payment(
                surplus={SECOND_PAYMENT: extra_capture(one="failed"), THIRD_PAYMENT: extra_capture(one="failed")}
            ),
            poll_in(60),
        ),
        (stored_payment(refunds=FAILED_REFUND, surplus={SECOND_PAYMENT: extra_capture(one="failed")}), poll_in(60)),
        (
            stored_payment(
                PaymentStatus.REFUNDED, refunds=FAILED_REFUND, surplus={SECOND_PAYMENT: extra_capture(one="failed")}
            ),
            poll_in(60),
        ),
        (stored_payment(surplus={SECOND_PAYMENT: extra_capture(on_hold=True)}), poll_in(24 * 60)),
        (stored_payment(surplus={SECOND_PAYMENT: extra_capture(on_hold=True, one="failed")}), poll_in(24 * 60)),
        (stored_payment(surplus={SECOND_PAYMENT: extra_capture(on_hold=True, one="pending")}), poll_in(15)),
        (stored_payment(surplus={SECOND_PAYMENT: extra_capture(on_hold=True, one="processed")}), NO_POLL),
        (
            stored_payment(surplus={SECOND_PAYMENT: extra_capture(on_hold=True), THIRD_PAYMENT: extra_capture()}),
            poll_in(0),
        ),
        (stored_payment(PaymentStatus.FAILED, window_over=True), poll_in(30)),
        (
            stored_payment(
                PaymentStatus.FAILED, window_over=True, surplus={SECOND_PAYMENT: extra_capture(on_hold=True)}
            ),
            poll_in(24 * 60),
        ),
        (
            stored_payment(
                PaymentStatus.FAILED, window_over=True, surplus={SECOND_PAYMENT: extra_capture(one="processed")}
            ),
            poll_in(30),
        ),
        (
            stored_payment(refund_requests=OPEN_REQUEST, surplus={SECOND_PAYMENT: extra_capture(one="failed")}),
            poll_in(0),
        ),
    ],
    ids=lambda entry: "" if isinstance(entry, dict) else entry.status.value,
)
def test_next_poll_is_scheduled_while_anything_is_unsettled(payment: Any, after: dict[str, Any]) -> None:
    assert due_attributes(ORDER_ID, next_poll(payment, NOW)) == after
