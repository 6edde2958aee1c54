"""A learner's request that cannot be read stops neither the money of its payment nor the list of the others."""

import pytest

from tests.fixtures.api import Api
from tests.fixtures.corruption import tamper
from tests.fixtures.emitted_metrics import emitted_metrics
from tests.fixtures.storefront import PRICE, Storefront
from tests.protocol.learner_requests.request_actions import ask, breaches
from tests.protocol.refund_actions import process_refunds
from tests.protocol.stored_state import ledger_totals


@pytest.mark.parametrize("stored", [{"state": "escalated"}, {"state": "open"}, {"state": "open", "number": "spoilt"}])
def test_unreadable_request_stops_no_refund_and_is_named_and_counted(
    shop: Storefront,
    student: Api,
    admin: Api,
    paid_order_id: str,
    stored: dict[str, str],
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    ask(student, paid_order_id)
    tamper(shop.payment(paid_order_id), learner_request=stored)
    [breach] = [each for each in breaches() if "cannot be read" in each]
    assert breach.startswith(f"I20 {paid_order_id}: its request cannot be read: ")
    shop.control("POST", f"payments/{shop.payment(paid_order_id).payment_id}/refund", {"amount": PRICE})
    capsys.readouterr()
    caplog.clear()
    process_refunds(shop)
    payment = shop.payment(paid_order_id)
    assert (payment.status, payment.learner_request.as_dict()) == ("refunded", stored)
    assert ledger_totals(shop, paid_order_id) == (PRICE, PRICE)
    assert emitted_metrics(capsys)["store", "items_unreadable"] == 2
    assert {getattr(each, "code", None) for each in caplog.records if each.levelname == "ERROR"} == {"item_unreadable"}
    reply = student.get(f"/api/payments/{paid_order_id}")
    assert (reply.status, reply.code) == (409, "refund_unreadable")
    assert student.get("/api/payments/my").json["unreadable"] == [paid_order_id]
