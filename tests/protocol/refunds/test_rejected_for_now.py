"""A refund that Razorpay rejects for now is kept, shown and counted, and retried until Razorpay makes it."""

from collections.abc import Callable
from itertools import count
from typing import Any, ClassVar

import pytest

from local.razorpay.operations.refunds import INVALID_REQUEST, NOT_ENOUGH_BALANCE
from shared.gateways import razorpay
from shared.gateways.razorpay import GatewayRejected, Json
from tests.fixtures.api import Api
from tests.fixtures.emitted_metrics import emitted_metrics
from tests.fixtures.storefront import PRICE, Storefront, refund
from tests.protocol.refund_actions import (
    process_refunds,
    record_manual_refund,
    refund_calls,
    refund_request_id,
    set_balance,
    shown_requests,
    waiting_metrics,
)
from tests.protocol.stored_state import breaches, ledger_totals, next_poll_at
from tests.protocol.sweep_actions import order_with_duplicate_captures, sweep_repeatedly

NO_BALANCE = f"400 BAD_REQUEST_ERROR: {NOT_ENOUGH_BALANCE}"


def refund_posts(gateway_calls: list[str]) -> list[str]:
    return [call for call in gateway_calls if call.startswith("POST")]


def test_f68_promise_while_gateway_is_silent_and_then_without_balance_is_kept_and_made_later(
    shop: Storefront,
    student: Api,
    admin: Api,
    paid_order_id: str,
    refund_idempotency_keys: dict[str, Any],
    project: Callable[[], int],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Story 7: a promise never disappears silently."""
    request = {"amount": 10_000, "status": "open", "refund_id": None, "failed": 0, "rejection": None}
    shop.control("POST", "faults", {"kind": "drop", "times": 3})
    set_balance(shop, 0)
    assert refund(admin, paid_order_id, 10_000, "click-1").status == 200
    assert shown_requests(admin, paid_order_id) == [request]
    assert next_poll_at(shop.payment(paid_order_id)) == "23 12:00"
    assert shop.sweep() == {"recorded": 1}
    rejected = {**request, "rejection": NO_BALANCE}
    assert shown_requests(admin, paid_order_id) == [rejected]
    assert shop.states(student, paid_order_id) == ("captured", "active")
    assert next_poll_at(shop.payment(paid_order_id)) == "23 12:15"
    assert waiting_metrics(project, capsys) == (1, 0)

    version = shop.payment(paid_order_id).version
    sweep_repeatedly(shop, 12, minutes=15)
    assert next_poll_at(shop.payment(paid_order_id)) == "23 16:00", "tried at 12:15, 12:30, 13:00 and 14:00"
    assert (shop.payment(paid_order_id).version, breaches()) == (version, []), "the same reason is recorded once"
    assert shown_requests(admin, paid_order_id) == [rejected]
    assert waiting_metrics(project, capsys) == (1, 3)

    set_balance(shop, 10_000)
    shop.clock.advance(hours=1)
    assert shop.sweep() == {"recorded": 1}
    assert list(refund_idempotency_keys) == [f"refund-{refund_request_id(paid_order_id, 'click-1')}"]
    [refund_id] = shop.gateway.ledger.refunds
    assert shown_requests(admin, paid_order_id) == [{**request, "status": "made", "refund_id": refund_id}]
    assert waiting_metrics(project, capsys) == (1, 4), "it waits until the learner has the money"
    process_refunds(shop)
    assert waiting_metrics(project, capsys) == (0, 0)
    assert ledger_totals(shop, paid_order_id) == (PRICE, 10_000)
    assert (shop.states(student, paid_order_id), breaches()) == (("captured", "active"), [])


def test_f69_duplicate_capture_that_cannot_be_refunded_for_30_days_is_counted_and_refunded(
    shop: Storefront,
    student: Api,
    project: Callable[[], int],
    capsys: pytest.CaptureFixture[str],
    gateway_calls: list[str],
) -> None:
    """Story 7: everything that waits is counted."""
    order_id, [duplicate_id] = order_with_duplicate_captures(shop, student)
    set_balance(shop, 0)
    assert shop.sweep() == {"recorded": 1}
    assert next_poll_at(shop.payment(order_id)) == "23 12:15"
    gateway_calls.clear()
    sweep_repeatedly(shop, 30, days=1)
    assert refund_posts(gateway_calls) == refund_calls(duplicate_id)[1:] * 30
    assert shop.payment(order_id).surplus.as_dict()[duplicate_id]["refused"] == NO_BALANCE
    assert waiting_metrics(project, capsys) == (1, 720)
    set_balance(shop, None)
    sweep_repeatedly(shop, 2, days=1)
    assert waiting_metrics(project, capsys) == (0, 0)
    assert ledger_totals(shop, order_id) == (2 * PRICE, PRICE)
    assert (shop.states(student, order_id), breaches()) == (("captured", "active"), [])


def test_f76_manual_refund_answers_the_rejected_request_that_is_then_not_refunded_again(
    shop: Storefront,
    admin: Api,
    paid_order_id: str,
    gateway_calls: list[str],
    project: Callable[[], int],
    capsys: pytest.CaptureFixture[str],
) -> None:
    set_balance(shop, 0)
    refund(admin, paid_order_id, 10_000, "click-1")
    assert record_manual_refund(admin, paid_order_id, 10_000).status == 200
    assert shown_requests(admin, paid_order_id) == [
        {"amount": 10_000, "status": "manual", "refund_id": None, "failed": 0, "rejection": NO_BALANCE}
    ]
    set_balance(shop, None)
    gateway_calls.clear()
    sweep_repeatedly(shop, 3, days=1)
    assert refund(admin, paid_order_id, 10_000, "click-1").status == 200, "the same request is answered"
    assert refund_posts(gateway_calls) == []
    assert waiting_metrics(project, capsys) == (0, 0)
    assert (shop.payment(paid_order_id).refunded_amount, next_poll_at(shop.payment(paid_order_id))) == (10_000, None)
    assert breaches() == []


def reject_with_another_reason_each_time(shop: Storefront, monkeypatch: pytest.MonkeyPatch) -> None:
    """The balance is empty, and Razorpay's text contains the number of the request."""
    set_balance(shop, 0)
    post, numbers = razorpay.refund, count(1)

    def refund_once(*arguments: Any) -> Json:
        try:
            return post(*arguments)
        except GatewayRejected as error:
            description = f"no balance, request {next(numbers)}"
            raise GatewayRejected(error.status, {**error.error, "description": description}) from error

    monkeypatch.setattr(razorpay, "refund", refund_once)


def minutes_of_attempts(shop: Storefront, gateway_calls: list[str], until: int) -> list[int]:
    """The minutes of each refund that a sweep requests from Razorpay; a sweep runs every five minutes."""
    attempts = []
    for minutes in range(5, until, 5):
        shop.clock.advance(minutes=5)
        gateway_calls.clear()
        shop.sweep()
        attempts += [minutes] * len(refund_posts(gateway_calls))
    return attempts


class TestRejectedForNow:
    ATTEMPTS_AFTER_MINUTES: ClassVar[list[int]] = [15, 30, 60, 120, 240, 480, 960, 1_920, 3_360]

    @pytest.mark.parametrize("amount", [10_000, None])
    def test_request_without_balance_returns_200_and_is_retried_after_doubling_delays(
        self, shop: Storefront, admin: Api, paid_order_id: str, gateway_calls: list[str], amount: int | None
    ) -> None:
        set_balance(shop, 0)
        answer = refund(admin, paid_order_id, amount, "click-1")
        assert (answer.status, answer.json["payment"]["refund_error"]) == (200, NO_BALANCE)
        assert next_poll_at(shop.payment(paid_order_id)) == "23 12:15"
        assert minutes_of_attempts(shop, gateway_calls, 3 * 24 * 60) == self.ATTEMPTS_AFTER_MINUTES

    def test_duplicate_capture_without_balance_is_retried_after_doubling_delays(
        self, shop: Storefront, student: Api, gateway_calls: list[str]
    ) -> None:
        order_with_duplicate_captures(shop, student)
        set_balance(shop, 0)
        shop.sweep()
        assert minutes_of_attempts(shop, gateway_calls, 5 * 60) == [15, 30, 60, 120, 240]

    @pytest.mark.parametrize("amount", [10_000, None])
    def test_request_with_another_reason_each_time_is_retried_after_doubling_delays(
        self,
        shop: Storefront,
        admin: Api,
        paid_order_id: str,
        gateway_calls: list[str],
        monkeypatch: pytest.MonkeyPatch,
        amount: int | None,
    ) -> None:
        reject_with_another_reason_each_time(shop, monkeypatch)
        refund(admin, paid_order_id, amount, "click-1")
        assert minutes_of_attempts(shop, gateway_calls, 3 * 24 * 60) == self.ATTEMPTS_AFTER_MINUTES
        assert shop.payment(paid_order_id).refund_refused == "400 BAD_REQUEST_ERROR: no balance, request 10"
        set_balance(shop, None)
        shop.clock.advance(days=1)
        shop.sweep()
        assert shop.payment(paid_order_id).refund_refused_since is None
        assert (len(shop.gateway.ledger.refunds), breaches()) == (1, [])

    def test_duplicate_capture_with_another_reason_each_time_is_retried_after_doubling_delays(
        self, shop: Storefront, student: Api, gateway_calls: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        order_with_duplicate_captures(shop, student)
        reject_with_another_reason_each_time(shop, monkeypatch)
        shop.sweep()
        assert minutes_of_attempts(shop, gateway_calls, 5 * 60) == [15, 30, 60, 120, 240]

    def test_rejection_for_another_reason_is_recorded_and_its_delay_doubles(
        self, shop: Storefront, admin: Api, paid_order_id: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        set_balance(shop, 0)
        emitted_metrics(capsys)
        refund(admin, paid_order_id, 10_000, "click-1")
        sweep_repeatedly(shop, 3, minutes=15)
        assert emitted_metrics(capsys)["refunds", "refunds_rejected"] == 1, "each reason is counted once"
        shop.control("PATCH", "settings", {"vague_balance_error": True})
        sweep_repeatedly(shop, 1, minutes=15)
        [shown] = shown_requests(admin, paid_order_id)
        assert (shown["status"], shown["rejection"]) == ("open", f"400 BAD_REQUEST_ERROR: {INVALID_REQUEST}")
        assert next_poll_at(shop.payment(paid_order_id)) == "23 14:00"
        assert emitted_metrics(capsys)["refunds", "refunds_rejected"] == 1

    def test_repeated_request_is_tried_again_at_once(self, shop: Storefront, admin: Api, paid_order_id: str) -> None:
        set_balance(shop, 0)
        refund(admin, paid_order_id, 10_000, "click-1")
        set_balance(shop, None)
        answer = refund(admin, paid_order_id, 10_000, "click-1")
        [shown] = answer.json["payment"]["refund_requests"]
        assert (answer.status, shown["status"], len(shop.gateway.ledger.refunds)) == (200, "made", 1)

    @pytest.mark.parametrize("amount", [None, PRICE])
    def test_repeated_full_refund_is_tried_again_at_once(
        self, shop: Storefront, admin: Api, paid_order_id: str, amount: int | None
    ) -> None:
        set_balance(shop, 0)
        answer = refund(admin, paid_order_id, amount, "click-1")
        assert (answer.status, answer.json["payment"]["status"]) == (200, "refund_pending")
        assert answer.json["payment"]["refund_error"] == NO_BALANCE
        set_balance(shop, None)
        answer = refund(admin, paid_order_id, amount, "click-1")
        assert (answer.status, [each["amount"] for each in answer.json["payment"]["refunds"]]) == (200, [PRICE])

    def test_failed_refund_of_request_is_known_and_tried_again_by_the_same_request(
        self, shop: Storefront, admin: Api, paid_order_id: str, refund_idempotency_keys: dict[str, Any]
    ) -> None:
        """No dead end between a failed refund and the next sweep."""
        shop.control("PATCH", "settings", {"refunds": "fail"})
        refund(admin, paid_order_id, 10_000, "click-1")
        shop.clock.advance(minutes=1)
        shop.gateway.tick()
        shop.deliver()
        answer = refund(admin, paid_order_id, 10_000, "click-1")
        [shown] = answer.json["payment"]["refund_requests"]
        assert (answer.status, shown["status"], shown["failed"]) == (200, "made", 1)
        name = refund_request_id(paid_order_id, "click-1")
        assert list(refund_idempotency_keys) == [f"refund-{name}", f"refund-{name}-1"]

    def test_rejected_request_does_not_delay_another(self, shop: Storefront, admin: Api, paid_order_id: str) -> None:
        set_balance(shop, 5_000)
        refund(admin, paid_order_id, 10_000, "click-1")
        answer = refund(admin, paid_order_id, 5_000, "click-2")
        statuses = {each["amount"]: each["status"] for each in answer.json["payment"]["refund_requests"]}
        assert statuses == {10_000: "open", 5_000: "made"}

    def test_new_request_that_timed_out_beside_one_rejected_for_days_is_retried_in_minutes(
        self, shop: Storefront, admin: Api, paid_order_id: str
    ) -> None:
        """Only refunds that Razorpay keeps rejecting wait up to a day."""
        set_balance(shop, 0)
        refund(admin, paid_order_id, 30_000, "old")
        sweep_repeatedly(shop, 20, hours=8)
        set_balance(shop, 5_000)
        drop = {"kind": "drop", "path": ".*/refund", "method": "POST", "after": 1, "times": 1}
        shop.control("POST", "faults", drop)
        assert refund(admin, paid_order_id, 5_000, "new").status == 200
        shop.control("POST", "faults", drop)
        sweep_repeatedly(shop, 12, minutes=5)
        statuses = {each["amount"]: each["status"] for each in shown_requests(admin, paid_order_id)}
        assert statuses == {30_000: "open", 5_000: "made"}
