"""Webhooks of other products on the same Razorpay account: each of their orders costs one question to Razorpay."""

from datetime import timedelta

import pytest

from functions.payments.checkout.adopt_order import Adoption, adopt_order
from shared.db.entities import ForeignOrder
from shared.db.payments import foreign_orders
from shared.db.table import keys, store
from shared.errors import GatewayUnavailable
from shared.gateways import razorpay
from tests.fixtures.api import Api
from tests.fixtures.storefront import PRICE, Storefront
from tests.fixtures.table_snapshot import added_keys, snapshot
from tests.protocol.stored_state import inbox_row
from tests.protocol.webhooks.signed_delivery import deliver, outbox_event, payment_event

UNKNOWN_ORDER_ID = "order_AAAAAAAAAAAAAA"


def create_foreign_order() -> str:
    order_id: str = razorpay.create_order(PRICE, "INR", "rcpt_theirs", {"shop": "another"})["id"]
    return order_id


def create_own_order(shop: Storefront, learner: Api) -> str:
    """An order of ours that was never stored."""
    notes = {"stage": "local", "user_id": learner.user_id, "course_id": shop.course.course_id}
    order_id: str = razorpay.create_order(PRICE, "INR", "rcpt_lost", notes)["id"]
    return order_id


def remembered(order_id: str) -> ForeignOrder | None:
    return store.get(ForeignOrder, keys.foreign_order(order_id))


def test_webhook_foreign_order_is_recorded_and_remembered_for_30_days(shop: Storefront) -> None:
    order_id = create_foreign_order()
    shop.pay(order_id)
    before, until = snapshot(), shop.clock.now() + timedelta(days=30)
    assert [reply.json for reply in shop.deliver("payment.captured")] == [{"outcome": "not_ours"}]
    event = outbox_event(shop, "payment.captured")
    assert added_keys(before) == [keys.foreign_order(order_id), keys.webhook(event.id)]
    row, found = inbox_row(event.id), remembered(order_id)
    assert row
    assert found
    assert (row.event, row.order_id, row.outcome) == ("payment.captured", order_id, "not_ours")
    assert (found.order_id, found.remembered_until, found.expires_at) == (order_id, until, int(until.timestamp()))


def test_webhook_that_adopts_an_order_is_recorded_with_its_effect(shop: Storefront, student: Api) -> None:
    order_id = create_own_order(shop, student)
    shop.pay(order_id)
    assert [reply.json for reply in shop.deliver("payment.captured")] == [{"outcome": "granted"}]
    row = inbox_row(outbox_event(shop, "payment.captured").id)
    assert row
    assert (row.event, row.order_id, row.outcome) == ("payment.captured", order_id, "Captured")


def test_webhook_foreign_order_costs_one_question_for_all_its_events(
    shop: Storefront, gateway_calls: list[str]
) -> None:
    order_id = create_foreign_order()
    shop.pay(order_id)
    gateway_calls.clear()
    assert [reply.json["outcome"] for reply in shop.deliver()] == ["not_ours"] * 3
    shop.clock.advance(days=29)
    assert [reply.json["outcome"] for reply in shop.deliver(redeliver=True)] == ["seen_before"] * 3
    assert deliver(payment_event(order_id, "payment.captured", status="captured")).json == {"outcome": "not_ours"}
    assert gateway_calls == [f"GET /v1/orders/{order_id}"]


def test_webhook_foreign_order_is_asked_about_again_after_30_days(shop: Storefront, gateway_calls: list[str]) -> None:
    """Also if TTL has not deleted the item yet."""
    order_id = create_foreign_order()
    assert adopt_order(order_id) is Adoption.NOT_OURS
    gateway_calls.clear()
    shop.clock.advance(days=30)
    assert remembered(order_id)
    assert adopt_order(order_id) is Adoption.NOT_OURS
    assert len(gateway_calls) == 1
    found = remembered(order_id)
    assert found
    assert found.remembered_until == shop.clock.now() + timedelta(days=30)


def test_webhook_payment_without_order_costs_no_question(shop: Storefront, gateway_calls: list[str]) -> None:
    """A payment by QR code or to a virtual account has no order, and each of our payments has one."""
    before = snapshot()
    for number, event in enumerate(("payment.captured", "payment.authorized", "payment.failed", "refund.processed")):
        body = payment_event(None, event, status="captured")
        assert deliver(body, f"evt_{number}").json == {"outcome": "ignored"}
    assert added_keys(before) == [keys.webhook(f"evt_{number}") for number in range(4)]
    assert gateway_calls == []


