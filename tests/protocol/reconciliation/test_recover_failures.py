"""`recover` meets an order that cannot be brought up to date: it settles no other order of that learner, because a
later purchase would count as a duplicate, and every order of the others."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

import pytest

from cli import recover as recover_command
from functions.payments.reconciliation.restore import recover as module
from functions.payments.reconciliation.restore.recover import recover
from shared.db.payments.payment_attributes import primary_capture
from shared.errors import StoreUnavailable
from shared.gateways import razorpay
from shared.settlement.settle import settle
from tests.fixtures.api import Api
from tests.fixtures.cli_runner import run_command
from tests.fixtures.corruption import spoil, tamper
from tests.fixtures.logs import captured_logs, entries_with_code
from tests.fixtures.storefront import Storefront, refund
from tests.fixtures.table_snapshot import restore, snapshot
from tests.protocol.reconciliation.purchases import buy, settle_refunds
from tests.protocol.refund_actions import lose_dispute
from tests.protocol.stored_state import breaches
from tests.protocol.sweep_actions import sweep_repeatedly

NewUser = Callable[..., Api]
UNKNOWN_STATUS = {"rfnd_AAAAAAAAAAAAAA": {"amount": 100, "status": "evaporated"}}
MALFORMED_CAPTURE = {"pay_AAAAAAAAAAAAAA": {"amount": "x"}}


class Purchases(NamedTuple):
    """The table knows `first`, which was returned after its moment. Then the learner bought the course again, and
    another learner bought it too."""

    restored_to: datetime
    learner: Api
    first: str
    second: str
    unpaid: str
    others: str


@pytest.fixture(params=["refund", "dispute"])
def bought_again(
    request: pytest.FixtureRequest, shop: Storefront, student: Api, admin: Api, new_user: NewUser
) -> Purchases:
    first, buyer = buy(shop, student), new_user("student")
    taken, restored_to = snapshot(), shop.clock.now()
    shop.clock.advance(minutes=10)
    if request.param == "refund":
        assert refund(admin, first).status == 200
    else:
        lose_dispute(shop, shop.payment(first).payment_id)
    settle_refunds(shop)
    unpaid = str(shop.create_order(student)["order_id"])
    second, others = buy(shop, student), buy(shop, buyer)
    assert shop.states(student, second) == ("captured", "active")
    restore(taken)
    shop.clock.advance(hours=1)
    return Purchases(restored_to, student, first, second, unpaid, others)


def fail_once(monkeypatch: pytest.MonkeyPatch, order_id: str) -> None:
    """The table does not answer once."""
    failures = [StoreUnavailable("throttled")]

    def settle_or_fail(settled_id: str, *rest: Any, **named: Any) -> Any:
        if settled_id == order_id and failures:
            raise failures.pop()
        return settle(settled_id, *rest, **named)

    monkeypatch.setattr(module, "settle", settle_or_fail)


def left_out(bought: Purchases) -> set[str]:
    return {bought.first, bought.second, bought.unpaid}


def assert_second_purchase_is_kept(shop: Storefront, bought: Purchases) -> None:
    sweep_repeatedly(shop)
    settle_refunds(shop)
    assert shop.states(bought.learner, bought.second) == ("captured", "active")
    assert shop.payment(bought.first).status == "refunded"
    assert breaches() == []


def test_recover_failed_return_leaves_out_every_order_of_the_learner_until_it_is_repeated(
    shop: Storefront, bought_again: Purchases, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_once(monkeypatch, bought_again.first)
    recovery = recover(bought_again.restored_to, lambda _: None)
    assert (set(recovery.failed), recovery.is_complete, recovery.due_refunds) == (left_out(bought_again), False, [])
    assert (recovery.settled, recovery.adopted) == (1, 1)
    assert shop.payment(bought_again.others).status == "captured"
    again = recover(bought_again.restored_to, lambda _: None)
    assert (again.failed, again.due_refunds, again.is_complete) == ([], [], True)
    assert_second_purchase_is_kept(shop, bought_again)


def test_recover_command_failed_return_is_not_overtaken_by_the_comparison(
    shop: Storefront, bought_again: Purchases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The comparison at the end settles what differs, except the orders that were left out."""
    fail_once(monkeypatch, bought_again.first)
    options = ("--since", bought_again.restored_to.isoformat(), "--first-recovery", "--wait", "0")
    code, output = run_command(recover_command.command, *options)
    assert (code, "known orders: 0 with refunds or disputes since, 1 failed\n" in output) == (1, True)
    for order_id in left_out(bought_again):
        assert f"not settled, see the log, then repeat this command: {order_id}\n" in output
    assert run_command(recover_command.command, *options)[0] == 0
    assert_second_purchase_is_kept(shop, bought_again)


def test_recover_unreadable_return_at_the_gateway_leaves_out_the_learner_until_it_is_readable(
    shop: Storefront, bought_again: Purchases, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        for name in ("list_refunds", "list_disputes"):
            patch.setattr(razorpay, name, without_amount(getattr(razorpay, name)))
        recovery = recover(bought_again.restored_to, lambda _: None)
    [entity_id] = recovery.unreadable
    assert entity_id.startswith(("rfnd_", "disp_"))
    assert (set(recovery.failed), recovery.settled) == (left_out(bought_again), 1)
    assert recover(bought_again.restored_to, lambda _: None).is_complete
    assert_second_purchase_is_kept(shop, bought_again)


def test_recover_unreadable_return_of_an_unknown_order_leaves_out_its_learner(
    shop: Storefront, student: Api, admin: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the dispute, the money of both orders seems to be kept."""
    taken, restored_to = snapshot(), shop.clock.now()
    first = buy(shop, student)
    lose_dispute(shop, shop.payment(first).payment_id)
    settle_refunds(shop)
    second = buy(shop, student)
    restore(taken)
    shop.clock.advance(hours=1)
    with monkeypatch.context() as patch:
        patch.setattr(razorpay, "list_disputes", without_amount(razorpay.list_disputes))
        assert set(recover(restored_to, lambda _: None).failed) == {first, second}
    assert recover(restored_to, lambda _: None).is_complete
    sweep_repeatedly(shop)
    settle_refunds(shop)
    assert shop.states(student, second) == ("captured", "active")


def without_amount(listed: Callable[..., Any]) -> Callable[..., Any]:
    def malformed(*period: int) -> Any:
        return ({name: value for name, value in each.items() if name != "amount"} for each in listed(*period))

    return malformed


@pytest.mark.parametrize("attribute", ["surplus", "refunds", "status"])
def test_recover_unreadable_payment_leaves_out_its_learner_only(
    shop: Storefront, bought_again: Purchases, attribute: str
) -> None:
    stored = shop.payment(bought_again.first)
    if attribute == "status":
        spoil(stored, "status")
    else:
        tamper(stored, **{attribute: MALFORMED_CAPTURE if attribute == "surplus" else UNKNOWN_STATUS})
    with captured_logs() as lines:
        recovery = recover(bought_again.restored_to, lambda _: None)
    assert (set(recovery.failed), recovery.settled) == (left_out(bought_again), 1)
    assert shop.payment(bought_again.others).status == "captured"
    code = "item_unreadable" if attribute == "status" else "not_recovered"
    assert bought_again.first in str(entries_with_code(lines, code))
    tamper(stored, status=stored.status, surplus=None, refunds={})
    assert primary_capture(shop.payment(bought_again.first)).refunds == {}
    assert recover(bought_again.restored_to, lambda _: None).is_complete
    assert_second_purchase_is_kept(shop, bought_again)
