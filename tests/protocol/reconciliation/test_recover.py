"""Story 5: an older table is put back, and `recover` brings it up to date with the gateway."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from cli import recover as recover_command
from functions.payments.reconciliation.reconcile import reconcile
from functions.payments.reconciliation.restore.recover import recover
from shared.db.payments.documents import receipts
from shared.db.table import keys, store
from tests.fixtures.api import Api
from tests.fixtures.cli_runner import run_command
from tests.fixtures.storefront import PRICE, Storefront, put_published_course, refund
from tests.fixtures.table_snapshot import restore, snapshot
from tests.protocol.reconciliation.purchases import buy, settle_refunds
from tests.protocol.refund_actions import lose_dispute
from tests.protocol.stored_state import breaches, ledger_totals
from tests.protocol.sweep_actions import order_with_duplicate_captures

FIRST = ("--first-recovery", "--wait", "0")

NewUser = Callable[..., Api]


def receipt_number(order_id: str) -> str | None:
    receipt = receipts.get(order_id)
    return receipt.number if receipt else None


def assert_equal_books(shop: Storefront) -> None:
    settle_refunds(shop)
    now = shop.clock.now()
    report = reconcile(now - timedelta(days=30), now)
    assert (report.differences, report.unreadable) == ([], [])
    assert report.gateway_totals == report.local_totals
    assert breaches() == []


@pytest.fixture
def learners(new_user: NewUser) -> list[Api]:
    return [new_user("student") for _ in range(7)]


def test_f58_recover_after_six_kinds_of_trade_leaves_equal_books_and_no_receipt_number_twice(
    shop: Storefront, learners: list[Api], admin: Api
) -> None:
    old, sale, partial, full, disputed, free, twice = learners
    gift = put_published_course(shop.course.instructor_id, amount=0)
    partial_order, full_order = buy(shop, partial), buy(shop, full)
    shop.enroll(free, gift.course_id)
    old_order = shop.create_order(old)["order_id"]
    taken, restored_to = snapshot(), shop.clock.now()
    shop.clock.advance(minutes=10)

    sold = buy(shop, sale)
    assert refund(admin, partial_order, 10_000, "part-1").status == 200
    assert refund(admin, full_order).status == 200
    lost = buy(shop, disputed)
    lose_dispute(shop, shop.payment(lost).payment_id)
    duplicate, [extra_id] = order_with_duplicate_captures(shop, twice)
    body = {"user_id": old.user_id, "course_id": gift.course_id, "reason": "a gift"}
    assert admin.post("/api/enrollments/grant", body).status == 201
    shop.pay(old_order)
    settle_refunds(shop)
    issued = {receipt_number(each) for each in (sold, lost, duplicate, old_order)}
    before = {each: ledger_totals(shop, each) for each in shop.gateway_order_ids()}
    statement = shop.control("GET", "statement")

    restore(taken)
    shop.clock.advance(hours=2)
    recovery = recover(restored_to, lambda _: None)

    assert (recovery.undecided, recovery.failed) == ([], [])
    assert {each: ledger_totals(shop, each) for each in shop.gateway_order_ids()} == before
    assert_equal_books(shop)
    after = shop.control("GET", "statement")
    assert (after["captured"], after["refunded"]) == (statement["captured"], statement["refunded"])
    numbers = [receipt_number(each) for each in (sold, duplicate, old_order)]
    assert None not in numbers
    assert len(set(numbers)) == 3
    assert set(numbers).isdisjoint(issued)
    assert shop.states(sale, sold) == ("captured", "active")
    assert shop.states(partial, partial_order) == ("captured", "active")
    assert shop.states(full, full_order) == ("refunded", "cancelled")
    assert shop.states(disputed, lost) == ("refunded", "cancelled")
    assert shop.states(twice, duplicate) == ("captured", "active")
    assert shop.states(old, old_order) == ("captured", "active")
    assert extra_id in shop.payment(duplicate).surplus.as_dict()
    assert shop.enrollment(free, gift.course_id).status == "active"


def test_recover_twice_changes_nothing_more(shop: Storefront, learners: list[Api]) -> None:
    buy(shop, learners[0])
    taken, restored_to = snapshot(), shop.clock.now()
    shop.clock.advance(minutes=10)
    sold = buy(shop, learners[1])
    restore(taken)
    first = recover(restored_to, lambda _: None)
    stored = snapshot()
    assert recover(restored_to, lambda _: None).voided == first.voided
    assert {key for key in snapshot() if snapshot()[key] != stored.get(key)} <= {keys.receipt_counter("26-27")}
    assert shop.states(learners[1], sold) == ("captured", "active")


class TestRefundsAfterRestore:
    def test_partial_refund_made_before_restore_is_not_made_again_by_the_same_request(
        self, shop: Storefront, admin: Api, paid_order_id: str
    ) -> None:
        taken = snapshot()
        shop.clock.advance(minutes=10)
        assert refund(admin, paid_order_id, 10_000, "part-1").status == 200
        settle_refunds(shop)
        restore(taken)
        assert refund(admin, paid_order_id, 10_000, "part-1").status == 200
        settle_refunds(shop)
        assert ledger_totals(shop, paid_order_id) == (PRICE, 10_000)

    def test_full_refund_made_before_restore_is_not_made_again(
        self, shop: Storefront, admin: Api, paid_order_id: str
    ) -> None:
        taken = snapshot()
        shop.clock.advance(minutes=10)
        assert refund(admin, paid_order_id).status == 200
        settle_refunds(shop)
        restore(taken)
        assert refund(admin, paid_order_id).status in (200, 409)
        settle_refunds(shop)
        assert ledger_totals(shop, paid_order_id) == (PRICE, PRICE)


class TestPurchaseAfterRefund:
    """A learner whose first purchase was returned bought the course again. Both happened after the moment of the
    table. The second purchase is neither a duplicate nor unwanted."""

    @pytest.mark.parametrize("first_is_known", [True, False], ids=["first order known", "first order unknown"])
    @pytest.mark.parametrize("by", ["refund", "dispute"])
    def test_recover_second_purchase_keeps_course(
        self, shop: Storefront, student: Api, admin: Api, by: str, first_is_known: bool
    ) -> None:
        taken, restored_to = snapshot(), shop.clock.now()
        shop.clock.advance(minutes=1)
        first = buy(shop, student)
        if first_is_known:
            taken, restored_to = snapshot(), shop.clock.now()
            shop.clock.advance(minutes=10)
        if by == "refund":
            assert refund(admin, first).status == 200
        else:
            lose_dispute(shop, shop.payment(first).payment_id)
        settle_refunds(shop)
        second = buy(shop, student)
        assert shop.states(student, second) == ("captured", "active")
        restore(taken)
        recover(restored_to, lambda _: None)
        assert shop.states(student, second) == ("captured", "active")
        assert shop.payment(first).status == "refunded"
        assert_equal_books(shop)


class TestUndecided:
    def test_recover_learner_registered_later_is_printed_with_gateway_contact_and_not_stored(
        self, shop: Storefront, new_user: NewUser
    ) -> None:
        taken, restored_to = snapshot(), shop.clock.now()
        shop.clock.advance(minutes=1)
        newcomer = new_user("student")
        order_id = shop.create_order(newcomer)["order_id"]
        paid = shop.pay(order_id, email="asha@example.com", contact="+919811111111")
        shop.deliver()
        shop.sweep()
        restore(taken)
        shop.clock.advance(minutes=10)
        moment = restored_to.isoformat()
        code, output = run_command(recover_command.command, "--since", moment, *FIRST)
        assert code == 1
        line = f"  {order_id} {paid['razorpay_payment_id']} {PRICE} INR, paid by asha@example.com +919811111111\n"
        assert line in output
        assert "asha@example.com" not in str(snapshot())
        assert shop.payment(order_id).reason == "orphaned"

    def test_recover_order_of_deleted_course_is_undecided(self, shop: Storefront, student: Api) -> None:
        taken, restored_to = snapshot(), shop.clock.now()
        shop.clock.advance(minutes=1)
        later = put_published_course(shop.course.instructor_id)
        order_id = buy(shop, student, later.course_id)
        restore(taken)
        assert [each.order_id for each in recover(restored_to, lambda _: None).undecided] == [order_id]
        assert store.get_many([keys.course(later.course_id)]) == {}


class TestCommand:
    def test_recover_command_prints_each_step_and_equal_ledgers(self, shop: Storefront, student: Api) -> None:
        taken, restored_to = snapshot(), shop.clock.now()
        shop.clock.advance(minutes=1)
        order_id = buy(shop, student)
        restore(taken)
        shop.clock.advance(minutes=10)
        code, output = run_command(recover_command.command, "--since", restored_to.isoformat(), *FIRST)
        assert (code, output.splitlines()) == (
            0,
            [
                "reading the gateway's lists",
                "receipts: voided 101 numbers",
                "credit notes: voided 100 numbers",
                "debit notes: voided 100 numbers",
                "known orders: 0 with refunds or disputes since, 0 failed",
                "paid orders: 1 settled, 0 failed",
                "unknown orders: 1 adopted",
                "read models: rebuilt",
                "INR captured        gateway         49,900   local         49,900   difference 0",
                "ledgers match (amounts in minor units)",
                "lost with the table, see its audit log: refund requests, manual refunds and accepts. Repeat them",
            ],
        )
        assert shop.states(student, order_id) == ("captured", "active")

    @pytest.mark.parametrize("moment", ["yesterday", "2999-01-01"])
    def test_recover_command_with_unusable_moment_exits_2(self, moment: str) -> None:
        assert run_command(recover_command.command, "--since", moment, *FIRST)[0] == 2

    def test_recover_command_during_outage_exits_2_with_a_sentence(self, shop: Storefront) -> None:
        shop.control("POST", "faults", {"kind": "drop", "times": 99})
        code, output = run_command(recover_command.command, "--since", "2026-11-23", *FIRST)
        assert (code, "gateway" in output) == (2, True)


def test_recover_order_that_keeps_failing_does_not_keep_others(
    shop: Storefront, new_user: NewUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken, restored_to = snapshot(), shop.clock.now()
    shop.clock.advance(minutes=1)
    broken, whole = buy(shop, new_user("student")), buy(shop, new_user("student"))
    learners: dict[Any, Any] = {key: item for key, item in snapshot().items() if key.sk == "PROFILE"}
    restore(taken | learners)
    shop.control("POST", "faults", {"kind": "503", "times": 99, "path": f"/v1/orders/{broken}/payments"})
    recovery = recover(restored_to, lambda _: None)
    assert (recovery.failed, recovery.settled) == ([broken], 1)
    assert shop.payment(whole).status == "captured"
