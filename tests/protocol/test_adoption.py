"""An order that is paid and not stored: our notes at the gateway say whose it is, and nothing else does."""

from datetime import timedelta
from typing import Any

import pytest

from functions.payments.adopt import Adoption, adopt_order, payer_from_notes
from shared.db import keys, payments, store
from shared.db.entities import Course
from shared.errors import GatewayUnavailable
from shared.gateways import razorpay
from tests.api import Api
from tests.contents import contents
from tests.protocol.memory import Memory
from tests.protocol.read_back import next_look
from tests.shop import PRICE, Shop

USER, COURSE = "usr_01J00000000000000000000001", "crs_01J00000000000000000000001"


def notes(shop: Shop, learner: Api, **changes: str) -> dict[str, str]:
    return {"stage": "local", "user_id": learner.user_id, "course_id": shop.course.course_id, **changes}


def test_its_row_is_written_as_if_it_had_been_stored_when_it_was_made(shop: Shop, student: Api) -> None:
    made = shop.time.now()
    order_id = razorpay.create_order(PRICE, "INR", "rcpt_lost", notes(shop, student))["id"]
    shop.time.pass_time(minutes=7)

    assert adopt_order(order_id) is Adoption.ADOPTED

    payment = shop.payment(order_id)
    assert (payment.order_id, payment.receipt, payment.status) == (order_id, "rcpt_lost", "pending")
    assert (payment.amount, payment.currency, payment.captured_amount) == (PRICE, "INR", 0)
    assert (payment.user_id, payment.course_id) == (student.user_id, shop.course.course_id)
    assert payment.instructor_id == shop.course.instructor_id
    assert payment.window_ends_at == made + timedelta(minutes=30)
    assert (payment.created_at, payment.version) == (shop.time.now(), 1)
    assert payment.gsi1pk == f"USER#{student.user_id}"
    assert next_look(payment) == "23 12:12"
    [step] = payments.history(order_id)
    assert (step.evidence, step.source, step.number, step.at) == ("order_adopted", "gateway", 1, shop.time.now())


def test_its_course_cannot_be_deleted_any_more(shop: Shop, student: Api) -> None:
    """Nobody else may have enrolled yet, and whoever pays the order gets the course."""
    order_id = razorpay.create_order(PRICE, "INR", "rcpt_lost", notes(shop, student))["id"]
    adopt_order(order_id)
    course = store.get(Course, keys.course(shop.course.course_id))
    assert course
    assert course.ever_enrolled is True


def test_the_amount_is_what_the_gateway_was_asked_for_then(shop: Shop, student: Api) -> None:
    order_id = razorpay.create_order(29_900, "USD", "rcpt_lost", notes(shop, student))["id"]
    adopt_order(order_id)
    assert (shop.payment(order_id).amount, shop.payment(order_id).currency) == (29_900, "USD")


def test_an_order_without_a_receipt_has_none(shop: Shop, student: Api) -> None:
    order_id = razorpay.create_order(PRICE, "INR", "rcpt_lost", notes(shop, student))["id"]
    shop.gateway.ledger.orders[order_id].receipt = None
    adopt_order(order_id)
    assert shop.payment(order_id).receipt == ""


def test_twice_at_once_it_is_written_once(shop: Shop, student: Api, memory: Memory) -> None:
    order_id = razorpay.create_order(PRICE, "INR", "rcpt_lost", notes(shop, student))["id"]
    memory.before("TransactWriteItems", lambda: adopt_order(order_id))
    assert adopt_order(order_id) is Adoption.ADOPTED
    assert len(payments.history(order_id)) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"stage": "production"},
        {"user_id": "usr_short"},
        {"user_id": f"{USER}X"},
        {"course_id": "crs_short"},
        {"course_id": COURSE},
    ],
    ids=["another stage", "no user", "not quite a user", "no course", "a course that is gone"],
)
def test_what_our_notes_do_not_name_is_not_ours(shop: Shop, student: Api, changes: dict[str, str]) -> None:
    order_id = razorpay.create_order(PRICE, "INR", "rcpt_theirs", notes(shop, student, **changes))["id"]
    before = contents()
    assert adopt_order(order_id) is Adoption.NOT_OURS
    assert contents() == before


def test_what_the_gateway_does_not_know_is_not_ours(shop: Shop) -> None:
    assert adopt_order("order_AAAAAAAAAAAAAA") is Adoption.NOT_OURS


def test_while_the_gateway_is_silent_nothing_is_said(shop: Shop, asked: list[str]) -> None:
    shop.control("POST", "faults", {"kind": "drop"})
    with pytest.raises(GatewayUnavailable):
        adopt_order("order_AAAAAAAAAAAAAA")
    assert len(asked) == 1, "the webhook that asks must itself answer within five seconds"


@pytest.mark.parametrize("noted", [None, [], {}, {"user_id": USER, "course_id": COURSE}, {"stage": "local"}])
def test_notes_that_are_not_ours_name_nobody(table: str, noted: Any) -> None:
    assert payer_from_notes({"notes": noted}) is None
    assert payer_from_notes({}) is None


def test_our_notes_name_the_payer_and_the_course(table: str) -> None:
    assert payer_from_notes({"notes": {"stage": "local", "user_id": USER, "course_id": COURSE}}) == (USER, COURSE)


def test_a_course_that_was_deleted_takes_no_money_in(shop: Shop, student: Api) -> None:
    order_id = razorpay.create_order(PRICE, "INR", "rcpt_lost", notes(shop, student))["id"]
    store.delete(keys.course(shop.course.course_id))
    shop.pay(order_id)
    assert {reply.json["outcome"] for reply in shop.deliver()} == {"not_ours"}
