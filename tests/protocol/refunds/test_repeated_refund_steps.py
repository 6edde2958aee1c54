"""The refund of a request is made once, though each step may run twice at the same time, or die half-way."""

from collections.abc import Callable
from typing import Any

import pytest

from functions.payments.razorpay_evidence import MalformedPayload
from functions.payments.refunds import execute_refunds
from functions.payments.refunds.execute_refunds import execute_due_refunds
from local.razorpay.operations.refunds import NOT_ENOUGH_BALANCE
from shared.gateways import razorpay
from shared.settlement.decision import Verdict
from tests.fixtures.api import Api
from tests.fixtures.storefront import PRICE, Storefront, refund
from tests.protocol.refund_actions import (
    process_refunds,
    refund_calls,
    refund_reads,
    refund_request_id,
    set_balance,
    shown_requests,
)
from tests.protocol.stored_state import breaches, ledger_totals, payment_history
from tests.protocol.sweep_actions import fail_refund_calls, order_with_duplicate_captures

MADE = {"amount": 10_000, "status": "made", "failed": 0, "rejection": None}


class Crash(BaseException):
    """The process dies: no handler catches it."""


@pytest.fixture
def requested_order_id(shop: Storefront, admin: Api, paid_order_id: str) -> str:
    """A payment of which a refund of 10,000 paise is promised, and not made yet."""
    fail_refund_calls(shop, 1)
    assert refund(admin, paid_order_id, 10_000, "click-1").status == 200
    assert len(shop.gateway.ledger.refunds) == 0
    return paid_order_id


def crash_before_recording(monkeypatch: pytest.MonkeyPatch, order_id: str) -> None:
    """A run dies after Razorpay made the refund and before it is recorded."""

    def crash(*_: Any) -> Any:
        raise Crash

    with monkeypatch.context() as patched:
        patched.setattr(execute_refunds, "settle_refund", crash)
        with pytest.raises(Crash):
            execute_due_refunds(order_id)


def run_inside_each_refund_call(monkeypatch: pytest.MonkeyPatch, run: Callable[[], object]) -> None:
    """While a first run waits for Razorpay's response to a refund, a second one runs from its beginning to its end."""
    real = razorpay.refund

    def refund_and_run(*arguments: Any) -> Any:
        monkeypatch.setattr(razorpay, "refund", real)
        try:
            return real(*arguments)
        finally:
            run()

    monkeypatch.setattr(razorpay, "refund", refund_and_run)


