"""Several attempts on one order, of matching and other amounts, authorized, captured and voided: one poll applies
everything, even when Razorpay answers only half of the calls."""

from typing import Any

import pytest

from functions.payments.polling import poll_order
from shared.settlement.settle import settle
from tests.fixtures.api import Api
from tests.fixtures.storefront import PRICE, Storefront, refund
from tests.protocol.stored_state import ledger_totals, next_poll_at
from tests.protocol.sweep_actions import sweep_repeatedly

UNDERPAID_AMOUNT, OVERPAID_AMOUNT = PRICE - 100, PRICE + 100


@pytest.fixture
def order_id(shop: Storefront, student: Api) -> str:
    made: str = shop.create_order(student)["order_id"]
    return made


def failed_attempt(shop: Storefront, order_id: str, amount: int = PRICE) -> str:
    """The id of an attempt that the bank declined for now."""
    made = shop.pay(order_id, "created", amount=amount)["razorpay_payment_id"]
    shop.control("POST", f"payments/{made}/fail")
    return made


def authorize_late(shop: Storefront, payment_id: str, **how: bool) -> dict[str, str]:
    """The bank reports a late success; returns the fields of its checkout. Razorpay refunds it on a paid order."""
    response = shop.control("POST", f"payments/{payment_id}/late_authorize", how)
    return {name: value for name, value in response.items() if name.startswith("razorpay_")}


def deliver_authorized_webhook(shop: Storefront, payment_id: str) -> None:
    known = shop.gateway.ledger.outbox.events.values()
    [event] = [each for each in known if each.type == "payment.authorized" and payment_id in each.body]
    shop.send(event)


def inject_post_fault(shop: Storefront, call: str, times: int, kind: str = "500") -> None:
    shop.control("POST", "faults", {"kind": kind, "path": f".*/{call}", "method": "POST", "times": times})


