"""The browser comes back from Checkout: the signature alone opens the course, and the gateway is not asked."""

import json
from collections.abc import Callable

import pytest

from shared.db import keys, store
from tests.api import Api
from tests.contents import contents
from tests.logs import logged
from tests.protocol.memory import Memory
from tests.protocol.read_back import enrollment_steps, next_look, payment_steps
from tests.shop import Shop


def test_a_signed_checkout_opens_the_course_and_the_money_is_looked_for_in_a_quarter_of_an_hour(
    shop: Shop, student: Api, asked: list[str]
) -> None:
    order_id = shop.order(student)["order_id"]
    checkout = shop.pay(order_id)
    asked.clear()

    answer = shop.verify(student, checkout)

    assert answer.status == 200
    assert (answer.json["payment"]["status"], answer.json["enrollment"]["status"]) == ("authorized", "active")
    assert asked == []
    assert next_look(shop.payment(order_id)) == "23 12:15"
    paid = checkout["razorpay_payment_id"]
    assert payment_steps(order_id) == [
        ("SignedCheckout", "checkout", {"status": "authorized", "reason": None, "payment_id": paid})
    ]
    [ordered, opened] = enrollment_steps(student, shop.course.course_id)
    assert (ordered[0], ordered[1], ordered[2]["status"]) == ("order_created", "learner", "pending")
    assert (opened[0], opened[1]) == ("SignedCheckout", "checkout")
    assert (opened[2]["status"], opened[2]["granted_by"]) == ("active", order_id)


def test_it_costs_two_reads_and_one_write(shop: Shop, student: Api, memory: Memory) -> None:
    checkout = shop.pay(shop.order(student)["order_id"])
    memory.calls.clear()
    shop.verify(student, checkout)
    assert [call.split()[0] for call in memory.calls] == ["GetItem", "BatchGetItem", "TransactWriteItems"]


def test_the_same_checkout_again_gives_the_same_answer_and_writes_nothing(shop: Shop, student: Api) -> None:
    checkout = shop.pay(shop.order(student)["order_id"])
    first = shop.verify(student, checkout)
    before = contents()
    again = shop.verify(student, checkout)
    assert (again.status, again.text) == (first.status, first.text)
    assert contents() == before


@pytest.mark.parametrize("whose", ["somebody else's", "nobody's"])
def test_only_the_payer_may_bring_it(shop: Shop, student: Api, new_user: Callable[[str], Api], whose: str) -> None:
    checkout = shop.pay(shop.order(student)["order_id"])
    if whose == "nobody's":
        checkout["razorpay_order_id"] = "order_AAAAAAAAAAAAAA"
    learner = new_user("student") if whose == "somebody else's" else student
    before = contents()
    answer = shop.verify(learner, checkout)
    assert (answer.status, answer.code) == (404, "order_not_found")
    assert contents() == before


def test_a_made_up_signature_changes_nothing_and_is_logged_for_the_alarm(shop: Shop, student: Api) -> None:
    order_id = shop.order(student)["order_id"]
    checkout = {**shop.pay(order_id), "razorpay_signature": "0" * 64}
    before = contents()
    with logged() as lines:
        answer = shop.verify(student, checkout)
    assert (answer.status, answer.code) == (400, "signature_invalid")
    assert contents() == before
    line = json.loads(lines.getvalue().splitlines()[0])
    assert (line["level"], line["message"], line["order_id"]) == ("WARNING", "checkout signature rejected", order_id)


def test_a_row_that_is_gone_meanwhile_is_no_order_of_ours(shop: Shop, student: Api, memory: Memory) -> None:
    order_id = shop.order(student)["order_id"]
    checkout = shop.pay(order_id)
    memory.before("TransactWriteItems", lambda: store.delete(keys.payment(order_id)))
    answer = shop.verify(student, checkout)
    assert (answer.status, answer.code) == (404, "order_not_found")
    assert shop.enrollment(student).status == "pending"
