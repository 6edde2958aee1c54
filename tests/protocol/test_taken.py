"""Money that goes back without a refund of the gateway's: what a bank takes, and what an admin returns by hand."""

from typing import Any

import pytest

from functions.payments import views
from functions.payments.schemas import OtherReversalOut
from shared.db import store
from shared.db.entities import AuditEntry
from tests.api import Api
from tests.contents import contents
from tests.protocol.memory import Memory
from tests.protocol.read_back import books_of, breaches, next_look, payment_steps
from tests.protocol.returns import by_hand, lose
from tests.shop import PRICE, Shop, refund


class TestALostDispute:
    def test_over_a_part_leaves_the_course_open(self, shop: Shop, student: Api, paid: str) -> None:
        lose(shop, shop.payment(paid).payment_id, 10_000)
        assert shop.states(student, paid) == ("captured", "active")
        assert (shop.payment(paid).refunded_amount, books_of(shop, paid)) == (10_000, (PRICE, 10_000))
        shop.deliver("payment.dispute.lost", again=True)
        assert shop.payment(paid).refunded_amount == 10_000

    def test_over_the_rest_ends_it(self, shop: Shop, student: Api, paid: str) -> None:
        lose(shop, shop.payment(paid).payment_id, 10_000)
        lose(shop, shop.payment(paid).payment_id, PRICE - 10_000)
        assert shop.states(student, paid) == ("refunded", "cancelled")
        assert shop.enrollment(student).reason == "chargeback"
        assert books_of(shop, paid) == (PRICE, PRICE)

    def test_leaves_only_the_rest_to_be_refunded(self, shop: Shop, admin: Api, paid: str) -> None:
        lose(shop, shop.payment(paid).payment_id, 10_000)
        assert refund(admin, paid).status == 200
        assert [each.amount for each in shop.gateway.ledger.refunds.values()] == [PRICE - 10_000]
        shop.time.pass_time(minutes=15)
        shop.gateway.tick()
        shop.sweep()
        assert (shop.payment(paid).status, books_of(shop, paid)) == ("refunded", (PRICE, PRICE))

    def test_while_a_refund_is_under_way_is_a_loss_that_the_books_show(self, shop: Shop, admin: Api, paid: str) -> None:
        """The money went back twice: the bank does not know of our refund."""
        refund(admin, paid)
        lose(shop, shop.payment(paid).payment_id, PRICE)
        assert (shop.payment(paid).status, shop.payment(paid).reason) == ("refunded", "chargeback")
        shop.time.pass_time(minutes=15)
        shop.gateway.tick()
        assert shop.sweep() == {"refund_refunded": 1}, "webhooks were lost; the sweep learns of the refund"
        assert books_of(shop, paid) == (PRICE, 2 * PRICE)
        assert (shop.payment(paid).refunded_amount, next_look(shop.payment(paid))) == (PRICE, None)


