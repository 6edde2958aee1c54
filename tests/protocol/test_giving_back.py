"""Money goes back once, whatever answer is lost: the gateway's refunds are read first, and each has a key that follows
from its request, or from the payment and how many refunds of it failed."""

import hashlib
import json
from typing import Any

import pytest

from functions.payments.decision import Verdict
from functions.payments.refunds import request_refund
from shared import clock
from shared.db import keys, store
from shared.lifecycle import Role
from shared.tokens import Caller
from tests.api import Api, Reply
from tests.contents import contents
from tests.logs import logged
from tests.protocol.memory import Memory
from tests.protocol.read_back import next_look, payment_steps
from tests.shop import PRICE, Shop


@pytest.fixture
def refund_keys(shop: Shop) -> dict[str, tuple[str, str]]:
    """Every idempotency key that refunds were asked for with."""
    return shop.gateway.ledger.refund_keys


def refund(admin: Api, order_id: str, amount: int | None = None, key: str | None = None) -> Reply:
    body: dict[str, Any] = {"reason": "asked by mail"} | ({"amount": amount} if amount else {})
    return admin.post(f"/api/payments/{order_id}/refund", body, headers={"Idempotency-Key": key} if key else None)


def name_of(order_id: str, key: str) -> str:
    return hashlib.sha256(f"{order_id}:{key}".encode()).hexdigest()[:24]


def asked_back(payment_id: str, amount: int = PRICE) -> list[str]:
    """What is asked of the gateway to give back that much."""
    return [
        f"GET /v1/payments/{payment_id}/refunds?count=100&skip=0",
        f'POST /v1/payments/{payment_id}/refund {{"amount": {amount}}}',
    ]


