"""Orphaned orders, which are paid and not stored: only our notes at Razorpay name the payer and the course."""

from collections.abc import Callable
from datetime import timedelta
from itertools import cycle
from typing import Any

import pytest

from functions.payments import webhook
from functions.payments.checkout.adopt_order import Adoption, OrderPayer, adopt_order, payer_from_notes
from shared.db.entities import Course
from shared.db.payments import payments
from shared.db.table import keys, store
from shared.domain.lifecycle import CourseStatus
from shared.errors import GatewayUnavailable
from shared.gateways import razorpay
from tests.fixtures.api import Api
from tests.fixtures.emitted_metrics import emitted_metrics
from tests.fixtures.memory_dynamodb.client import MemoryDynamoDb
from tests.fixtures.storefront import PRICE, Storefront, refund
from tests.fixtures.table_snapshot import added_keys, snapshot
from tests.protocol.stored_state import breaches, ledger_totals, next_poll_at, payment_history

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
    ],
    ids=["another stage", "no user", "not quite a user", "no course"],
)
def test_adopt_order_foreign_or_invalid_notes_is_not_ours_and_stores_no_payment(
    shop: Storefront, student: Api, changes: dict[str, str]
) -> None:
    order_id = razorpay.create_order(PRICE, "INR", "rcpt_theirs", notes(shop, student, **changes))["id"]
    before = snapshot()
    assert adopt_order(order_id) is Adoption.NOT_OURS
    assert added_keys(before) == [keys.foreign_order(order_id)]


def test_adopt_order_unknown_to_gateway_is_not_ours(shop: Storefront) -> None:
    assert adopt_order("order_AAAAAAAAAAAAAA") is Adoption.NOT_OURS


@pytest.mark.parametrize("times", [1, 4])
def test_adopt_order_course_changed_meanwhile_is_read_again_and_marked(
    shop: Storefront, student: Api, dynamodb: MemoryDynamoDb, times: int
) -> None:
    """A refused transaction stored nothing: its refusal must not count as an adoption."""
    order_id = razorpay.create_order(PRICE, "INR", "rcpt_lost", notes(shop, student))["id"]
    dynamodb.run_before("TransactWriteItems", toggle_course_status(shop), times=times)
    assert adopt_order(order_id) is Adoption.ADOPTED
    assert shop.payment(order_id).reason is None
    course = store.get(Course, keys.course(shop.course.course_id))
    assert course
    assert course.ever_enrolled is True


def test_adopt_order_course_that_keeps_changing_raises_and_stores_nothing(
    shop: Storefront, student: Api, dynamodb: MemoryDynamoDb
) -> None:
    order_id = razorpay.create_order(PRICE, "INR", "rcpt_lost", notes(shop, student))["id"]
    shop.pay(order_id)
    dynamodb.run_before("TransactWriteItems", toggle_course_status(shop), times=5)
    [answer] = shop.deliver("payment.captured")
    assert (answer.status, answer.code) == (503, "store_unavailable")
    assert answer.json["detail"] == "the course of the order keeps changing"
    assert payments.get(order_id) is None
    assert [reply.json["outcome"] for reply in shop.deliver("payment.captured", redeliver=True)] == ["granted"]


def toggle_course_status(shop: Storefront) -> Callable[[], object]:
    """Archives the course, publishes it, archives it …"""
    statuses = cycle([CourseStatus.ARCHIVED, CourseStatus.PUBLISHED])

    def toggle() -> object:
        key, status = keys.course(shop.course.course_id), next(statuses)
        return store.update(Course, key, [Course.status.set(status)], Course.pk.exists())

    return toggle


def test_adopt_order_lost_gateway_call_raises_unavailable_after_one_call(
    shop: Storefront, gateway_calls: list[str]
) -> None:
    shop.control("POST", "faults", {"kind": "drop"})
    with pytest.raises(GatewayUnavailable):
        adopt_order("order_AAAAAAAAAAAAAA")
    assert len(gateway_calls) == 1, "one attempt: the webhook must respond within five seconds"


