"""`reconcile --heal` meets orders that cannot be read, compared or settled: each is named, and none keeps the others
from being settled."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from cli.reconcile import command
from functions.payments.reconciliation import reconcile as module
from functions.payments.reconciliation.heal_orders import heal_order
from functions.payments.reconciliation.reconcile import reconcile
from shared.errors import GatewayBusy, GatewayUnavailable, StoreUnavailable
from shared.gateways import razorpay
from tests.fixtures.api import Api
from tests.fixtures.cli_runner import run_command
from tests.fixtures.corruption import spoil, tamper
from tests.fixtures.logs import captured_logs, entries_with_code
from tests.fixtures.storefront import PRICE, Storefront
from tests.protocol.reconciliation.purchases import buy

NewUser = Callable[..., Api]
UNKNOWN_STATUS = {"rfnd_AAAAAAAAAAAAAA": {"amount": 100, "status": "evaporated"}}
MALFORMED_CAPTURE = {"pay_AAAAAAAAAAAAAA": {"amount": "x"}}


@pytest.fixture
def start(shop: Storefront) -> datetime:
    return shop.clock.now()


def pay_unnoticed(shop: Storefront, new_user: NewUser, after: str = "") -> str:
    """A paid order whose messages were all lost. Orders are compared by id: it comes after the order `after`."""
    order_id = ""
    while order_id <= after:
        order_id = str(shop.create_order(new_user("student"))["order_id"])
    shop.pay(order_id)
    shop.clock.advance(minutes=1)
    return order_id


@pytest.mark.parametrize("attribute", ["surplus", "refunds", "status"])
def test_reconcile_unreadable_payment_is_failed_and_others_are_settled(
    shop: Storefront, new_user: NewUser, start: datetime, attribute: str
) -> None:
    spoilt = buy(shop, new_user("student"))
    unsettled = pay_unnoticed(shop, new_user)
    if attribute == "status":
        spoil(shop.payment(spoilt), "status")
    else:
        tamper(shop.payment(spoilt), **{attribute: MALFORMED_CAPTURE if attribute == "surplus" else UNKNOWN_STATUS})
    with captured_logs() as lines:
        report = reconcile(start, shop.clock.now(), heal=True)
    assert {line["order_id"] for line in entries_with_code(lines, "not_reconciled")} == {spoilt}
    assert (report.failed, report.healed, report.orders, report.is_equal) == ([spoilt], 1, 1, False)
    assert shop.payment(unsettled).status == "captured"


@pytest.mark.parametrize("attribute", ["surplus", "status"])
def test_reconcile_unreadable_payment_that_only_our_table_has_is_failed_once(
    shop: Storefront, new_user: NewUser, start: datetime, attribute: str
) -> None:
    spoilt = buy(shop, new_user("student"))
    if attribute == "status":
        spoil(shop.payment(spoilt), "status")
    else:
        tamper(shop.payment(spoilt), surplus=MALFORMED_CAPTURE, captured_at=None)
    del shop.gateway.ledger.payments[next(iter(shop.gateway.ledger.payments))]
    report = reconcile(start, shop.clock.now())
    assert (report.failed, report.orders) == ([spoilt], 0)


def test_reconcile_refund_that_cannot_be_read_is_named_and_others_are_settled(
    shop: Storefront, new_user: NewUser, start: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = buy(shop, new_user("student"))
    payment_id = str(shop.payment(odd).payment_id)
    made = shop.control("POST", f"payments/{payment_id}/refund", {"amount": 100})
    unsettled = [pay_unnoticed(shop, new_user) for _ in range(3)]
    whole = razorpay.fetch_refunds_of

    def without_amount(of: str) -> list[Any]:
        return [{name: value for name, value in each.items() if name != "amount"} for each in whole(of)]

    monkeypatch.setattr(razorpay, "fetch_refunds_of", lambda of: without_amount(of) if of == payment_id else whole(of))
    report = reconcile(start, shop.clock.now(), heal=True)
    [refund_id] = shop.gateway.ledger.refunds
    assert made
    assert (report.unreadable, report.failed, report.healed, report.orders) == ([refund_id], [odd], 3, 3)
    assert [shop.payment(each).status for each in unsettled] == ["captured"] * 3
    code, output = run_command(command, "--since", start.isoformat())
    assert (code, f"unreadable at the gateway, not compared: {refund_id}\n" in output) == (1, True)
    assert f"not compared or settled, see the log: {odd}\n" in output


def test_reconcile_three_orders_that_cannot_be_settled_do_not_end_it(
    shop: Storefront, new_user: NewUser, start: datetime
) -> None:
    odd = [buy(shop, new_user("student")) for _ in range(3)]
    unsettled = pay_unnoticed(shop, new_user, after=max(odd))
    for each in odd:
        shop.control("POST", f"payments/{shop.payment(each).payment_id}/refund", {"amount": 100})
        tamper(shop.payment(each), refund_requests={"0" * 24: {"amount": "x"}})
    shop.clock.advance(minutes=1)
    report = reconcile(start, shop.clock.now(), heal=True)
    assert (report.failed, report.healed, report.orders) == (sorted(odd), 1, 4)
    assert report.gateway_totals == {("INR", "captured"): 4 * PRICE, ("INR", "refunded"): 300}
    assert shop.payment(unsettled).status == "captured"


def fail_heals(monkeypatch: pytest.MonkeyPatch, failing: list[str], error: Exception) -> None:
    heal = heal_order

    def fail(suspect: Any, *rest: Any, **named: Any) -> Any:
        if suspect.order_id in failing:
            raise error
        return heal(suspect, *rest, **named)

    monkeypatch.setattr(module, "heal_order", fail)


@pytest.mark.parametrize("error", [GatewayUnavailable(), StoreUnavailable(), GatewayBusy()])
def test_reconcile_three_outages_in_a_row_end_it(
    shop: Storefront, new_user: NewUser, start: datetime, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    unsettled = sorted(pay_unnoticed(shop, new_user) for _ in range(4))
    fail_heals(monkeypatch, unsettled[:3], error)
    with pytest.raises(type(error)):
        reconcile(start, shop.clock.now(), heal=True)
    assert shop.payment(unsettled[3]).status == "pending"


@pytest.mark.parametrize("is_settled", [True, False])
def test_reconcile_outages_that_are_not_in_a_row_do_not_end_it(
    shop: Storefront, new_user: NewUser, start: datetime, monkeypatch: pytest.MonkeyPatch, is_settled: bool
) -> None:
    """Another order between them is settled, or is equal already."""
    unsettled = sorted(pay_unnoticed(shop, new_user) for _ in range(5))
    failing = [*unsettled[:2], *unsettled[3:]]
    if is_settled:
        assert reconcile(start, shop.clock.now(), heal=True, left_out=failing).healed == 1
    fail_heals(monkeypatch, failing, GatewayUnavailable())
    report = reconcile(start, shop.clock.now(), heal=True)
    assert (report.failed, report.healed) == (failing, int(not is_settled))


def test_reconcile_left_out_order_is_compared_and_not_settled(
    shop: Storefront, new_user: NewUser, start: datetime
) -> None:
    one, other = (pay_unnoticed(shop, new_user) for _ in range(2))
    report = reconcile(start, shop.clock.now(), heal=True, left_out=[one])
    assert ([each.order_id for each in report.differences], report.failed, report.healed) == ([one], [], 1)
    assert (shop.payment(one).status, shop.payment(other).status) == ("pending", "captured")