def sweep_every_five_minutes(shop: Storefront, minutes: int) -> None:
    sweep_repeatedly(shop, minutes // 5, minutes=5)


def crash_at_second_settle(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first poll crashes after it applied one piece of evidence."""
    calls: list[Any] = []

    def crash_at_second(*arguments: Any, **keywords: Any) -> Any:
        calls.append(arguments)
        if len(calls) == 2:
            raise RuntimeError
        return settle(*arguments, **keywords)

    monkeypatch.setattr(poll_order, "settle", crash_at_second)


def test_poll_rejected_capture_still_records_voided_authorization(
    shop: Storefront, student: Api, order_id: str
) -> None:
    voided, matching, overpaid = (
        failed_attempt(shop, order_id),
        failed_attempt(shop, order_id),
        failed_attempt(shop, order_id, OVERPAID_AMOUNT),
    )
    authorize_late(shop, overpaid, capture=True)
    authorize_late(shop, voided)
    authorize_late(shop, matching, capture=False, even_if_paid=True)
    sweep_repeatedly(shop, 1, days=1)
    assert shop.payment(order_id).returned_payment_ids == [voided]
    deliver_authorized_webhook(shop, voided)
    assert shop.states(student, order_id) == ("failed", "cancelled")
    sweep_every_five_minutes(shop, 120)
    assert shop.states(student, order_id) == ("failed", "cancelled")


@pytest.mark.parametrize("first", [PRICE, UNDERPAID_AMOUNT])
def test_poll_failed_capture_call_still_detects_mismatched_checkout(
    shop: Storefront, student: Api, order_id: str, first: int
) -> None:
    made = {amount: failed_attempt(shop, order_id, amount) for amount in (first, PRICE + UNDERPAID_AMOUNT - first)}
    shop.verify(student, authorize_late(shop, made[UNDERPAID_AMOUNT], capture=False))
    authorize_late(shop, made[PRICE], capture=False, even_if_paid=True)
    assert shop.states(student, order_id) == ("authorized", "active")
    inject_post_fault(shop, "capture", 1)
    sweep_repeatedly(shop, 1, minutes=15)
    assert (shop.payment(order_id).reason, shop.enrollment(student).status) == ("mismatch", "cancelled")
    assert next_poll_at(shop.payment(order_id)) == "23 12:19", "soon: Razorpay has not answered the capture"
    sweep_repeatedly(shop, 1, minutes=5)
    assert shop.states(student, order_id) == ("captured", "active")


def test_poll_void_of_basis_and_mismatched_authorization_ends_access(
    shop: Storefront, student: Api, order_id: str
) -> None:
    voided, mismatched = failed_attempt(shop, order_id), failed_attempt(shop, order_id, UNDERPAID_AMOUNT)
    checkout = authorize_late(shop, mismatched, capture=False)
    authorize_late(shop, voided)
    deliver_authorized_webhook(shop, voided)
    assert shop.states(student, order_id) == ("authorized", "active")
    sweep_repeatedly(shop, 1, minutes=15)
    assert (shop.payment(order_id).reason, shop.states(student, order_id)) == ("mismatch", ("failed", "cancelled"))
    shop.verify(student, checkout)
    assert shop.states(student, order_id) == ("failed", "cancelled")


def test_poll_mismatched_authorization_continues_after_final_poll_of_order(
    shop: Storefront, student: Api, order_id: str
) -> None:
    voided, mismatched = failed_attempt(shop, order_id), failed_attempt(shop, order_id, UNDERPAID_AMOUNT)
    shop.clock.advance(days=7)
    authorize_late(shop, mismatched, capture=False)
    authorize_late(shop, voided)
    deliver_authorized_webhook(shop, voided)
    assert shop.states(student, order_id) == ("authorized", "active")
    sweep_repeatedly(shop, 1, minutes=16)
    assert next_poll_at(shop.payment(order_id)) == "01 12:16"
    shop.control("POST", f"payments/{mismatched}/capture")
    sweep_repeatedly(shop, 2, days=1)
    assert ledger_totals(shop, order_id) == (UNDERPAID_AMOUNT, 0)


@pytest.mark.parametrize("kind", ["500", "lose_response"])
def test_poll_failed_capture_call_with_mismatched_capture_keeps_access(
    shop: Storefront, student: Api, order_id: str, kind: str
) -> None:
    matching, mismatched = failed_attempt(shop, order_id), failed_attempt(shop, order_id, UNDERPAID_AMOUNT)
    shop.verify(student, authorize_late(shop, matching, capture=False))
    authorize_late(shop, mismatched, capture=True, even_if_paid=True)
    inject_post_fault(shop, "capture", 1, kind)
    sweep_repeatedly(shop, 1, minutes=15)
    assert (shop.payment(order_id).captured_amount, shop.states(student, order_id)) == (0, ("authorized", "active"))
    sweep_every_five_minutes(shop, 20)
    assert shop.states(student, order_id) == ("captured", "active")


def test_poll_authorization_on_paid_order_is_not_captured(shop: Storefront, student: Api, order_id: str) -> None:
    first, second = failed_attempt(shop, order_id), failed_attempt(shop, order_id)
    authorize_late(shop, first, capture=True)
    authorize_late(shop, second, capture=False, even_if_paid=True)
    sweep_repeatedly(shop, 1, minutes=6)
    assert shop.states(student, order_id) == ("captured", "active")
    assert shop.gateway.ledger.payments[second].status == "authorized"


def test_poll_rejected_capture_does_not_block_refund_of_held_payment(
    shop: Storefront, admin: Api, order_id: str
) -> None:
    matching, overpaid = failed_attempt(shop, order_id), failed_attempt(shop, order_id, OVERPAID_AMOUNT)
    authorize_late(shop, overpaid, capture=True)
    shop.deliver()
    authorize_late(shop, matching, capture=False, even_if_paid=True)
    inject_post_fault(shop, "refund", 1)
    assert refund(admin, order_id, key="one", payment_id=overpaid).status == 200
    assert len(shop.gateway.ledger.refunds) == 0
    sweep_every_five_minutes(shop, 10)
    assert [each.payment_id for each in shop.gateway.ledger.refunds.values()] == [overpaid]


def test_poll_crash_between_capture_and_refund_is_repeated(
    shop: Storefront, student: Api, order_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    paid = shop.pay(order_id)["razorpay_payment_id"]
    made = shop.control("POST", f"payments/{paid}/refund", {"amount": PRICE})
    shop.control("POST", f"refunds/{made['id']}/process")
    crash_at_second_settle(monkeypatch)
    sweep_repeatedly(shop, 1, minutes=6)
    assert (shop.states(student, order_id), next_poll_at(shop.payment(order_id))) == (
        ("captured", "active"),
        "23 12:21",
    )
    sweep_repeatedly(shop, 1, minutes=15)
    assert (shop.states(student, order_id), next_poll_at(shop.payment(order_id))) == (("refunded", "cancelled"), None)


@pytest.mark.parametrize("first", [PRICE, UNDERPAID_AMOUNT])
def test_poll_crash_between_mismatched_and_matching_capture_is_repeated(
    shop: Storefront, student: Api, order_id: str, monkeypatch: pytest.MonkeyPatch, first: int
) -> None:
    made = {amount: failed_attempt(shop, order_id, amount) for amount in (first, PRICE + UNDERPAID_AMOUNT - first)}
    shop.verify(student, authorize_late(shop, made[PRICE], capture=True))
    authorize_late(shop, made[UNDERPAID_AMOUNT], capture=True, even_if_paid=True)
    crash_at_second_settle(monkeypatch)
    sweep_repeatedly(shop, 1, minutes=15)
    assert (shop.states(student, order_id), next_poll_at(shop.payment(order_id))) == (
        ("failed", "cancelled"),
        "23 12:30",
    )
    sweep_repeatedly(shop, 1, minutes=15)
    assert (shop.states(student, order_id), ledger_totals(shop, order_id)) == (
        ("captured", "active"),
        (PRICE + UNDERPAID_AMOUNT, 0),
    )
    sweep_repeatedly(shop, 2, minutes=15)
    assert ledger_totals(shop, order_id) == (PRICE + UNDERPAID_AMOUNT, UNDERPAID_AMOUNT)
