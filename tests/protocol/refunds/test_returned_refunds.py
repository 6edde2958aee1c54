"""Refunds that fail, or are reversed, after they were processed; and refunds in a status that Razorpay does not
document."""

import json
from typing import Any

import pytest

from functions.payments.polling.poll_order import poll_order
from shared.gateways import razorpay
from tests.fixtures.api import Api
from tests.fixtures.emitted_metrics import emitted_metrics
from tests.fixtures.logs import captured_logs
from tests.fixtures.storefront import PRICE, Storefront, refund
from tests.protocol.refund_actions import process_refunds, refund_request_id
from tests.protocol.stored_state import breaches, ledger_totals, next_poll_at
from tests.protocol.sweep_actions import order_with_duplicate_captures

NOT_PAID = ["failed", "reversed"]


def change_status(shop: Storefront, refund_id: str, status: str, *, webhook: bool = False) -> None:
    """Razorpay gives the refund another status, without a webhook unless one is wanted."""
    body = {"status": status, **({} if webhook else {"event": None})}
    shop.control("POST", f"refunds/{refund_id}/status", body)


def refund_ids(shop: Storefront) -> list[str]:
    return list(shop.gateway.ledger.refunds)


@pytest.fixture
def refunded_order_id(shop: Storefront, admin: Api, paid_order_id: str) -> str:
    """The order id of a payment that was refunded in full."""
    refund(admin, paid_order_id)
    process_refunds(shop)
    assert shop.payment(paid_order_id).status == "refunded"
    return paid_order_id


@pytest.mark.parametrize("status", NOT_PAID)
def test_f71_webhook_of_returned_full_refund_reopens_it_and_sweep_refunds_again(
    shop: Storefront,
    student: Api,
    refunded_order_id: str,
    refund_idempotency_keys: dict[str, Any],
    status: str,
) -> None:
    """Story 8."""
    [refund_id] = refund_ids(shop)
    change_status(shop, refund_id, status, webhook=True)
    assert [reply.json["outcome"] for reply in shop.deliver()] == ["refund_due"]
    payment = shop.payment(refunded_order_id)
    assert (payment.status, payment.reason, payment.refunded_amount) == ("refund_pending", "requested", 0)
    assert payment.refunds.as_dict()[refund_id]["status"] == status
    assert next_poll_at(payment) == "23 12:50"
    shop.clock.advance(minutes=30)
    assert shop.sweep() == {"recorded": 1}
    assert list(refund_idempotency_keys) == [f"refund-{payment.payment_id}", f"refund-{payment.payment_id}-after-1"]
    process_refunds(shop)
    assert shop.states(student, refunded_order_id) == ("refunded", "cancelled")
    assert (ledger_totals(shop, refunded_order_id), breaches()) == ((PRICE, PRICE), [])


@pytest.mark.parametrize("status", NOT_PAID)
class TestReturnedRefund:
    def test_poll_of_returned_full_refund_without_webhook_reopens_it(
        self, shop: Storefront, refunded_order_id: str, status: str
    ) -> None:
        [refund_id] = refund_ids(shop)
        change_status(shop, refund_id, status)
        assert poll_order(shop.payment(refunded_order_id)) == "recorded"
        assert shop.payment(refunded_order_id).status == "refund_pending"
        assert len(refund_ids(shop)) == 2, "the poll refunds it again"

    def test_poll_of_returned_partial_refund_refunds_its_request_again(
        self,
        shop: Storefront,
        student: Api,
        admin: Api,
        paid_order_id: str,
        refund_idempotency_keys: dict[str, Any],
        status: str,
    ) -> None:
        refund(admin, paid_order_id, 10_000, "click-1")
        process_refunds(shop)
        [first] = refund_ids(shop)
        assert shop.payment(paid_order_id).refunded_amount == 10_000
        change_status(shop, first, status)
        poll_order(shop.payment(paid_order_id))
        name = refund_request_id(paid_order_id, "click-1")
        assert list(refund_idempotency_keys) == [f"refund-{name}", f"refund-{name}-1"]
        [_, second] = refund_ids(shop)
        assert shop.payment(paid_order_id).refund_requests.as_dict() == {
            name: {"amount": 10_000, "refund_id": second, "failed": 1, "failed_refunds": [first]}
        }
        assert shop.payment(paid_order_id).refunded_amount == 0
        process_refunds(shop)
        assert (ledger_totals(shop, paid_order_id), breaches()) == ((PRICE, 10_000), [])
        assert shop.states(student, paid_order_id) == ("captured", "active")

    def test_poll_of_returned_refund_of_duplicate_capture_refunds_it_again(
        self, shop: Storefront, student: Api, status: str
    ) -> None:
        order_id, [duplicate] = order_with_duplicate_captures(shop, student)
        shop.sweep()
        process_refunds(shop)
        [first] = refund_ids(shop)
        assert next_poll_at(shop.payment(order_id)) is None
        change_status(shop, first, status)
        assert poll_order(shop.payment(order_id)) == "recorded"
        assert [each.payment_id for each in shop.gateway.ledger.refunds.values()] == [duplicate] * 2
        process_refunds(shop)
        assert (ledger_totals(shop, order_id), breaches()) == ((2 * PRICE, PRICE), [])
        assert shop.states(student, order_id) == ("captured", "active")

    def test_late_webhook_of_processed_refund_changes_nothing(
        self, shop: Storefront, refunded_order_id: str, status: str
    ) -> None:
        change_status(shop, refund_ids(shop)[0], status, webhook=True)
        shop.deliver()
        version = shop.payment(refunded_order_id).version
        shop.deliver("refund.processed", "refund.created", redeliver=True)
        assert shop.payment(refunded_order_id).version == version


