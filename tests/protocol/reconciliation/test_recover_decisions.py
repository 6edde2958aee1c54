"""What `recover` leaves to an admin: nothing that an admin decided after the moment is decided again, or hidden."""

from datetime import timedelta

import pytest

from cli import recover as recover_command
from functions.payments.reconciliation.reconcile import reconcile
from functions.payments.reconciliation.restore.left_to_admin import DueRefund, Undecided
from functions.payments.reconciliation.restore.recover import recover
from shared.db.payments import order_writes
from tests.fixtures.api import Api
from tests.fixtures.cli_runner import run_command
from tests.fixtures.storefront import PRICE, Storefront, refund
from tests.fixtures.table_snapshot import restore, snapshot
from tests.protocol.holds.held_payment import PAID, HeldPayment
from tests.protocol.reconciliation.purchases import buy, settle_refunds
from tests.protocol.refund_actions import record_manual_refund, set_balance
from tests.protocol.stored_state import breaches, next_poll_at
from tests.protocol.sweep_actions import sweep_repeatedly

FIRST = ("--first-recovery", "--wait", "0")

AUDIT_LOG_LINE = "lost with the table, see its audit log: refund requests, manual refunds and accepts. Repeat them\n"


class TestManualRefundAfterTheMoment:
    """Razorpay rejected a refund before the moment; an admin paid it by bank transfer after the moment."""

    def test_recover_requests_no_refund_and_prints_it(self, shop: Storefront, student: Api, admin: Api) -> None:
        order_id = buy(shop, student)
        set_balance(shop, 0)
        assert refund(admin, order_id).status == 200
        taken, restored_to = snapshot(), shop.clock.now()
        shop.clock.advance(minutes=10)
        assert record_manual_refund(admin, order_id).status == 200
        set_balance(shop, None)
        restore(taken)
        shop.clock.advance(minutes=10)
        recovery = recover(restored_to, lambda _: None)
        payment_id = str(shop.payment(order_id).payment_id)
        assert (recovery.due_refunds, recovery.is_complete) == ([DueRefund(order_id, payment_id, PRICE, "INR")], False)
        code, output = run_command(recover_command.command, "--since", restored_to.isoformat(), *FIRST)
        assert code == 1
        assert (
            "due refunds, made when the schedules are enabled: first repeat each one that was made manually\n"
            f"  {order_id} {payment_id} {PRICE} INR\n" + AUDIT_LOG_LINE
        ) in output
        assert shop.gateway.ledger.refunds == {}
        assert record_manual_refund(admin, order_id).status == 200
        settle_refunds(shop)
        assert shop.gateway.ledger.refunds == {}
        assert shop.states(student, order_id) == ("refunded", "cancelled")


class TestMoneyOnHold:
    def test_recover_lost_accept_is_undecided_and_command_exits_1(
        self, shop: Storefront, student: Api, admin: Api
    ) -> None:
        held = HeldPayment.of(shop, student)
        taken, restored_to = snapshot(), shop.clock.now()
        shop.clock.advance(minutes=10)
        assert held.accept(admin).status == 200
        restore(taken)
        shop.clock.advance(minutes=10)
        code, output = run_command(recover_command.command, "--since", restored_to.isoformat(), *FIRST)
        assert code == 1
        assert (
            "money on hold: accept or refund it, unless an admin did so already, then repeat that decision\n"
            f"  {held.order_id} {held.payment_id} {PAID} INR, no rule explains its amount\n" + AUDIT_LOG_LINE
        ) in output
        assert "paid by" not in output

    def test_recover_twice_with_money_on_hold_leaves_the_enrollment_cancelled(
        self, shop: Storefront, student: Api
    ) -> None:
        taken, restored_to = snapshot(), shop.clock.now()
        shop.clock.advance(minutes=10)
        held = HeldPayment.of(shop, student)
        restore(taken)
        shop.clock.advance(minutes=10)
        for _ in range(2):
            recovery = recover(restored_to, lambda _: None)
            assert recovery.undecided == [Undecided(held.order_id, held.payment_id, PAID, "INR", False)]
            assert (shop.states(student, held.order_id), breaches()) == (("failed", "cancelled"), [])
            shop.clock.advance(minutes=10)


class TestOldUnpaidOrder:
    """An order that was created after the moment, and whose last scheduled poll is over."""

    @pytest.fixture
    def order_id(self, shop: Storefront, student: Api) -> str:
        taken = snapshot()
        shop.clock.advance(minutes=10)
        order_id = str(shop.create_order(student)["order_id"])
        shop.clock.advance(days=8)
        restore(taken)
        return order_id

    def test_recover_polls_it_in_the_next_sweep(self, shop: Storefront, order_id: str) -> None:
        recover(shop.clock.now() - timedelta(days=8, minutes=10), lambda _: None)
        assert (shop.payment(order_id).status, next_poll_at(shop.payment(order_id))) == ("pending", "01 12:10")
        sweep_repeatedly(shop)
        assert (shop.payment(order_id).status, shop.payment(order_id).reason) == ("failed", "expired")
        assert breaches() == []


class TestOrdersThatFail:
    def test_recover_order_that_cannot_be_adopted_does_not_keep_others(
        self, shop: Storefront, student: Api, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        taken, restored_to = snapshot(), shop.clock.now()
        [order_id] = [str(shop.create_order(student)["order_id"])]
        restore(taken)
        adopt = order_writes.adopt

        def fail_once(*arguments: object) -> object:
            monkeypatch.setattr(order_writes, "adopt", adopt)
            raise RuntimeError

        monkeypatch.setattr(order_writes, "adopt", fail_once)
        assert recover(restored_to, lambda _: None).failed == [order_id]
        again = recover(restored_to, lambda _: None)
        assert (again.failed, again.adopted, again.is_complete) == ([], 1, True)

    def test_reconcile_heal_order_that_fails_does_not_keep_others(
        self, shop: Storefront, student: Api, new_user: object
    ) -> None:
        orders = sorted(buy_unnoticed(shop, learner) for learner in (student, new_user("student")))  # type: ignore[operator]
        path = f"/v1/orders/{orders[0]}/payments"
        now = shop.clock.now()
        shop.control("POST", "faults", {"kind": "503", "times": 7, "path": path, "after": 1})
        report = reconcile(now.replace(day=22), now, heal=True)
        assert (report.failed, report.healed, report.is_equal) == ([orders[0]], 1, False)
        assert shop.payment(orders[1]).status == "captured"


def buy_unnoticed(shop: Storefront, learner: Api) -> str:
    """A paid order whose messages were all lost."""
    order_id = str(shop.create_order(learner)["order_id"])
    shop.pay(order_id)
    return order_id