def test_webhook_order_unknown_to_gateway_is_remembered_for_one_hour(
    shop: Storefront, gateway_calls: list[str]
) -> None:
    body = payment_event(UNKNOWN_ORDER_ID, status="captured")
    assert deliver(body, "evt_1").json == {"outcome": "not_ours"}
    found = remembered(UNKNOWN_ORDER_ID)
    assert found
    assert found.remembered_until == shop.clock.now() + timedelta(hours=1)
    shop.clock.advance(minutes=59)
    assert deliver(body, "evt_2").json == {"outcome": "not_ours"}
    assert len(gateway_calls) == 1
    shop.clock.advance(minutes=1)
    assert deliver(body, "evt_3").json == {"outcome": "not_ours"}
    assert len(gateway_calls) == 2


def test_webhook_order_that_did_not_exist_for_the_gateway_is_adopted_an_hour_later(
    shop: Storefront, student: Api
) -> None:
    """A wrong "does not exist" of Razorpay costs an hour, not the payment."""
    order_id = create_own_order(shop, student)
    order = shop.gateway.ledger.orders.pop(order_id)
    assert adopt_order(order_id) is Adoption.NOT_OURS
    shop.gateway.ledger.orders[order_id] = order
    shop.clock.advance(hours=1)
    assert adopt_order(order_id) is Adoption.ADOPTED
    assert shop.payment(order_id).status == "pending"


@pytest.mark.parametrize("fault", ["409", "429", "500", "502", "503", "bad_json", "null_error", "drop"])
def test_webhook_error_of_the_gateway_is_not_remembered(shop: Storefront, student: Api, fault: str) -> None:
    order_id = create_own_order(shop, student)
    shop.pay(order_id)
    before = snapshot()
    shop.control("POST", "faults", {"kind": fault})
    [answer] = shop.deliver("payment.captured")
    assert (answer.status, answer.code) == (503, "event_unclear")
    assert snapshot() == before
    assert [reply.json["outcome"] for reply in shop.deliver("payment.captured", redeliver=True)] == ["granted"]


@pytest.mark.parametrize(
    "answer",
    [{}, {"id": UNKNOWN_ORDER_ID}, {"notes": {}}, {"id": "order_BBBBBBBBBBBBBB", "notes": {}}, {"entity": "payment"}],
    ids=repr,
)
def test_adopt_order_answer_that_is_not_the_order_is_not_remembered(
    shop: Storefront, monkeypatch: pytest.MonkeyPatch, answer: dict[str, object]
) -> None:
    monkeypatch.setattr(razorpay, "fetch_order", lambda _: answer)
    before = snapshot()
    with pytest.raises(GatewayUnavailable):
        adopt_order(UNKNOWN_ORDER_ID)
    assert snapshot() == before


def test_adopt_order_listed_entity_costs_no_question_and_overrides_memory(
    shop: Storefront, student: Api, gateway_calls: list[str]
) -> None:
    """Reconciliation has the order from Razorpay's list. What the list says is newer than what is remembered."""
    order_id = create_own_order(shop, student)
    entity = shop.gateway.ledger.orders.pop(order_id).entity()
    assert adopt_order(order_id) is Adoption.NOT_OURS
    gateway_calls.clear()
    assert adopt_order(order_id, entity) is Adoption.ADOPTED
    assert adopt_order(UNKNOWN_ORDER_ID, {**entity, "id": UNKNOWN_ORDER_ID, "notes": []}) is Adoption.NOT_OURS
    assert gateway_calls == []
    assert remembered(UNKNOWN_ORDER_ID) is None, "the list is read again anyway"


def test_remember_order_with_earlier_end_keeps_the_later_one(shop: Storefront) -> None:
    later = shop.clock.now() + timedelta(days=30)
    foreign_orders.remember(UNKNOWN_ORDER_ID, later)
    foreign_orders.remember(UNKNOWN_ORDER_ID, later - timedelta(milliseconds=1))
    found = remembered(UNKNOWN_ORDER_ID)
    assert found
    assert found.remembered_until == later
