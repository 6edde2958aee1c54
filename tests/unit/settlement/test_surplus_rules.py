"""Money captured on an order beside the payment that counts: it goes back, and touches nothing else."""

from typing import Any

import pytest

from cli._payment_matrix import AMOUNT, NOW, ORDER_ID, PAYMENT_ID, make_payment
from shared.db.due_index import due_attributes
from shared.db.payments.payment_attributes import capture_from
from shared.domain.captures import RefundRequest, RefundStatus
from shared.domain.lifecycle import PaymentStatus, StatusReason
from shared.settlement.balances import on_hold as held_of
from shared.settlement.balances import (
    refund_due,
    refundable_balance,
    reopen_request,
)
from shared.settlement.decision import Verdict
from shared.settlement.evidence import (
    Captured,
    DisputeLost,
    Evidence,
    ManualRefund,
    Refunded,
    RefundRejected,
)
from shared.settlement.poll_schedule import next_poll
from tests.unit.settlement.expected_changes import ACTIVE_ENROLLMENT, NO_POLL, REFUND_ONE, REFUND_TWO, poll_in
from tests.unit.settlement.written import NO_CHANGE, Written, decide

SECOND_PAYMENT, THIRD_PAYMENT = "pay_BBBBBBBBBBBBBB", "pay_CCCCCCCCCCCCCC"
DISPUTE = "disp_AAAAAAAAAAAAAA"
PENDING, PROCESSED, FAILED = RefundStatus.PENDING, RefundStatus.PROCESSED, RefundStatus.FAILED
EVER_CAPTURED = [PaymentStatus.CAPTURED, PaymentStatus.REFUND_PENDING, PaymentStatus.REFUNDED]


def extra_capture(
    amount: int = AMOUNT, *, currency: str = "INR", on_hold: bool = False, **refunds: str
) -> dict[str, Any]:
    """One surplus capture; refunds of the whole of it by their status."""
    ids = {"one": REFUND_ONE, "two": REFUND_TWO}
    told = {ids[name]: {"amount": amount, "status": status} for name, status in refunds.items()}
    return {"amount": amount, "currency": currency, "refunds": told, "other_returns": {}, "held": on_hold}


def reversed_extra_capture(part: int, by: str = "dispute", **how: Any) -> dict[str, Any]:
    """The same, of which `part` was taken."""
    name = {"dispute": DISPUTE, "hand": "UTR1"}[by]
    return extra_capture(**how) | {"other_returns": {name: {"amount": part, "by": by}}}


def stored_payment(status: PaymentStatus = PaymentStatus.CAPTURED, **changes: Any) -> Any:
    return make_payment(status, **changes)


@pytest.mark.parametrize("status", EVER_CAPTURED)
def test_decide_duplicate_capture_is_recorded_and_refund_due_now(status: PaymentStatus) -> None:
    given = decide(stored_payment(status), ACTIVE_ENROLLMENT, Captured(SECOND_PAYMENT, AMOUNT + 1, "USD"), NOW)
    assert given == Written(
        Verdict.REFUND_DUE, {"surplus": {SECOND_PAYMENT: extra_capture(AMOUNT + 1, currency="USD")}, **poll_in(0)}
    )


def test_decide_duplicate_capture_repeated_is_known_and_third_is_added() -> None:
    held = stored_payment(surplus={SECOND_PAYMENT: extra_capture()})
    assert decide(held, ACTIVE_ENROLLMENT, Captured(SECOND_PAYMENT, AMOUNT, "INR"), NOW) == NO_CHANGE
    given = decide(held, ACTIVE_ENROLLMENT, Captured(THIRD_PAYMENT, 100, "INR"), NOW)
    assert given.payment["surplus"] == {SECOND_PAYMENT: extra_capture(), THIRD_PAYMENT: extra_capture(100)}
    assert held.surplus.as_dict() == {SECOND_PAYMENT: extra_capture()}, "the payment that was read is not changed"


def test_decide_capture_of_primary_payment_changes_nothing() -> None:
    assert decide(stored_payment(), ACTIVE_ENROLLMENT, Captured(PAYMENT_ID, AMOUNT, "INR"), NOW) == NO_CHANGE


@pytest.mark.parametrize(
    ("status", "then"), [(PENDING, poll_in(15)), (PROCESSED, NO_POLL), (FAILED, poll_in(30))], ids=str
)
def test_decide_refund_of_duplicate_capture_is_recorded_with_it(status: RefundStatus, then: dict[str, Any]) -> None:
    held = stored_payment(surplus={SECOND_PAYMENT: extra_capture()})
    given = decide(held, ACTIVE_ENROLLMENT, Refunded(SECOND_PAYMENT, REFUND_ONE, AMOUNT, status), NOW)
    assert given == Written(Verdict.RECORDED, {"surplus": {SECOND_PAYMENT: extra_capture(one=status.value)}, **then})


def test_decide_refund_of_duplicate_capture_repeated_changes_nothing() -> None:
    held = stored_payment(surplus={SECOND_PAYMENT: extra_capture(one="processed")})
    for status in RefundStatus:
        assert decide(held, ACTIVE_ENROLLMENT, Refunded(SECOND_PAYMENT, REFUND_ONE, AMOUNT, status), NOW) == NO_CHANGE


REVERSAL_CASES = [
    (DisputeLost(SECOND_PAYMENT, DISPUTE, AMOUNT), reversed_extra_capture(AMOUNT), NO_POLL),
    (DisputeLost(SECOND_PAYMENT, DISPUTE, 100), reversed_extra_capture(100), poll_in(0)),
    (ManualRefund(SECOND_PAYMENT, "UTR1", AMOUNT), reversed_extra_capture(AMOUNT, "hand"), NO_POLL),
    (ManualRefund(SECOND_PAYMENT, "UTR1", 100), reversed_extra_capture(100, "hand"), poll_in(0)),
]