def test_f73_crash_after_the_refund_of_a_request_is_made_links_it_by_its_notes(
    shop: Storefront,
    admin: Api,
    requested_order_id: str,
    gateway_calls: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    crash_before_recording(monkeypatch, requested_order_id)
    [made] = shop.gateway.ledger.refunds.values()
    assert made.notes == {"request": refund_request_id(requested_order_id, "click-1")}
    assert [each["status"] for each in shown_requests(admin, requested_order_id)] == ["open"]
    gateway_calls.clear()
    assert shop.sweep() == {"recorded": 1}
    assert shown_requests(admin, requested_order_id) == [{**MADE, "refund_id": made.id}]
    assert [call for call in gateway_calls if call.startswith("POST")] == [], "the list of refunds answers the request"
    process_refunds(shop)
    assert (ledger_totals(shop, requested_order_id), breaches()) == ((PRICE, 10_000), [])


@pytest.mark.parametrize("amount", [10_000, None])
def test_run_after_a_crash_records_the_refund_of_the_list_and_requests_none(
    shop: Storefront,
    admin: Api,
    paid_order_id: str,
    gateway_calls: list[str],
    monkeypatch: pytest.MonkeyPatch,
    amount: int | None,
) -> None:
    fail_refund_calls(shop, 1)
    assert refund(admin, paid_order_id, amount, "click-1").status == 200
    crash_before_recording(monkeypatch, paid_order_id)
    gateway_calls.clear()
    assert execute_due_refunds(paid_order_id) == [Verdict.RECORDED]
    assert gateway_calls == refund_reads(str(shop.payment(paid_order_id).payment_id), 1)


def test_run_for_two_duplicates_returns_both_verdicts(shop: Storefront, student: Api) -> None:
    order_id, _ = order_with_duplicate_captures(shop, student, 2)
    assert execute_due_refunds(order_id) == [Verdict.RECORDED] * 2


def test_run_with_an_answer_that_cannot_be_read_raises(
    shop: Storefront, student: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id, _ = order_with_duplicate_captures(shop, student)
    monkeypatch.setattr(razorpay, "refund", lambda *_: {})
    with pytest.raises(MalformedPayload, match=r"^the refund that was requested cannot be read$"):
        execute_due_refunds(order_id)


def test_run_after_a_crash_records_the_refund_of_a_duplicate_and_requests_none(
    shop: Storefront, student: Api, gateway_calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id, [extra_id] = order_with_duplicate_captures(shop, student)
    crash_before_recording(monkeypatch, order_id)
    gateway_calls.clear()
    assert execute_due_refunds(order_id) == [Verdict.RECORDED]
    assert gateway_calls == refund_reads(extra_id, 1)


@pytest.mark.parametrize("balance", [None, 0])
def test_f74_refund_requested_by_two_runs_at_once_is_made_or_rejected_once(
    shop: Storefront, admin: Api, requested_order_id: str, monkeypatch: pytest.MonkeyPatch, balance: int | None
) -> None:
    set_balance(shop, balance)
    steps = len(payment_history(requested_order_id))
    run_inside_each_refund_call(monkeypatch, lambda: execute_due_refunds(requested_order_id))
    execute_due_refunds(requested_order_id)
    assert len(payment_history(requested_order_id)) == steps + 1
    [shown] = shown_requests(admin, requested_order_id)
    if balance is None:
        [refund_id] = shop.gateway.ledger.refunds
        assert shown == {**MADE, "refund_id": refund_id}
    else:
        assert (shown["status"], shown["rejection"]) == ("open", f"400 BAD_REQUEST_ERROR: {NOT_ENOUGH_BALANCE}")
        assert len(shop.gateway.ledger.refunds) == 0


class TestRefundOfRequest:
    def test_crash_while_the_list_of_refunds_lags_repeats_the_request_under_its_key(
        self, shop: Storefront, admin: Api, requested_order_id: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        crash_before_recording(monkeypatch, requested_order_id)
        monkeypatch.setattr(razorpay, "fetch_refunds_of", lambda _: [])
        execute_due_refunds(requested_order_id)
        [refund_id] = shop.gateway.ledger.refunds
        assert shown_requests(admin, requested_order_id) == [{**MADE, "refund_id": refund_id}]

    def test_rejection_that_comes_after_the_refund_of_another_run_changes_nothing(
        self, shop: Storefront, admin: Api, requested_order_id: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Our account got its balance between the two."""
        set_balance(shop, 0)

        def balanced_run() -> None:
            set_balance(shop, None)
            execute_due_refunds(requested_order_id)

        run_inside_each_refund_call(monkeypatch, balanced_run)
        execute_due_refunds(requested_order_id)
        [refund_id] = shop.gateway.ledger.refunds
        assert shown_requests(admin, requested_order_id) == [{**MADE, "refund_id": refund_id}]

    @pytest.mark.parametrize("lists_lag", [False, True])
    def test_refund_without_notes_whose_response_was_lost_is_found_by_its_idempotency_key(
        self,
        shop: Storefront,
        admin: Api,
        requested_order_id: str,
        gateway_calls: list[str],
        monkeypatch: pytest.MonkeyPatch,
        lists_lag: bool,
    ) -> None:
        """Version 0.2.0 requested it, without notes."""
        payment_id, name = shop.payment(requested_order_id).payment_id, refund_request_id(requested_order_id, "click-1")
        made = razorpay.refund(payment_id, 10_000, f"refund-{name}")
        if lists_lag:
            monkeypatch.setattr(razorpay, "fetch_refunds_of", lambda _: [])
        gateway_calls.clear()
        execute_due_refunds(requested_order_id)
        assert [call for call in gateway_calls if call.startswith("POST")] == [
            refund_calls(payment_id, 10_000, request=name)[-1],
            refund_calls(payment_id, 10_000)[-1],
        ]
        assert list(shop.gateway.ledger.refunds) == [made["id"]]
        assert shown_requests(admin, requested_order_id) == [{**MADE, "refund_id": made["id"]}]

    def test_other_run_in_progress_leaves_the_request_to_the_next_sweep(
        self, shop: Storefront, admin: Api, requested_order_id: str
    ) -> None:
        name = refund_request_id(requested_order_id, "click-1")
        shop.gateway.ledger.refund_keys_in_progress.add(f"refund-{name}")
        assert shop.sweep() == {"deferred": 1}
        assert shown_requests(admin, requested_order_id) == [
            {"amount": 10_000, "status": "open", "refund_id": None, "failed": 0, "rejection": None}
        ]
        shop.gateway.ledger.refund_keys_in_progress.clear()
        shop.clock.advance(minutes=5)
        assert shop.sweep() == {"recorded": 1}
