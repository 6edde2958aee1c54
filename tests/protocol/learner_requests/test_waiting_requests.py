"""A request stays open while a dispute or a refund by others may come to nothing, and is decided only afterwards."""

from collections.abc import Callable

import pytest

from tests.fixtures.api import Api
from tests.fixtures.storefront import PRICE, Storefront, refund
from tests.fixtures.table_snapshot import snapshot
from tests.protocol.dispute_actions import report_dispute
from tests.protocol.learner_requests.request_actions import ask, breaches, decide, listed_ids, shown, withdraw
from tests.protocol.refund_actions import process_refunds, set_balance


@pytest.fixture
def requested_id(shop: Storefront, student: Api, paid_order_id: str) -> str:
    """An order with a request that was made an hour before the window ended."""
    shop.clock.advance(days=6, hours=23)
    assert ask(student, paid_order_id).status == 201
    return paid_order_id


def state(caller: Api, order_id: str) -> tuple[str, str | None, str | None]:
    request = shown(caller, order_id)
    assert request
    return request["state"], request["waits_for"], request["closed_by"]


def refund_in_dashboard(shop: Storefront, order_id: str, amount: int = PRICE, *, outcome: str = "process") -> None:
    """Razorpay has the refund, and will `process` or `fail` it."""
    shop.control("PATCH", "settings", {"refunds": outcome})
    shop.control("POST", f"payments/{shop.payment(order_id).payment_id}/refund", {"amount": amount})
    shop.deliver()


def finish_refunds(shop: Storefront) -> None:
    """Razorpay reports the outcome after hours; by then the window is over."""
    shop.clock.advance(hours=2)
    shop.gateway.tick()
    shop.deliver()


def require_waiting(student: Api, admin: Api, order_id: str, waits_for: str, code: str) -> None:
    """The request waits, is listed, and cannot be decided, which changes nothing."""
    assert state(student, order_id) == state(admin, order_id) == ("open", waits_for, None)
    assert listed_ids(admin) == [order_id]
    before = snapshot()
    for decision in ("approve", "decline"):
        reply = decide(admin, order_id, decision)
        assert (reply.status, reply.code) == (409, code)
    assert snapshot() == before
    assert breaches() == []


def test_dashboard_refund_that_fails_leaves_the_request_to_be_approved(
    shop: Storefront, student: Api, admin: Api, requested_id: str
) -> None:
    refund_in_dashboard(shop, requested_id, outcome="fail")
    require_waiting(student, admin, requested_id, "refund", "refund_under_way")
    finish_refunds(shop)
    assert state(student, requested_id) == ("open", None, None)
    shop.control("PATCH", "settings", {"refunds": "process"})
    assert decide(admin, requested_id).status == 200
    process_refunds(shop)
    assert shop.states(student, requested_id) == ("refunded", "cancelled")
    assert breaches() == []


def test_dashboard_refund_that_is_processed_closes_the_request(
    shop: Storefront, student: Api, admin: Api, requested_id: str
) -> None:
    refund_in_dashboard(shop, requested_id)
    require_waiting(student, admin, requested_id, "refund", "refund_under_way")
    finish_refunds(shop)
    assert state(student, requested_id) == ("closed", None, "refund")
    assert shop.states(student, requested_id) == ("refunded", "cancelled")
    assert breaches() == []


def test_waiting_part_and_dashboard_refund_of_the_rest_leave_the_request_open(
    shop: Storefront, student: Api, admin: Api, requested_id: str
) -> None:
    set_balance(shop, 0)
    assert refund(admin, requested_id, 10_000, "part").status == 200
    set_balance(shop, None)
    refund_in_dashboard(shop, requested_id, PRICE - 10_000, outcome="fail")
    require_waiting(student, admin, requested_id, "refund", "refund_under_way")
    finish_refunds(shop)
    assert state(student, requested_id) == ("open", None, None)
    assert breaches() == []


@pytest.mark.parametrize("phase", ["retrieval", "chargeback"])
@pytest.mark.parametrize("end", ["won", "closed"])
def test_dispute_that_is_not_lost_leaves_the_request_to_be_approved(
    shop: Storefront, student: Api, admin: Api, requested_id: str, phase: str, end: str
) -> None:
    payment_id = shop.payment(requested_id).payment_id
    report_dispute(shop, payment_id, "created", phase=phase)
    require_waiting(student, admin, requested_id, "dispute", "dispute_open")
    shop.clock.advance(hours=2)
    report_dispute(shop, payment_id, end)
    assert state(student, requested_id) == ("open", None, None)
    assert decide(admin, requested_id).status == 200
    process_refunds(shop)
    assert shop.states(student, requested_id) == ("refunded", "cancelled")


def test_lost_dispute_closes_the_request(shop: Storefront, student: Api, admin: Api, requested_id: str) -> None:
    payment_id = shop.payment(requested_id).payment_id
    report_dispute(shop, payment_id, "created", phase="chargeback")
    shop.clock.advance(hours=2)
    report_dispute(shop, payment_id, "lost")
    assert state(student, requested_id) == ("closed", None, "dispute")
    assert listed_ids(admin) == []


def dispute(shop: Storefront, order_id: str) -> None:
    report_dispute(shop, shop.payment(order_id).payment_id, "created")


@pytest.mark.parametrize("wait", [dispute, refund_in_dashboard], ids=lambda value: value.__name__)
def test_learner_may_withdraw_a_waiting_request(
    shop: Storefront, student: Api, admin: Api, requested_id: str, wait: Callable[[Storefront, str], None]
) -> None:
    wait(shop, requested_id)
    assert withdraw(student, requested_id).status == 200
    assert state(student, requested_id) == ("withdrawn", None, None)
    assert listed_ids(admin) == []
    assert breaches() == []
