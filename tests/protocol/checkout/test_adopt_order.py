"""Orphaned orders, which are paid and not stored: only our notes at Razorpay name the payer and the course."""

from datetime import timedelta
from typing import Any

import pytest

from functions.payments.checkout.adopt_order import Adoption, OrderPayer, adopt_order, payer_from_notes
from shared.db.entities import Course
from shared.db.payments import payments
from shared.db.table import keys, store
from shared.errors import GatewayUnavailable
from shared.gateways import razorpay
from tests.fixtures.api import Api
from tests.fixtures.memory_dynamodb.client import MemoryDynamoDb
from tests.fixtures.storefront import PRICE, Storefront
from tests.fixtures.table_snapshot import snapshot
from tests.protocol.stored_state import next_poll_at

USER_ID, COURSE_ID = "usr_01J00000000000000000000001", "crs_01J00000000000000000000001"


def notes(shop: Storefront, learner: Api, **changes: str) -> dict[str, str]:
    return {"stage": "local", "user_id": learner.user_id, "course_id": shop.course.course_id, **changes}


def test_adopt_order_orphaned_order_writes_pending_payment(shop: Storefront, student: Api) -> None:
    made = shop.clock.now()
    order_id = razorpay.create_order(PRICE, "INR", "rcpt_lost", notes(shop, student))["id"]
    shop.clock.advance(minutes=7)

    assert adopt_order(order_id) is Adoption.ADOPTED

    payment = shop.payment(order_id)
    assert (payment.order_id, payment.receipt, payment.status) == (order_id, "rcpt_lost", "pending")
    assert (payment.amount, payment.currency, payment.captured_amount) == (PRICE, "INR", 0)
    assert (payment.user_id, payment.course_id) == (student.user_id, shop.course.course_id)
    assert payment.instructor_id == shop.course.instructor_id
    assert payment.window_ends_at == made + timedelta(minutes=30)
    assert (payment.created_at, payment.version) == (shop.clock.now(), 1)
    assert payment.gsi1pk == f"USER#{student.user_id}"
    assert next_poll_at(payment) == "23 12:12"
    [step] = payments.history(order_id)
    assert (step.evidence, step.source, step.number, step.at) == ("order_adopted", "gateway", 1, shop.clock.now())


def test_adopt_order_marks_course_as_ever_enrolled(shop: Storefront, student: Api) -> None:
    """The payer may be the first learner of the course, which must not be deleted from then on."""
    order_id = razorpay.create_order(PRICE, "INR", "rcpt_lost", notes(shop, student))["id"]
    adopt_order(order_id)
    course = store.get(Course, keys.course(shop.course.course_id))
    assert course
    assert course.ever_enrolled is True


def test_adopt_order_amount_and_currency_come_from_gateway_order(shop: Storefront, student: Api) -> None:
    order_id = razorpay.create_order(29_900, "USD", "rcpt_lost", notes(shop, student))["id"]
    adopt_order(order_id)
    assert (shop.payment(order_id).amount, shop.payment(order_id).currency) == (29_900, "USD")


def test_adopt_order_without_receipt_stores_empty_receipt(shop: Storefront, student: Api) -> None:
    order_id = razorpay.create_order(PRICE, "INR", "rcpt_lost", notes(shop, student))["id"]
    shop.gateway.ledger.orders[order_id].receipt = None
    adopt_order(order_id)
    assert shop.payment(order_id).receipt == ""


def test_adopt_order_concurrent_calls_write_one_payment(
    shop: Storefront, student: Api, dynamodb: MemoryDynamoDb
) -> None:
    order_id = razorpay.create_order(PRICE, "INR", "rcpt_lost", notes(shop, student))["id"]
    dynamodb.run_before("TransactWriteItems", lambda: adopt_order(order_id))
    assert adopt_order(order_id) is Adoption.ADOPTED
    assert len(payments.history(order_id)) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"stage": "production"},
        {"user_id": "usr_short"},
        {"user_id": f"{USER_ID}X"},
        {"course_id": "crs_short"},
        {"course_id": COURSE_ID},
    ],
    ids=["another stage", "no user", "not quite a user", "no course", "a course that is gone"],
)
def test_adopt_order_foreign_or_invalid_notes_is_not_ours_and_writes_nothing(
    shop: Storefront, student: Api, changes: dict[str, str]
) -> None:
    order_id = razorpay.create_order(PRICE, "INR", "rcpt_theirs", notes(shop, student, **changes))["id"]
    before = snapshot()
    assert adopt_order(order_id) is Adoption.NOT_OURS
    assert snapshot() == before


def test_adopt_order_unknown_to_gateway_is_not_ours(shop: Storefront) -> None:
    assert adopt_order("order_AAAAAAAAAAAAAA") is Adoption.NOT_OURS


def test_adopt_order_lost_gateway_call_raises_unavailable_after_one_call(
    shop: Storefront, gateway_calls: list[str]
) -> None:
    shop.control("POST", "faults", {"kind": "drop"})
    with pytest.raises(GatewayUnavailable):
        adopt_order("order_AAAAAAAAAAAAAA")
    assert len(gateway_calls) == 1, "one attempt: the webhook must respond within five seconds"


@pytest.mark.parametrize("noted", [None, [], {}, {"user_id": USER_ID, "course_id": COURSE_ID}, {"stage": "local"}])
def test_order_payer_foreign_notes_returns_none(table: str, noted: Any) -> None:
    assert payer_from_notes({"notes": noted}) is None
    assert payer_from_notes({}) is None


def test_order_payer_own_notes_returns_user_and_course(table: str) -> None:
    assert payer_from_notes({"notes": {"stage": "local", "user_id": USER_ID, "course_id": COURSE_ID}}) == OrderPayer(
        USER_ID, COURSE_ID
    )


def test_webhook_orphaned_order_of_deleted_course_is_not_ours(shop: Storefront, student: Api) -> None:
    order_id = razorpay.create_order(PRICE, "INR", "rcpt_lost", notes(shop, student))["id"]
    store.delete(keys.course(shop.course.course_id))
    shop.pay(order_id)
    assert {reply.json["outcome"] for reply in shop.deliver()} == {"not_ours"}