def test_adopt_order_rejected_question_proves_nothing_about_the_order(shop: Storefront) -> None:
    shop.control("POST", "faults", {"kind": "409", "path": "/v1/orders/.*"})
    with pytest.raises(GatewayUnavailable, match=r"^the payment gateway rejected a question about an order$"):
        adopt_order("order_AAAAAAAAAAAAAA")


@pytest.mark.parametrize("answer", [{}, {"id": "order_BBBBBBBBBBBBBB", "notes": {}}, {"id": "order_AAAAAAAAAAAAAA"}])
def test_adopt_order_answer_that_is_not_the_order_proves_nothing_about_it(
    table: str, monkeypatch: pytest.MonkeyPatch, answer: dict[str, Any]
) -> None:
    monkeypatch.setattr(razorpay, "fetch_order", lambda _: answer)
    with pytest.raises(GatewayUnavailable, match=r"^the payment gateway did not answer with the order$"):
        adopt_order("order_AAAAAAAAAAAAAA")


@pytest.mark.parametrize("noted", [None, [], {}, {"user_id": USER_ID, "course_id": COURSE_ID}, {"stage": "local"}])
def test_order_payer_foreign_notes_returns_none(table: str, noted: Any) -> None:
    assert payer_from_notes({"notes": noted}) is None
    assert payer_from_notes({}) is None


def test_order_payer_own_notes_returns_user_and_course(table: str) -> None:
    assert payer_from_notes({"notes": {"stage": "local", "user_id": USER_ID, "course_id": COURSE_ID}}) == OrderPayer(
        USER_ID, COURSE_ID
    )


@pytest.fixture
def orphaned_order_id(shop: Storefront, student: Api) -> str:
    """The id of a lost order of ours whose course no longer exists, for example after an older table was restored."""
    order_id: str = razorpay.create_order(PRICE, "INR", "rcpt_lost", notes(shop, student))["id"]
    store.delete(keys.course(shop.course.course_id))
    return order_id


def test_adopt_order_of_unknown_course_stores_payment_as_orphaned(
    shop: Storefront, student: Api, orphaned_order_id: str, capsys: pytest.CaptureFixture[str]
) -> None:
    made = shop.clock.now()
    before = snapshot()
    capsys.readouterr()
    assert adopt_order(orphaned_order_id) is Adoption.ADOPTED
    assert added_keys(before) == [keys.payment_event(orphaned_order_id, 1), keys.payment(orphaned_order_id)]
    payment = shop.payment(orphaned_order_id)
    assert (payment.status, payment.reason, payment.instructor_id) == ("pending", "orphaned", "unknown")
    assert (payment.user_id, payment.course_id) == (student.user_id, shop.course.course_id)
    assert (payment.amount, payment.currency, payment.captured_amount) == (PRICE, "INR", 0)
    assert (payment.receipt, payment.window_ends_at) == ("rcpt_lost", made + timedelta(minutes=30))
    assert next_poll_at(payment) == "23 12:05"
    [step] = payments.history(orphaned_order_id)
    assert (step.evidence, step.source) == ("order_adopted", "gateway")
    assert emitted_metrics(capsys) == {("adoption", "orders_orphaned"): 1}
    assert breaches() == []


def test_adopt_order_of_unknown_learner_stores_payment_as_orphaned_for_the_course(
    shop: Storefront, student: Api, capsys: pytest.CaptureFixture[str]
) -> None:
    order_id = razorpay.create_order(PRICE, "INR", "rcpt_lost", notes(shop, student, user_id=USER_ID))["id"]
    capsys.readouterr()
    assert adopt_order(order_id) is Adoption.ADOPTED
    payment = shop.payment(order_id)
    assert (payment.status, payment.reason, payment.user_id) == ("pending", "orphaned", USER_ID)
    assert payment.instructor_id == shop.course.instructor_id
    assert emitted_metrics(capsys) == {("adoption", "orders_orphaned"): 1}
    course = store.get(Course, keys.course(shop.course.course_id))
    assert course
    assert course.ever_enrolled is True