class TestMoneyNobodyWants:
    @pytest.fixture
    def unwanted(self, shop: Shop, student: Api) -> str:
        """The order id of money that came after the learner had left."""
        order_id: str = shop.order(student)["order_id"]
        student.delete(f"/api/enrollments/{shop.course.course_id}")
        shop.pay(order_id)
        shop.deliver("payment.captured")
        return order_id

    def test_goes_back_with_the_next_sweep(
        self, shop: Shop, unwanted: str, asked: list[str], refund_keys: dict[str, Any]
    ) -> None:
        payment = shop.payment(unwanted)
        assert (payment.status, payment.reason, next_look(payment)) == ("refund_pending", "not_wanted", "23 12:00")
        assert shop.sweep() == {"recorded": 1}
        assert asked == asked_back(payment.payment_id)
        assert list(refund_keys) == [f"refund-{payment.payment_id}"]
        assert next_look(shop.payment(unwanted)) == "23 12:15"
        assert [step[:2] for step in payment_steps(unwanted)] == [("Captured", "webhook"), ("Refunded", "sweep")]

    def test_is_settled_when_the_gateway_has_done_it(self, shop: Shop, unwanted: str, asked: list[str]) -> None:
        shop.sweep()
        asked.clear()
        shop.time.pass_time(minutes=15)
        shop.gateway.tick()
        assert shop.sweep() == {"refund_refunded": 1}
        assert len(asked) == 1, "its refunds are read, and nothing more is asked for"
        payment = shop.payment(unwanted)
        assert (payment.status, payment.reason, payment.refunded_amount) == ("refunded", "not_wanted", PRICE)
        assert shop.control("GET", "books")["refunded"] == PRICE

    def test_is_waited_for_while_it_is_on_its_way(self, shop: Shop, unwanted: str, asked: list[str]) -> None:
        shop.control("PATCH", "settings", {"refunds": "hold"})
        shop.sweep()
        assert next_look(shop.payment(unwanted)) == "23 12:15"
        asked.clear()
        shop.time.pass_time(minutes=15)
        assert shop.sweep() == {"refund_refund_pending": 1}
        assert len(asked) == 1

    @pytest.mark.parametrize("kind", ["lose_answer", "drop"])
    def test_goes_back_once_though_an_answer_is_lost(
        self, shop: Shop, unwanted: str, kind: str, refund_keys: dict[str, Any]
    ) -> None:
        shop.control("POST", "faults", {"kind": kind, "method": "POST"})
        assert shop.sweep() == {"left": 1}
        shop.time.pass_time(minutes=4)
        shop.sweep()
        assert len(refund_keys) == len(shop.gateway.ledger.refunds) == 1
        shop.time.pass_time(minutes=16)
        shop.sweep()
        assert shop.payment(unwanted).status == "refunded"
        assert shop.control("GET", "books")["refunded"] == PRICE

    def test_is_asked_for_under_another_key_when_the_refund_failed(
        self, shop: Shop, unwanted: str, refund_keys: dict[str, Any]
    ) -> None:
        shop.control("PATCH", "settings", {"refunds": "fail"})
        for minutes in (15, 30, 60):
            shop.sweep()
            shop.time.pass_time(minutes=minutes)
            shop.gateway.tick()
        paid = shop.payment(unwanted).payment_id
        assert list(refund_keys) == [f"refund-{paid}", f"refund-{paid}-1", f"refund-{paid}-2"]
        assert [each["status"] for each in shop.payment(unwanted).refunds.as_dict().values()] == [
            "failed",
            "failed",
            "pending",
        ]

    def test_is_not_asked_for_when_the_gateways_dashboard_gave_it_back(
        self, shop: Shop, unwanted: str, refund_keys: dict[str, Any]
    ) -> None:
        made = shop.control("POST", f"payments/{shop.payment(unwanted).payment_id}/refund", {"amount": PRICE})
        shop.control("POST", f"refunds/{made['id']}/process")
        assert shop.sweep() == {"refund_refunded": 1}
        assert list(refund_keys) == []

    def test_is_asked_for_in_the_part_that_is_left(self, shop: Shop, unwanted: str) -> None:
        shop.control("POST", f"payments/{shop.payment(unwanted).payment_id}/refund", {"amount": 10_000})
        shop.sweep()
        assert sorted(each.amount for each in shop.gateway.ledger.refunds.values()) == [10_000, PRICE - 10_000]

    def test_is_asked_for_to_the_last_paisa(self, shop: Shop, unwanted: str, asked: list[str]) -> None:
        """Too little for the gateway, which says so: it is left, and seen."""
        paid = shop.payment(unwanted).payment_id
        shop.control("POST", f"payments/{paid}/refund", {"amount": PRICE - 1})
        asked.clear()
        assert shop.sweep() == {"left": 1}
        assert asked == asked_back(paid, 1)

    def test_of_a_row_that_is_gone_is_asked_for_all_the_same(self, shop: Shop, unwanted: str, memory: Memory) -> None:
        memory.before("GetItem", lambda: store.delete(keys.payment(unwanted)))
        assert shop.sweep() == {"gone": 1}
        assert len(shop.gateway.ledger.refunds) == 1