@pytest.fixture
def refund_id(shop: Storefront, admin: Api, paid_order_id: str) -> str:
    refund(admin, paid_order_id, 10_000, "click-1")
    [made] = refund_ids(shop)
    return made


def test_f72_poll_keeps_refund_in_unknown_status_as_pending_with_log_and_metric(
    shop: Storefront,
    admin: Api,
    paid_order_id: str,
    refund_id: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    refund(admin, paid_order_id, 5_000, "click-2")
    change_status(shop, refund_id, "on_probation")
    emitted_metrics(capsys)
    shop.clock.advance(minutes=15)
    with captured_logs() as lines:
        assert shop.sweep() == {"recorded": 1}
    line = json.loads(lines.getvalue().splitlines()[0])
    assert (line["message"], line["refund_id"], line["refund_status"]) == (
        "refund status unknown",
        refund_id,
        "on_probation",
    )
    assert emitted_metrics(capsys)["refunds", "refund_statuses_unknown"] == 1
    payment = shop.payment(paid_order_id)
    assert payment.refunds.as_dict()[refund_id] == {"amount": 10_000, "status": "unknown"}
    assert next_poll_at(payment) == "23 12:30"


class TestUnknownStatus:
    def test_webhook_with_it_is_recorded(self, shop: Storefront, paid_order_id: str, refund_id: str) -> None:
        change_status(shop, refund_id, "on_probation")
        shop.control("POST", f"refunds/{refund_id}/status", {"status": "in_limbo", "event": "refund.created"})
        replies = shop.deliver()
        assert [reply.status for reply in replies] == [200] * len(replies)
        assert shop.payment(paid_order_id).refunds.as_dict()[refund_id]["status"] == "unknown"

    def test_later_status_is_recorded(self, shop: Storefront, paid_order_id: str, refund_id: str) -> None:
        change_status(shop, refund_id, "on_probation")
        poll_order(shop.payment(paid_order_id))
        change_status(shop, refund_id, "processed")
        poll_order(shop.payment(paid_order_id))
        assert shop.payment(paid_order_id).refunded_amount == 10_000

    def test_it_is_shown_to_the_payer(self, shop: Storefront, student: Api, paid_order_id: str, refund_id: str) -> None:
        change_status(shop, refund_id, "on_probation")
        poll_order(shop.payment(paid_order_id))
        shown = student.get(f"/api/payments/{paid_order_id}").json["payment"]
        assert shown["refunds"] == [{"id": refund_id, "amount": 10_000, "status": "unknown"}]
        items = student.get(f"/api/enrollments/{shop.course.course_id}/timeline").json["items"]
        assert [each["refunds"][0]["status"] for each in items if each["refunds"]] == ["pending", "unknown"]


def test_refund_beyond_the_capture_is_polled_and_finds_the_one_that_failed(
    shop: Storefront, refunded_order_id: str
) -> None:
    """A refund failed after it was processed, and its webhook was lost. A refund in the dashboard, whose webhook comes,
    makes more refunds than captured (seed 39857 of the simulation)."""
    [failed_id] = refund_ids(shop)
    change_status(shop, failed_id, "failed")
    payment_id = shop.payment(refunded_order_id).payment_id
    shop.control("POST", f"payments/{payment_id}/refund", {"amount": PRICE})
    process_refunds(shop)
    payment = shop.payment(refunded_order_id)
    assert [refund["status"] for refund in payment.refunds.as_dict().values()] == ["processed", "processed"]
    assert (payment.status, payment.refunded_amount, breaches()) == ("refunded", PRICE, [])
    assert next_poll_at(payment) == "23 12:55"
    shop.clock.advance(minutes=16)
    shop.sweep()
    payment = shop.payment(refunded_order_id)
    assert (payment.status, next_poll_at(payment)) == ("refunded", None)
    assert payment.refunds.as_dict()[failed_id]["status"] == "failed"
    assert (ledger_totals(shop, refunded_order_id), breaches()) == ((PRICE, PRICE), [])


def test_f91_refunds_beyond_the_capture_are_polled_until_the_failed_one_is_listed(
    shop: Storefront, refunded_order_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Razorpay's list lags: three polls still see the failed refund as processed. They follow each other less and less
    often, and the order is polled no more once the refund is listed as failed."""
    [failed_id] = refund_ids(shop)
    change_status(shop, failed_id, "failed")
    payment_id = shop.payment(refunded_order_id).payment_id
    shop.control("POST", f"payments/{payment_id}/refund", {"amount": PRICE})
    process_refunds(shop)
    current = razorpay.fetch_refunds_of

    def lagging(of_payment: str) -> list[dict[str, Any]]:
        return [each | ({"status": "processed"} if each["id"] == failed_id else {}) for each in current(of_payment)]

    polls = [next_poll_at(shop.payment(refunded_order_id))]
    with monkeypatch.context() as lag:
        lag.setattr(razorpay, "fetch_refunds_of", lagging)
        for minutes in (16, 60, 24 * 60):
            shop.clock.advance(minutes=minutes)
            shop.sweep()
            polls.append(next_poll_at(shop.payment(refunded_order_id)))
    assert polls == ["23 12:55", "23 13:00", "23 14:15", "24 20:15"]
    assert breaches() == []
    shop.clock.advance(days=1)
    shop.sweep()
    payment = shop.payment(refunded_order_id)
    assert (payment.refunds.as_dict()[failed_id]["status"], next_poll_at(payment)) == ("failed", None)
    assert (ledger_totals(shop, refunded_order_id), breaches()) == ((PRICE, PRICE), [])
