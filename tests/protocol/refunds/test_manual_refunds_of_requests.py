"""Manual refunds of payments with open refund requests: which request they answer, and which of them are rejected."""

import pytest

from shared.db.entities import AuditEntry
from shared.db.table import store
from tests.fixtures.api import Api
from tests.fixtures.storefront import PRICE, Storefront, refund
from tests.protocol.refund_actions import (
    process_refunds,
    record_manual_refund,
    refund_request_id,
    set_balance,
    shown_requests,
)
from tests.protocol.stored_state import breaches
from tests.protocol.sweep_actions import order_with_duplicate_captures, sweep_repeatedly


def shown_statuses(admin: Api, order_id: str) -> dict[int, str]:
    """The status of each refund request, by its amount."""
    return {each["amount"]: each["status"] for each in shown_requests(admin, order_id)}


def request_two_refunds_without_balance(shop: Storefront, admin: Api, order_id: str) -> None:
    """Of 300 and of 100 rupees; Razorpay rejects both for now."""
    set_balance(shop, 0)
    refund(admin, order_id, 30_000, "click-1")
    refund(admin, order_id, 10_000, "click-2")


def amounts_made(shop: Storefront) -> list[int]:
    """The amounts of the refunds that Razorpay makes once the account has enough balance."""
    set_balance(shop, None)
    sweep_repeatedly(shop, 3, days=1)
    process_refunds(shop)
    return [each.amount for each in shop.gateway.ledger.refunds.values()]


@pytest.mark.parametrize("is_named", [False, True])
def test_manual_refund_of_one_of_two_rejected_requests_answers_it_and_the_other_is_made(
    shop: Storefront, admin: Api, paid_order_id: str, is_named: bool
) -> None:
    request_two_refunds_without_balance(shop, admin, paid_order_id)
    named = {"request": refund_request_id(paid_order_id, "click-1")} if is_named else {}
    assert record_manual_refund(admin, paid_order_id, 30_000, **named).status == 200
    audited = [entry for entry in store.query_all("AUDIT#2026-11") if isinstance(entry, AuditEntry)]
    [after] = [entry.after for entry in audited if entry.action == "payment.returned_by_hand"]
    assert {name: after[name] for name in ("amount", "request") if name in after} == {"amount": 30_000, **named}
    assert shown_statuses(admin, paid_order_id) == {30_000: "manual", 10_000: "open"}
    assert amounts_made(shop) == [10_000]
    assert shown_statuses(admin, paid_order_id) == {30_000: "manual", 10_000: "made"}
    assert ledger_totals_with_manual(shop, paid_order_id)[:2] == (PRICE, 40_000)
    assert breaches() == []


def test_manual_refund_beyond_what_the_other_open_requests_leave_is_409(
    shop: Storefront, admin: Api, paid_order_id: str
) -> None:
    """Razorpay would make the other request too: the learner would get more than the payment."""
    request_two_refunds_without_balance(shop, admin, paid_order_id)
    key = refund_request_id(paid_order_id, "click-1")
    left = PRICE - 10_000
    assert record_manual_refund(admin, paid_order_id, left + 1, request=key).code == "refund_request_open"
    assert record_manual_refund(admin, paid_order_id, left, request=key).status == 200
    assert shown_statuses(admin, paid_order_id) == {30_000: "manual", 10_000: "open"}


def test_manual_refund_of_due_rest_beside_open_requests_is_recorded(
    shop: Storefront, admin: Api, paid_order_id: str
) -> None:
    """The whole payment is being refunded: no manual refund of the rest returns more than was decided."""
    request_two_refunds_without_balance(shop, admin, paid_order_id)
    refund(admin, paid_order_id)
    rest = PRICE - 40_000
    assert record_manual_refund(admin, paid_order_id, rest + 1).code == "refund_request_open"
    assert record_manual_refund(admin, paid_order_id, rest).status == 200
    assert sorted(amounts_made(shop)) == [10_000, 30_000]
    assert ledger_totals_with_manual(shop, paid_order_id)[:2] == (PRICE, PRICE)
    assert breaches() == []


@pytest.mark.parametrize("key", ["0" * 24, "all"])
def test_manual_refund_that_names_an_unknown_request_is_409_and_records_nothing(
    shop: Storefront, admin: Api, paid_order_id: str, key: str
) -> None:
    set_balance(shop, 0)
    refund(admin, paid_order_id)
    version = shop.payment(paid_order_id).version
    answer = record_manual_refund(admin, paid_order_id, request=key)
    assert (answer.status, answer.code) == (409, "refund_request_not_open")
    assert shop.payment(paid_order_id).version == version
    assert record_manual_refund(admin, paid_order_id).status == 200