class TestReturnedByHand:
    def test_after_six_months_is_as_good_as_refunded(self, shop: Shop, student: Api, admin: Api, paid: str) -> None:
        shop.time.pass_time(days=181)
        assert by_hand(admin, paid, 10_000).json["payment"]["refunded_amount"] == 10_000
        assert shop.states(student, paid) == ("captured", "active")
        answer = by_hand(admin, paid, PRICE - 10_000, "UTR2")
        assert (answer.status, answer.json["payment"]["status"]) == (200, "refunded")
        assert answer.json["enrollment"]["status"] == "cancelled"
        told = views.admin_payment(shop.payment(paid)).other_reversals
        assert told == [
            OtherReversalOut(id="UTR1", amount=10_000, by="hand"),
            OtherReversalOut(id="UTR2", amount=PRICE - 10_000, by="hand"),
        ]

    def test_is_written_down_where_the_gateway_refused(self, shop: Shop, admin: Api, paid: str) -> None:
        lose(shop, shop.payment(paid).payment_id, 100, told=False)
        refund(admin, paid)
        assert "greater than amount captured" in shop.payment(paid).refund_refused
        assert by_hand(admin, paid).json["payment"]["status"] == "refunded"
        assert next_look(shop.payment(paid)) == "23 12:15", "one more look, for a refund whose answer was lost"
        shop.time.pass_time(minutes=15)
        assert shop.sweep() == {"refund_refunded": 1}
        assert next_look(shop.payment(paid)) is None

    def test_leaves_an_entry_of_who_why_and_what(self, shop: Shop, admin: Api, paid: str) -> None:
        shop.time.pass_time(days=181)
        by_hand(admin, paid, 10_000)
        [partition] = {each[0] for each in contents() if each[0].startswith("AUDIT#")}
        [entry] = [each for each in store.query_all(partition) if isinstance(each, AuditEntry)]
        assert (entry.admin_id, entry.action, entry.subject) == (admin.user_id, "payment.returned_by_hand", paid)
        assert (entry.reason, entry.before) == ("by bank transfer", {"status": "captured"})
        payment_id = shop.payment(paid).payment_id
        asked = {"amount": 10_000, "reference": "UTR1", "payment_id": payment_id}
        assert entry.after == {**asked, "status": "captured"}

    def test_of_held_money_that_the_gateway_refused(self, shop: Shop, student: Api, admin: Api) -> None:
        order_id = shop.order(student)["order_id"]
        other = shop.pay(order_id, amount=PRICE - 100)["razorpay_payment_id"]
        shop.deliver()
        early = by_hand(admin, order_id, 1_000, payment_id=other)
        assert (early.status, early.code) == (409, "refundable_at_gateway")
        lose(shop, other, 100, told=False)
        refund(admin, order_id, payment_id=other)
        late = by_hand(admin, order_id, 1_000, payment_id=other)
        assert (late.status, late.json["payment"]["status"]) == (200, "failed")

    def test_the_same_reference_is_the_same_return(self, shop: Shop, admin: Api, paid: str) -> None:
        shop.time.pass_time(days=181)
        by_hand(admin, paid, 10_000)
        before = contents()
        assert by_hand(admin, paid, 10_000).json["payment"]["refunded_amount"] == 10_000
        other = by_hand(admin, paid, 20_000)
        assert (other.status, other.code) == (409, "reference_reused")
        assert contents() == before

    def test_is_not_for_what_the_gateway_can_give_back(self, admin: Api, paid: str) -> None:
        before = contents()
        answer = by_hand(admin, paid)
        assert (answer.status, answer.code) == (409, "refundable_at_gateway")
        assert contents() == before

    @pytest.mark.parametrize(
        ("amount", "fields", "code"),
        [
            (PRICE + 1, {}, "refund_too_large"),
            (1, {"payment_id": "pay_ZZZZZZZZZZZZZZ"}, "refund_too_large"),
            (0, {}, "invalid"),
            (1, {"reference": "a b"}, "invalid"),
            (1, {"reason": ""}, "invalid"),
        ],
    )
    def test_what_cannot_be_is_refused(
        self, shop: Shop, admin: Api, paid: str, amount: int, fields: dict[str, Any], code: str
    ) -> None:
        shop.time.pass_time(days=181)
        before = contents()
        assert by_hand(admin, paid, amount, **fields).code == code
        assert contents() == before

    def test_an_order_without_money_has_nothing_to_return(self, shop: Shop, student: Api, admin: Api) -> None:
        order_id = shop.order(student)["order_id"]
        shop.time.pass_time(days=181)
        before = contents()
        assert by_hand(admin, order_id, 1).code == "not_refundable"
        assert by_hand(admin, "order_ZZZZZZZZZZZZZZ", 1).code == "order_not_found"
        assert contents() == before

    def test_of_money_beside_the_payment_that_counts(self, shop: Shop, student: Api, admin: Api) -> None:
        order_id = shop.order(student)["order_id"]
        shop.pay(order_id, amount=PRICE - 1)
        shop.deliver()
        [payment_id] = shop.gateway.ledger.payments
        shop.time.pass_time(days=181)
        assert by_hand(admin, order_id, PRICE - 1, payment_id=payment_id).status == 200
        assert shop.payment(order_id).reason == "refunded"
        shop.time.pass_time(minutes=15)
        shop.sweep()
        assert next_look(shop.payment(order_id)) is None

    def test_twice_at_once_is_once(self, shop: Shop, admin: Api, paid: str, memory: Memory) -> None:
        shop.time.pass_time(days=181)
        memory.before("TransactWriteItems", lambda: by_hand(admin, paid, 10_000))
        assert by_hand(admin, paid, 10_000).status == 200
        assert shop.payment(paid).refunded_amount == 10_000
        assert [step[0] for step in payment_steps(paid)][-2:] == ["Captured", "ReturnedByHand"]

    def test_two_at_once_never_return_more_than_there_is(
        self, shop: Shop, admin: Api, paid: str, memory: Memory
    ) -> None:
        shop.time.pass_time(days=181)
        memory.before("TransactWriteItems", lambda: by_hand(admin, paid, PRICE - 1, "UTR2"))
        assert by_hand(admin, paid, 2, "UTR1").code == "refund_too_large"
        assert shop.payment(paid).refunded_amount == PRICE - 1


@pytest.mark.parametrize("reference", ["self", "null", "cls", "disp_AAAAAAAAAAAAAA"])
def test_a_reference_may_be_called_anything(shop: Shop, admin: Api, paid: str, reference: str) -> None:
    shop.time.pass_time(days=181)
    assert by_hand(admin, paid, 100, reference).json["payment"]["refunded_amount"] == 100
    assert breaches() == []
