"""The browser returns from Checkout: the signature alone grants the course, without a call to Razorpay."""

import json
from collections.abc import Callable

import pytest

from shared.db.table import keys, store
from tests.fixtures.api import Api
from tests.fixtures.logs import captured_logs
from tests.fixtures.memory_dynamodb.client import MemoryDynamoDb
from tests.fixtures.storefront import Storefront
from tests.fixtures.table_snapshot import snapshot
from tests.protocol.stored_state import enrollment_history, next_poll_at, payment_history


def test_verify_signed_checkout_grants_access_and_polls_in_15_minutes(
    shop: Storefront, student: Api, gateway_calls: list[str]
) -> None:
    order_id = shop.create_order(student)["order_id"]
    checkout = shop.pay(order_id)
    gateway_calls.clear()

    answer = shop.verify(student, checkout)

    assert answer.status == 200
    assert (answer.json["payment"]["status"], answer.json["enrollment"]["status"]) == ("authorized", "active")
    assert gateway_calls == []
    assert next_poll_at(shop.payment(order_id)) == "23 12:15"
    paid = checkout["razorpay_payment_id"]
    assert payment_history(order_id) == [
        ("SignedCheckout", "checkout", {"status": "authorized", "reason": None, "payment_id": paid})
    ]
    [ordered, opened] = enrollment_history(student, shop.course.course_id)
    assert (ordered[0], ordered[1], ordered[2]["status"]) == ("order_created", "learner", "pending")
    assert (opened[0], opened[1]) == ("SignedCheckout", "checkout")
    assert (opened[2]["status"], opened[2]["granted_by"]) == ("active", order_id)


def test_verify_signed_checkout_costs_two_reads_and_one_write(
    shop: Storefront, student: Api, dynamodb: MemoryDynamoDb
) -> None:
    checkout = shop.pay(shop.create_order(student)["order_id"])
    dynamodb.calls.clear()
    shop.verify(student, checkout)
    assert [call.split()[0] for call in dynamodb.calls] == ["GetItem", "BatchGetItem", "TransactWriteItems"]


def test_verify_same_checkout_again_returns_same_response_and_writes_nothing(shop: Storefront, student: Api) -> None:
    checkout = shop.pay(shop.create_order(student)["order_id"])
    first = shop.verify(student, checkout)
    before = snapshot()
    again = shop.verify(student, checkout)
    assert (again.status, again.text) == (first.status, first.text)
    assert snapshot() == before


@pytest.mark.parametrize("owner", ["another learner", "none"])
def test_verify_by_other_learner_or_for_unknown_order_returns_404(
    shop: Storefront, student: Api, new_user: Callable[[str], Api], owner: str
) -> None:
    checkout = shop.pay(shop.create_order(student)["order_id"])
    if owner == "none":
        checkout["razorpay_order_id"] = "order_AAAAAAAAAAAAAA"
    learner = new_user("student") if owner == "another learner" else student
    before = snapshot()
    answer = shop.verify(learner, checkout)
    assert (answer.status, answer.code) == (404, "order_not_found")
    assert snapshot() == before


def test_verify_forged_signature_returns_400_and_is_logged(shop: Storefront, student: Api) -> None:
    order_id = shop.create_order(student)["order_id"]
    checkout = {**shop.pay(order_id), "razorpay_signature": "0" * 64}
    before = snapshot()
    with captured_logs() as lines:
        answer = shop.verify(student, checkout)
    assert (answer.status, answer.code) == (400, "signature_invalid")
    assert snapshot() == before
    line = json.loads(lines.getvalue().splitlines()[0])
    assert (line["level"], line["message"], line["order_id"]) == ("WARNING", "checkout signature rejected", order_id)


def test_verify_payment_deleted_meanwhile_returns_404(shop: Storefront, student: Api, dynamodb: MemoryDynamoDb) -> None:
    order_id = shop.create_order(student)["order_id"]
    checkout = shop.pay(order_id)
    dynamodb.run_before("TransactWriteItems", lambda: store.delete(keys.payment(order_id)))
    answer = shop.verify(student, checkout)
    assert (answer.status, answer.code) == (404, "order_not_found")
    assert shop.enrollment(student).status == "pending"