def test_manual_refund_that_names_a_request_that_was_made_is_409_and_records_nothing(
    shop: Storefront, admin: Api, paid_order_id: str
) -> None:
    refund(admin, paid_order_id, 10_000, "click-1")
    set_balance(shop, 0)
    refund(admin, paid_order_id)
    key = refund_request_id(paid_order_id, "click-1")
    version = shop.payment(paid_order_id).version
    assert record_manual_refund(admin, paid_order_id, 10_000, request=key).code == "refund_request_not_open"
    assert shop.payment(paid_order_id).version == version


def test_manual_refund_of_extra_payment_that_names_a_request_is_409_and_records_nothing(
    shop: Storefront, student: Api, admin: Api
) -> None:
    order_id, [extra_id] = order_with_duplicate_captures(shop, student)
    set_balance(shop, 0)
    shop.sweep()
    refund(admin, order_id, 10_000, "click-1")
    version, key = shop.payment(order_id).version, refund_request_id(order_id, "click-1")
    answer = record_manual_refund(admin, order_id, payment_id=extra_id, request=key)
    assert (answer.status, answer.code) == (409, "refund_request_not_open")
    assert shop.payment(order_id).version == version
    assert record_manual_refund(admin, order_id, payment_id=extra_id).status == 200
    assert shown_statuses(admin, order_id) == {10_000: "open"}


def test_repeated_manual_refund_of_a_named_request_returns_the_same_state(
    shop: Storefront, admin: Api, paid_order_id: str
) -> None:
    request_two_refunds_without_balance(shop, admin, paid_order_id)
    key = refund_request_id(paid_order_id, "click-1")
    first, second = (record_manual_refund(admin, paid_order_id, 30_000, request=key) for _ in range(2))
    assert (first.status, second.status) == (200, 200)
    assert second.json["payment"] == first.json["payment"]


def test_manual_refund_of_request_that_was_never_rejected_is_409(
    shop: Storefront, admin: Api, paid_order_id: str
) -> None:
    """Razorpay may be making its refund."""
    set_balance(shop, 0)
    refund(admin, paid_order_id, 20_000, "click-1")
    shop.control("POST", "faults", {"kind": "drop", "path": ".*/refund", "method": "POST"})
    refund(admin, paid_order_id, 10_000, "click-2")
    assert record_manual_refund(admin, paid_order_id, 10_000).code == "refund_request_open"
    statuses = {each["amount"]: each["status"] for each in shown_requests(admin, paid_order_id)}
    assert statuses == {20_000: "open", 10_000: "open"}


def test_manual_refund_of_another_amount_is_409_until_it_names_the_request(
    shop: Storefront, admin: Api, paid_order_id: str
) -> None:
    """Razorpay would make the request too, and the learner would get both."""
    set_balance(shop, 0)
    refund(admin, paid_order_id, 40_000, "click-1")
    key = refund_request_id(paid_order_id, "click-1")
    assert record_manual_refund(admin, paid_order_id, 9_900).code == "refund_request_open"
    assert record_manual_refund(admin, paid_order_id, 9_900, request="0" * 24).code == "refund_request_not_open"
    assert record_manual_refund(admin, paid_order_id, PRICE + 1, request=key).code == "refund_too_large"
    assert record_manual_refund(admin, paid_order_id, 9_900, request=key).status == 200
    assert [each["status"] for each in shown_requests(admin, paid_order_id)] == ["manual"]
    set_balance(shop, None)
    sweep_repeatedly(shop)
    assert ledger_totals_with_manual(shop, paid_order_id) == (PRICE, 9_900, {})


def test_manual_refund_of_whole_balance_answers_every_rejected_request(
    shop: Storefront, student: Api, admin: Api, paid_order_id: str
) -> None:
    set_balance(shop, 0)
    refund(admin, paid_order_id, 40_000, "click-1")
    refund(admin, paid_order_id, 5_000, "click-2")
    assert record_manual_refund(admin, paid_order_id).json["payment"]["status"] == "refunded"
    assert [each["status"] for each in shown_requests(admin, paid_order_id)] == ["manual", "manual"]
    assert shop.states(student, paid_order_id) == ("refunded", "cancelled")


def ledger_totals_with_manual(shop: Storefront, order_id: str) -> tuple[int, int, dict[str, object]]:
    """(captured, returned, Razorpay's refunds) of the order."""
    payment = shop.payment(order_id)
    return int(payment.captured_amount), int(payment.refunded_amount), dict(shop.gateway.ledger.refunds)