@pytest.mark.parametrize(("evidence", "then", "look"), REVERSAL_CASES, ids=str)
def test_decide_reversal_of_duplicate_capture_reduces_refund_and_keeps_access(
    evidence: Evidence, then: dict[str, Any], look: dict[str, Any]
) -> None:
    given = decide(stored_payment(surplus={SECOND_PAYMENT: extra_capture()}), ACTIVE_ENROLLMENT, evidence, NOW)
    assert given == Written(Verdict.RECORDED, {"surplus": {SECOND_PAYMENT: then}, **look})
    assert decide(stored_payment(surplus={SECOND_PAYMENT: then}), ACTIVE_ENROLLMENT, evidence, NOW) == NO_CHANGE


def test_decide_reversals_of_duplicate_capture_add_up() -> None:
    given = decide(
        stored_payment(surplus={SECOND_PAYMENT: reversed_extra_capture(100)}),
        ACTIVE_ENROLLMENT,
        ManualRefund(SECOND_PAYMENT, "UTR1", 200),
        NOW,
    )
    both = {DISPUTE: {"amount": 100, "by": "dispute"}, "UTR1": {"amount": 200, "by": "hand"}}
    assert given.payment["surplus"][SECOND_PAYMENT]["other_returns"] == both


def test_decide_manual_refund_above_duplicate_balance_is_refused() -> None:
    for held, most in (
        (extra_capture(), AMOUNT),
        (extra_capture(one="pending"), 0),
        (reversed_extra_capture(100), AMOUNT - 100),
    ):
        stored = stored_payment(surplus={SECOND_PAYMENT: held})
        assert decide(stored, ACTIVE_ENROLLMENT, ManualRefund(SECOND_PAYMENT, "UTR2", most + 1), NOW) == Written(
            Verdict.REJECTED
        )
        if most:
            assert (
                decide(stored, ACTIVE_ENROLLMENT, ManualRefund(SECOND_PAYMENT, "UTR2", most), NOW).verdict
                is Verdict.RECORDED
            )


def test_decide_rejected_refund_of_duplicate_capture_is_recorded_once() -> None:
    held = stored_payment(surplus={SECOND_PAYMENT: extra_capture()})
    refused = RefundRejected(SECOND_PAYMENT, None, "no balance")
    why = {SECOND_PAYMENT: extra_capture() | {"refused": "no balance"}}
    assert decide(held, ACTIVE_ENROLLMENT, refused, NOW) == Written(Verdict.RECORDED, {"surplus": why})
    assert decide(stored_payment(surplus=why), ACTIVE_ENROLLMENT, refused, NOW) == NO_CHANGE
    assert decide(stored_payment(), ACTIVE_ENROLLMENT, refused, NOW) == NO_CHANGE


@pytest.mark.parametrize(
    "evidence",
    [Refunded(THIRD_PAYMENT, REFUND_ONE, AMOUNT, PROCESSED), DisputeLost(THIRD_PAYMENT, DISPUTE, AMOUNT)],
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
    held = stored_payment(
        PaymentStatus.REFUND_PENDING,
        reason=StatusReason.REQUESTED,
        surplus={SECOND_PAYMENT: extra_capture(one="pending")},
    )
    given = decide(held, None, Refunded(PAYMENT_ID, REFUND_ONE, AMOUNT, PROCESSED), NOW)
    assert (given.verdict, given.payment["status"]) == (Verdict.REFUNDED, PaymentStatus.REFUNDED)
    assert given.payment["gsi2sk"] == poll_in(15)["gsi2sk"], "the other one is still on its way"


@pytest.mark.parametrize(
    ("each", "rest"),
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
def test_refundable_balance_subtracts_live_refunds_and_reversals(each: dict[str, Any], rest: int) -> None:
    assert refundable_balance(capture_from(each)) == rest
    assert refund_due(capture_from(each)) == max(rest, 0)
    assert refund_due(capture_from(each | {"held": True})) == 0


OPEN_REQUEST = {"k": {"amount": 100, "refund_id": ""}}
RETRIED_REQUEST = {"k": {"amount": 100, "refund_id": "", "failed": 1}}
ANSWERED_REQUEST = {"k": {"amount": 100, "refund_id": REFUND_ONE}}
FAILED_REFUND = {REFUND_ONE: {"amount": 100, "status": "failed"}}
PENDING_REFUND = {REFUND_ONE: {"amount": 100, "status": "pending"}}


def test_reopen_request_after_failed_refund_reopens_only_that_request() -> None:
    other = RefundRequest(50, REFUND_TWO)
    requests = {"k": RefundRequest(100, REFUND_ONE, failed=1), "l": other}
    assert reopen_request(requests, REFUND_ONE) == {"k": RefundRequest(100, None, failed=2), "l": other}


def test_on_hold_balance_counts_down_to_the_last_paisa() -> None:
    taken_but_one = {SECOND_PAYMENT: reversed_extra_capture(AMOUNT - 1, on_hold=True)}
    assert held_of(stored_payment(PaymentStatus.FAILED, surplus=taken_but_one)) == {SECOND_PAYMENT: 1}
    assert (
        held_of(
            stored_payment(PaymentStatus.FAILED, surplus={SECOND_PAYMENT: reversed_extra_capture(AMOUNT, on_hold=True)})
        )
        == {}
    )


@pytest.mark.parametrize(
    ("held", "then"),
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
    ids=lambda each: "" if isinstance(each, dict) else each.status.value,
)
def test_next_poll_is_scheduled_while_anything_is_unsettled(held: Any, then: dict[str, Any]) -> None:
    assert due_attributes(ORDER_ID, next_poll(held, NOW)) == then
