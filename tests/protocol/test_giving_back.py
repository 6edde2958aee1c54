"""An admin gives money back, and it goes back once, whatever answer is lost: each refund has a key that follows from
its request."""

import json
from typing import Any

import pytest

from functions.payments.decision import Verdict
from functions.payments.refunds import request_refund
from shared import clock
from shared.db import keys, store
from shared.lifecycle import Role
from shared.tokens import Caller
from tests.api import Api
from tests.contents import contents
from tests.logs import logged
from tests.protocol.memory import Memory
from tests.protocol.read_back import next_look, payment_steps
from tests.protocol.returns import asked_back, name_of
from tests.shop import PRICE, Shop, refund


class TestAnAdminGivesBack:
    def test_everything_at_once(
        self, shop: Shop, admin: Api, paid: str, asked: list[str], refund_keys: dict[str, Any]
    ) -> None:
        answer = refund(admin, paid)
        assert (answer.status, answer.json["payment"]["status"]) == (200, "refund_pending")
        assert (answer.json["enrollment"]["status"], answer.json["enrollment"]["reason"]) == ("cancelled", "refunded")
        [told] = answer.json["payment"]["refunds"]
        assert (told["amount"], told["status"]) == (PRICE, "pending"), "as it is stored after the gateway was asked"
        assert asked == asked_back(shop.payment(paid).payment_id)
        assert list(refund_keys) == [f"refund-{shop.payment(paid).payment_id}"]
        assert [step[:2] for step in payment_steps(paid)][-2:] == [("RefundRequested", "admin"), ("Refunded", "sweep")]

    def test_everything_again_is_the_same_and_asks_nobody(self, admin: Api, paid: str, asked: list[str]) -> None:
        first = refund(admin, paid)
        asked.clear()
        again = refund(admin, paid)
        assert (again.status, again.text) == (200, first.text)
        assert asked == []

    def test_a_part_under_its_own_key(
        self, shop: Shop, student: Api, admin: Api, paid: str, refund_keys: dict[str, Any]
    ) -> None:
        answer = refund(admin, paid, 10_000, "click-1")
        assert (answer.status, answer.json["payment"]["status"]) == (200, "captured")
        name = name_of(paid, "click-1")
        assert list(refund_keys) == [f"refund-{name}"]
        [made] = shop.gateway.ledger.refunds.values()
        assert made.amount == 10_000
        assert shop.payment(paid).refund_requests.as_dict() == {name: {"amount": 10_000, "refund_id": made.id}}
        assert shop.states(student, paid) == ("captured", "active")
        assert next_look(shop.payment(paid)) == "23 12:15"

    def test_two_parts_and_each_is_asked_for_once(
        self, shop: Shop, admin: Api, paid: str, refund_keys: dict[str, Any]
    ) -> None:
        for key in ("a", "b", "a"):
            assert refund(admin, paid, 10_000, key).status == 200
        assert list(refund_keys) == [f"refund-{name_of(paid, key)}" for key in ("a", "b")]
        shop.time.pass_time(minutes=15)
        shop.gateway.tick()
        assert shop.sweep() == {"refund_captured": 1}
        assert (shop.payment(paid).refunded_amount, next_look(shop.payment(paid))) == (20_000, None)

    def test_a_part_asked_for_while_the_sweep_looks_is_done_with_the_others(
        self, shop: Shop, admin: Api, paid: str, memory: Memory, refund_keys: dict[str, Any]
    ) -> None:
        shop.control("POST", "faults", {"kind": "drop", "method": "POST", "times": 2})
        refund(admin, paid, 10_000, "a")
        memory.before("GetItem", lambda: refund(admin, paid, 5_000, "b"))
        assert shop.sweep() == {"refund_captured": 1}
        assert list(refund_keys) == [f"refund-{name_of(paid, key)}" for key in ("a", "b")]

    @pytest.mark.parametrize("kind", ["lose_answer", "drop", "409"])
    @pytest.mark.parametrize("amount", [None, 10_000])
    def test_and_what_is_not_answered_is_done_by_the_sweep_and_once(
        self, shop: Shop, admin: Api, paid: str, kind: str, amount: int | None, refund_keys: dict[str, Any]
    ) -> None:
        shop.control("POST", "faults", {"kind": kind, "method": "POST"})
        with logged() as lines:
            answer = refund(admin, paid, amount, "click-1")
        assert answer.status == 200
        line = json.loads(lines.getvalue().splitlines()[0])
        assert (line["level"], line["message"], line["order_id"]) == ("WARNING", "refund left for the sweep", paid)
        assert "Gateway" in line["exception"]
        for _ in range(3):
            shop.sweep()
            shop.time.pass_time(minutes=16)
            shop.gateway.tick()
        assert len(refund_keys) == len(shop.gateway.ledger.refunds) == 1
        assert shop.payment(paid).refunded_amount == (amount or PRICE)
        assert shop.control("GET", "books")["refunded"] == (amount or PRICE)

    @pytest.mark.parametrize(("amount", "verdict"), [(None, Verdict.REFUND_DUE), (10_000, Verdict.RECORDED)])
    def test_and_hears_what_was_decided(self, admin: Api, paid: str, amount: int | None, verdict: Verdict) -> None:
        caller = Caller(admin.user_id, Role.ADMIN, "Admin", "ses_1", clock.now())
        assert request_refund(caller, paid, amount, "asked by mail", "k").verdict is verdict

    def test_a_row_that_goes_meanwhile_is_answered_as_it_was_written(
        self, shop: Shop, admin: Api, paid: str, memory: Memory
    ) -> None:
        shop.control("POST", "faults", {"kind": "503", "times": 3, "method": "GET"})

        def gone() -> None:
            memory.before("GetItem", lambda: store.delete(keys.payment(paid)))

        memory.before("TransactWriteItems", gone)
        answer = refund(admin, paid)
        assert (answer.status, answer.json["payment"]["status"]) == (200, "refund_pending")


class TestNothingIsGivenBack:
    @pytest.mark.parametrize(
        ("amount", "key", "status", "code"),
        [
            (10_000, None, 400, "idempotency_key_required"),
            (10_000, "", 400, "idempotency_key_required"),
            (PRICE + 1, "k", 409, "refund_too_large"),
        ],
    )
    def test_of_a_captured_payment(
        self, admin: Api, paid: str, asked: list[str], amount: int, key: str | None, status: int, code: str
    ) -> None:
        before = contents()
        answer = refund(admin, paid, amount, key)
        assert (answer.status, answer.code) == (status, code)
        assert contents() == before
        assert asked == []

    def test_of_money_that_never_came(self, shop: Shop, student: Api, admin: Api, asked: list[str]) -> None:
        order_id = shop.order(student)["order_id"]
        before = contents()
        asked.clear()
        answer = refund(admin, order_id)
        assert (answer.status, answer.code) == (409, "not_refundable")
        assert contents() == before
        assert asked == []

    def test_of_an_order_nobody_knows(self, admin: Api) -> None:
        answer = refund(admin, "order_AAAAAAAAAAAAAA")
        assert (answer.status, answer.code) == (404, "order_not_found")

    def test_when_a_key_is_used_for_another_amount(self, admin: Api, paid: str, refund_keys: dict[str, Any]) -> None:
        refund(admin, paid, 10_000, "k")
        before = contents()
        answer = refund(admin, paid, 9_000, "k")
        assert (answer.status, answer.code) == (422, "idempotency_key_reused")
        assert contents() == before
        assert len(refund_keys) == 1