class TestASecondCapture:
    """Razorpay takes one payment for an order; should it not, what came second goes back and touches nothing else."""

    @pytest.fixture
    def second(self, shop: Shop, student: Api) -> str:
        """The payment id of the second capture; the first is settled, and the course is open."""
        order_id = shop.order(student)["order_id"]
        payment_id: str = shop.pay(order_id, "created")["razorpay_payment_id"]
        shop.pay(order_id)
        shop.deliver()
        shop.sweep()
        shop.control("POST", f"payments/{payment_id}/late_authorize", {"capture": True, "even_if_paid": True})
        shop.deliver("payment.captured")
        return payment_id

    @pytest.fixture
    def order_id(self, shop: Shop, second: str) -> str:
        return shop.gateway.ledger.payments[second].order_id

    def test_goes_back_with_the_next_sweep_and_alone(
        self,
        shop: Shop,
        student: Api,
        second: str,
        order_id: str,
        asked: list[str],
        refund_keys: dict[str, Any],
    ) -> None:
        assert shop.sweep() == {"refund_captured": 1}
        first = shop.payment(order_id).payment_id
        assert asked == [asked_back(first)[0], *asked_back(second)]
        assert list(refund_keys) == [f"refund-{second}"]
        assert [step[0] for step in payment_steps(order_id)][-2:] == ["Captured", "Refunded"]
        payment = shop.payment(order_id)
        assert (payment.refunded_amount, next_look(payment)) == (0, "23 12:15")
        assert shop.states(student, order_id) == ("captured", "active")

    def test_is_waited_for_and_not_asked_for_twice(
        self, shop: Shop, second: str, order_id: str, refund_keys: dict[str, Any]
    ) -> None:
        shop.control("PATCH", "settings", {"refunds": "hold"})
        for _ in range(3):
            assert shop.sweep() == {"refund_captured": 1}
            shop.time.pass_time(minutes=15)
        shop.control("PATCH", "settings", {"refunds": "process"})
        shop.gateway.tick()
        assert shop.sweep() == {"refund_captured": 1}
        assert list(refund_keys) == [f"refund-{second}"]
        [refund] = shop.payment(order_id).surplus.as_dict()[second]["refunds"].values()
        assert refund == {"amount": PRICE, "status": "processed"}
        assert next_look(shop.payment(order_id)) is None

    def test_is_asked_for_under_another_key_when_the_refund_failed(
        self, shop: Shop, second: str, refund_keys: dict[str, Any]
    ) -> None:
        shop.control("PATCH", "settings", {"refunds": "fail"})
        for minutes in (15, 30):
            shop.sweep()
            shop.time.pass_time(minutes=minutes)
            shop.gateway.tick()
        assert list(refund_keys) == [f"refund-{second}", f"refund-{second}-1"]

    def test_goes_back_also_when_the_first_is_refunded(
        self, shop: Shop, second: str, order_id: str, asked: list[str], refund_keys: dict[str, Any]
    ) -> None:
        first = shop.payment(order_id).payment_id
        made = shop.control("POST", f"payments/{first}/refund", {"amount": PRICE})
        shop.control("POST", f"refunds/{made['id']}/process")
        shop.deliver("refund.processed")
        assert (shop.payment(order_id).status, next_look(shop.payment(order_id))) == ("refunded", "23 12:00")
        assert shop.sweep() == {"refund_refunded": 1}
        assert asked == asked_back(second), "the first is settled, and not asked about"
        assert list(refund_keys) == [f"refund-{second}"]

    def test_is_asked_for_to_the_last_paisa(self, shop: Shop, second: str, asked: list[str]) -> None:
        shop.control("POST", f"payments/{second}/refund", {"amount": PRICE - 1})
        assert shop.sweep() == {"left": 1}
        assert asked[-2:] == asked_back(second, 1)

    def test_that_was_charged_back_is_not_given_back(
        self, shop: Shop, second: str, order_id: str, refund_keys: dict[str, Any]
    ) -> None:
        shop.control("POST", f"payments/{second}/dispute", {"status": "lost"})
        shop.deliver("payment.dispute.lost")
        assert next_look(shop.payment(order_id)) == "23 12:15"
        shop.time.pass_time(minutes=15)
        assert shop.sweep() == {"refund_captured": 1}
        assert (next_look(shop.payment(order_id)), list(refund_keys)) == (None, [])

    def test_of_a_row_that_is_gone_is_left_alone(self, shop: Shop, order_id: str, memory: Memory) -> None:
        memory.before("GetItem", lambda: store.delete(keys.payment(order_id)))
        assert shop.sweep() == {"refund_captured": 1}
        assert len(shop.gateway.ledger.refunds) == 0


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

    @pytest.mark.parametrize(("amount", "verdict"), [(None, Verdict.TO_REFUND), (10_000, Verdict.RECORDED)])
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