def test_adopt_order_of_unknown_course_and_learner_stores_payment_as_orphaned(shop: Storefront, student: Api) -> None:
    changes = {"user_id": USER_ID, "course_id": COURSE_ID}
    order_id = razorpay.create_order(PRICE, "INR", "rcpt_lost", notes(shop, student, **changes))["id"]
    assert adopt_order(order_id) is Adoption.ADOPTED
    payment = shop.payment(order_id)
    assert (payment.reason, payment.user_id, payment.course_id) == ("orphaned", USER_ID, COURSE_ID)


def test_adopt_order_of_known_course_and_learner_counts_no_orphan(
    shop: Storefront, student: Api, capsys: pytest.CaptureFixture[str]
) -> None:
    order_id = razorpay.create_order(PRICE, "INR", "rcpt_lost", notes(shop, student))["id"]
    capsys.readouterr()
    adopt_order(order_id)
    assert shop.payment(order_id).reason is None
    assert emitted_metrics(capsys) == {}


def test_adopt_order_course_deleted_meanwhile_stores_payment_as_orphaned(
    shop: Storefront, student: Api, dynamodb: MemoryDynamoDb
) -> None:
    order_id = razorpay.create_order(PRICE, "INR", "rcpt_lost", notes(shop, student))["id"]
    dynamodb.run_before("TransactWriteItems", lambda: store.delete(keys.course(shop.course.course_id)))
    assert adopt_order(order_id) is Adoption.ADOPTED
    payment = shop.payment(order_id)
    assert (payment.reason, payment.instructor_id) == ("orphaned", "unknown")
    assert store.get(Course, keys.course(shop.course.course_id)) is None, "the mark creates no course"


def test_adopt_order_orphaned_concurrent_calls_write_one_payment(
    shop: Storefront, orphaned_order_id: str, dynamodb: MemoryDynamoDb
) -> None:
    dynamodb.run_before("TransactWriteItems", lambda: adopt_order(orphaned_order_id))
    assert adopt_order(orphaned_order_id) is Adoption.ADOPTED
    assert len(payments.history(orphaned_order_id)) == 1


@pytest.mark.parametrize("missing", ["course", "learner"])
def test_webhook_of_orphaned_order_is_settled_and_its_money_is_on_hold(
    shop: Storefront, student: Api, admin: Api, missing: str
) -> None:
    changes = {"course_id": COURSE_ID} if missing == "course" else {"user_id": USER_ID}
    order_id = razorpay.create_order(PRICE, "INR", "rcpt_lost", notes(shop, student, **changes))["id"]
    payment_id = shop.pay(order_id)["razorpay_payment_id"]
    assert "not_ours" not in [reply.json["outcome"] for reply in shop.deliver()]
    assert "Captured" in [step[0] for step in payment_history(order_id)]
    assert ledger_totals(shop, order_id) == (PRICE, 0)
    seen = admin.get(f"/api/payments/{order_id}").json["payment"]
    assert (seen["status"], seen["reason"], seen["captured_amount"]) == ("failed", "orphaned", 0)
    [held] = seen["on_hold"]
    assert (held["payment_id"], held["amount"], held["state"]) == (payment_id, PRICE, "on_hold")
    assert [item.kind for item in store.query_all(keys.user(shop.payment(order_id).user_id).pk)] in ([], ["user"])
    refunded = refund(admin, order_id, payment_id=payment_id)
    assert refunded.status == 200, refunded.text
    assert breaches() == []


def test_webhook_adopts_an_order_once_even_if_its_payment_is_not_found_afterwards(
    shop: Storefront, student: Api, monkeypatch: pytest.MonkeyPatch, gateway_calls: list[str]
) -> None:
    """The payment of an adopted order is always found. If it were not, the webhook must not adopt it for ever."""
    order_id = razorpay.create_order(PRICE, "INR", "rcpt_lost", notes(shop, student))["id"]
    shop.pay(order_id)
    gateway_calls.clear()
    monkeypatch.setattr(webhook, "settle", lambda *_, **__: None)
    [answer] = shop.deliver("payment.captured")
    assert (answer.status, answer.code) == (503, "event_unclear")
    assert gateway_calls == [f"GET /v1/orders/{order_id}"]