class TestWhatTheGatewayWillNot:
    def test_a_part_that_failed_is_asked_for_again_under_another_key(
        self, shop: Shop, admin: Api, paid: str, refund_keys: dict[str, Any]
    ) -> None:
        shop.control("PATCH", "settings", {"refunds": "fail"})
        assert refund(admin, paid, 10_000, "click-1").status == 200
        shop.time.pass_time(minutes=1)
        shop.gateway.tick()
        shop.deliver()
        shop.control("PATCH", "settings", {"refunds": "process"})
        shop.time.pass_time(hours=1)
        shop.sweep()
        shop.time.pass_time(hours=1)
        shop.sweep()
        name = name_of(paid, "click-1")
        assert list(refund_keys) == [f"refund-{name}", f"refund-{name}-1"]
        payment = shop.payment(paid)
        assert (payment.status, payment.refunded_amount, payment.gsi2sk) == ("captured", 10_000, None)

    def test_a_part_that_is_refused_is_told_and_no_longer_asked_for(self, shop: Shop, admin: Api, paid: str) -> None:
        """The gateway has given most of it back meanwhile, and its page tells so a moment too late."""
        payment_id = shop.payment(paid).payment_id
        shop.control("POST", "faults", {"kind": "500", "method": "GET", "times": 3})
        shop.control("POST", f"payments/{payment_id}/refund", {"amount": 40_000})
        assert refund(admin, paid, 20_000, "click-1").status == 200
        assert shop.sweep() == {"refund_captured": 1}
        payment = shop.payment(paid)
        assert payment.refund_requests.as_dict() == {}
        assert "greater than amount captured" in payment.refund_refused
        assert refund(admin, paid).json["payment"]["status"] == "refund_pending"

    def test_a_refusal_is_the_answer_to_the_admin(self, shop: Shop, admin: Api, paid: str) -> None:
        shop.control("POST", f"payments/{shop.payment(paid).payment_id}/dispute", {"status": "lost"})
        answer = refund(admin, paid, 10_000, "click-1")
        assert (answer.status, answer.code) == (409, "refund_refused")
        assert "Nothing of the payment is left" in answer.json["detail"]
        assert shop.payment(paid).refund_requests.as_dict() == {}

    def test_the_whole_goes_on_being_tried_and_the_admin_sees_why_not(self, shop: Shop, admin: Api, paid: str) -> None:
        shop.control("POST", f"payments/{shop.payment(paid).payment_id}/dispute", {"status": "lost"})
        assert refund(admin, paid).json["payment"]["status"] == "refund_pending"
        version = shop.payment(paid).version
        for _ in range(3):
            shop.time.pass_time(minutes=10)
            assert shop.sweep() == {"left": 1}
        assert "Nothing of the payment is left" in shop.payment(paid).refund_refused
        assert shop.payment(paid).version == version, "told once"

    @pytest.mark.parametrize(
        ("amount", "days", "code"), [(PRICE - 50, 0, "refund_leaves_too_little"), (None, 181, "refund_too_late")]
    )
    def test_what_could_never_be_done_is_not_promised(
        self, shop: Shop, admin: Api, paid: str, amount: int | None, days: int, code: str
    ) -> None:
        shop.time.pass_time(days=days)
        before = contents()
        answer = refund(admin, paid, amount, "k")
        assert (answer.status, answer.code) == (409, code)
        assert contents() == before

    def test_the_rest_has_a_key_of_its_own_amount(
        self, shop: Shop, admin: Api, paid: str, refund_keys: dict[str, Any]
    ) -> None:
        """The gateway takes a key for one body alone."""
        payment_id = shop.payment(paid).payment_id
        shop.control("POST", f"payments/{payment_id}/refund", {"amount": 10_000})
        refund(admin, paid)
        assert list(refund_keys) == [f"refund-{payment_id}-of-{PRICE - 10_000}"]

    def test_all_that_is_left_under_a_key_again_is_the_same(self, admin: Api, paid: str) -> None:
        first, again = refund(admin, paid, PRICE, "k"), refund(admin, paid, PRICE, "k")
        assert (first.status, again.status, again.json["payment"]["status"]) == (200, 200, "refund_pending")
        assert refund(admin, paid, PRICE - 1_000, "k").code == "idempotency_key_reused"
