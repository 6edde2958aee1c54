"""Money never waits for a coupon: a coupon, or a use, that is missing or whose counters are no numbers keeps nothing
from being settled. The claim is then due, and each poll of the order tries again."""

from datetime import timedelta
from typing import Any

import pytest

from functions.payments.invariants.check import check_invariants, check_order
from shared.db.entities import CouponUse
from shared.db.payments import payments, webhook_inbox
from shared.db.table import keys, store
from shared.db.table.base import Item
from shared.db.table.keys import Key
from shared.db.table.transaction import Transaction
from shared.errors import StoreUnavailable
from shared.history_kinds import EvidenceKind, Source
from shared.settlement.decision import Verdict
from shared.settlement.evidence import PollCompleted
from shared.settlement.settle import settle
from tests.fixtures import rows
from tests.fixtures.api import Api
from tests.fixtures.corruption import delete_item, spoil, tamper
from tests.fixtures.emitted_metrics import emitted_metrics
from tests.fixtures.storefront import Storefront
from tests.protocol.coupons.coupon_actions import CODE, DISCOUNTED, Uses, put_coupon, stored_coupon, uses
from tests.protocol.stored_state import inbox_row

DAMAGES = ["coupon spoilt", "coupon missing", "use spoilt", "use missing"]


def use_of(learner: Api) -> CouponUse:
    use = store.get(CouponUse, keys.coupon_use(CODE, learner.user_id))
    assert use
    return use


def damage(learner: Api, kind: str) -> Item:
    """Spoils or deletes the item. Returns it as it was."""
    item: Item = stored_coupon() if kind.startswith("coupon") else use_of(learner)
    if kind.endswith("missing"):
        delete_item(Key(item.pk, item.sk))
        return item
    for counter in ("remaining", "redeemed_late", "uses"):
        if counter in item.attribute_values:
            spoil(item, counter)
    return item


def repair(item: Item) -> None:
    delete_item(Key(item.pk, item.sk))
    rows.put(item)


def late_order(shop: Storefront, learner: Api) -> str:
    """An order that expired: its use is given back."""
    order_id: str = shop.create_order(learner, coupon=CODE)["order_id"]
    shop.clock.advance(minutes=31)
    shop.sweep()
    assert (shop.payment(order_id).coupon_state, uses(learner)) == ("released", Uses(2, 0))
    return order_id


def evidence(order_id: str) -> list[str]:
    return [str(entry.evidence) for entry in payments.history(order_id)]


@pytest.mark.parametrize("kind", DAMAGES)
def test_f87_late_payment_is_settled_and_its_claim_is_written_once_the_coupon_is_repaired(
    shop: Storefront, student: Api, admin: Api, kind: str
) -> None:
    put_coupon(admin)
    order_id = late_order(shop, student)
    item = damage(student, kind)
    shop.pay(order_id)
    replies = shop.deliver()
    payment = shop.payment(order_id)
    assert ({reply.status for reply in replies}, *shop.states(student, order_id)) == ({200}, "captured", "active")
    assert (payment.captured_amount, payment.coupon_state, payment.coupon_due) == (
        DISCOUNTED,
        "released",
        "redeemed_late",
    )
    assert student.get(f"/api/payments/{order_id}/receipt").status in (200, 409)
    due = "its claim is released, and redeemed_late is due: the coupon or its use could not be written"
    assert f"I19 {order_id}: {due}" in map(str, check_order(order_id).breaches)

    repair(item)
    shop.clock.advance(minutes=15)
    shop.sweep()
    payment = shop.payment(order_id)
    assert (payment.coupon_state, payment.coupon_due, payment.next_poll_at) == ("redeemed_late", None, None)
    assert uses(student) == Uses(2, 1, late=1)
    assert check_invariants().breaches == []


@pytest.mark.parametrize("kind", DAMAGES)
def test_unpaid_order_expires_and_gives_its_use_back_once_the_coupon_is_repaired(
    shop: Storefront, student: Api, admin: Api, kind: str
) -> None:
    put_coupon(admin)
    order_id = shop.create_order(student, coupon=CODE)["order_id"]
    item = damage(student, kind)
    shop.clock.advance(minutes=31)
    shop.sweep()
    payment = shop.payment(order_id)
    assert (*shop.states(student, order_id), payment.coupon_state, payment.coupon_due) == (
        "failed",
        "cancelled",
        "claimed",
        "released",
    )
    repair(item)
    shop.clock.advance(minutes=15)
    shop.sweep()
    payment = shop.payment(order_id)
    assert (payment.coupon_state, payment.coupon_due) == ("released", None)
    assert uses(student) == Uses(2, 0)
    assert check_invariants().breaches == []


@pytest.mark.parametrize("kind", DAMAGES)
def test_duplicate_is_refunded_although_its_coupon_cannot_be_written(
    shop: Storefront, student: Api, admin: Api, kind: str
) -> None:
    put_coupon(admin)
    first = shop.create_order(student)["order_id"]
    second = shop.create_order(student, coupon=CODE)["order_id"]
    damage(student, kind)
    for order_id in (first, second):
        shop.pay(order_id)
        shop.deliver()
    shop.sweep()
    assert (shop.payment(second).reason, len(shop.payment(second).refunds.as_dict())) == ("duplicate", 1)
    assert (shop.payment(second).coupon_state, shop.payment(second).coupon_due) == ("claimed", "released")


def test_paid_again_while_the_release_is_due_is_redeemed_in_time(shop: Storefront, student: Api, admin: Api) -> None:
    """Nothing was given back, so nothing is taken."""
    put_coupon(admin)
    order_id = shop.create_order(student, coupon=CODE)["order_id"]
    item = damage(student, "use spoilt")
    shop.clock.advance(minutes=31)
    shop.sweep()
    shop.pay(order_id)
    shop.deliver()
    payment = shop.payment(order_id)
    assert (*shop.states(student, order_id), payment.coupon_state, payment.coupon_due) == (
        "captured",
        "active",
        "redeemed",
        None,
    )
    repair(item)
    assert uses(student) == Uses(1, 1)
    assert check_invariants().breaches == []


def test_late_redemption_stays_due_after_a_refund(shop: Storefront, student: Api, admin: Api) -> None:
    put_coupon(admin)
    order_id = late_order(shop, student)
    item = damage(student, "coupon spoilt")
    shop.pay(order_id)
    shop.deliver()
    assert admin.post(f"/api/payments/{order_id}/refund", {"reason": "asked"}).status == 200
    shop.clock.advance(days=10)
    shop.deliver()
    shop.sweep()
    assert shop.payment(order_id).status == "refunded"
    assert shop.payment(order_id).coupon_due == "redeemed_late"
    repair(item)
    shop.clock.advance(days=2)
    shop.sweep()
    assert (shop.payment(order_id).coupon_state, uses(student)) == ("redeemed_late", Uses(2, 1, late=1))
    assert check_invariants().breaches == []


def test_order_on_hold_is_listed_in_the_enrollment_while_the_release_stays_due(
    shop: Storefront, student: Api, admin: Api
) -> None:
    """An earlier version did not list it. The poll that lists it writes nothing else."""
    put_coupon(admin)
    order_id = shop.create_order(student, coupon=CODE)["order_id"]
    item = damage(student, "coupon missing")
    shop.clock.advance(minutes=31)
    shop.sweep()
    shop.pay(order_id, amount=20_000)
    shop.deliver()
    assert (shop.payment(order_id).coupon_state, shop.payment(order_id).coupon_due) == ("claimed", "released")
    tamper(shop.enrollment(student), orders_on_hold=None)

    for _ in range(2):
        shop.clock.advance(days=1, hours=2)
        shop.sweep()
    assert shop.enrollment(student).orders_on_hold == [order_id]
    written = evidence(order_id)
    shop.clock.advance(days=1, hours=2)
    shop.sweep()
    assert evidence(order_id) == written

    reply = shop.request_order(student)
    assert (reply.status, reply.code) == (409, "payment_on_hold")
    repair(item)
    shop.clock.advance(days=1, hours=2)
    shop.sweep()
    assert (shop.payment(order_id).coupon_state, uses(student)) == ("released", Uses(2, 0))
    assert check_invariants().breaches == []


def test_poll_that_writes_nothing_because_the_claim_stays_due_changes_nothing(
    shop: Storefront, student: Api, admin: Api
) -> None:
    put_coupon(admin)
    order_id = late_order(shop, student)
    damage(student, "coupon spoilt")
    shop.pay(order_id)
    shop.deliver()
    before = shop.payment(order_id)
    settled = settle(order_id, PollCompleted(), Source.SWEEP)
    assert settled
    assert (settled.verdict, settled.payment.version) == (Verdict.NO_CHANGE, before.version)
    assert shop.payment(order_id).version == before.version


def test_inbox_entry_is_written_although_the_claim_stays_due(shop: Storefront, student: Api, admin: Api) -> None:
    put_coupon(admin)
    order_id = late_order(shop, student)
    damage(student, "coupon spoilt")
    shop.pay(order_id)
    shop.deliver()
    inbox = webhook_inbox.new_entry("evt_due", "payment.captured", order_id, EvidenceKind.CAPTURED, shop.clock.now())
    settled = settle(order_id, PollCompleted(), Source.WEBHOOK, inbox=inbox)
    assert settled
    assert (settled.verdict, settled.payment.coupon_due) == (Verdict.RECORDED, "redeemed_late")
    stored = inbox_row("evt_due")
    assert stored
    assert stored.order_id == order_id


def test_damaged_coupon_is_polled_less_and_less_often_and_fills_no_history(
    shop: Storefront, student: Api, admin: Api
) -> None:
    put_coupon(admin)
    order_id = late_order(shop, student)
    damage(student, "coupon spoilt")
    shop.pay(order_id)
    shop.deliver()
    before = evidence(order_id)
    polls = 0
    for _ in range(10 * 24):
        shop.clock.advance(hours=1)
        due = shop.payment(order_id).next_poll_at
        shop.sweep()
        polls += shop.payment(order_id).next_poll_at != due
    assert evidence(order_id) == before
    assert 5 <= polls <= 40
    next_poll_at = shop.payment(order_id).next_poll_at
    assert next_poll_at
    assert next_poll_at <= shop.clock.now() + timedelta(days=1)


def test_each_claim_that_is_not_written_is_logged_and_counted(
    shop: Storefront, student: Api, admin: Api, capsys: pytest.CaptureFixture[str]
) -> None:
    put_coupon(admin)
    order_id = late_order(shop, student)
    damage(student, "coupon spoilt")
    shop.pay(order_id)
    capsys.readouterr()
    shop.deliver()
    assert emitted_metrics(capsys)["settlement", "coupons_not_written"] == 1


class Contention:
    """Every transaction that has one of the labels conflicts with another one, five times."""

    def __init__(self, labels: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self.refused = 0
        original = Transaction.commit
        contention = self

        def commit(transaction: Transaction) -> Any:
            if labels & set(transaction._labels.values()):
                contention.refused += 1
                transaction.contended = frozenset(labels)
                raise StoreUnavailable
            return original(transaction)

        monkeypatch.setattr(Transaction, "commit", commit)


def test_late_payment_of_a_contended_coupon_is_settled_and_counted_later(
    shop: Storefront, student: Api, admin: Api
) -> None:
    put_coupon(admin)
    order_id = late_order(shop, student)
    shop.pay(order_id)
    with pytest.MonkeyPatch.context() as patch:
        contention = Contention({"coupon"}, patch)
        assert {reply.status for reply in shop.deliver()} == {200}
    assert contention.refused == 1
    assert shop.states(student, order_id) == ("captured", "active")
    assert shop.payment(order_id).coupon_due == "redeemed_late"
    shop.clock.advance(minutes=15)
    shop.sweep()
    assert (shop.payment(order_id).coupon_state, uses(student)) == ("redeemed_late", Uses(2, 1, late=1))


def test_expiry_of_a_contended_coupon_waits_for_the_next_sweep(shop: Storefront, student: Api, admin: Api) -> None:
    put_coupon(admin)
    order_id = shop.create_order(student, coupon=CODE)["order_id"]
    shop.clock.advance(minutes=31)
    with pytest.MonkeyPatch.context() as patch:
        Contention({"coupon"}, patch)
        shop.sweep()
    assert (shop.payment(order_id).status, shop.payment(order_id).coupon_due) == ("pending", None)
    shop.clock.advance(minutes=10)
    shop.sweep()
    assert (shop.payment(order_id).status, uses(student)) == ("failed", Uses(2, 0))


@pytest.mark.parametrize("labels", [{"payment"}, {"payment", "coupon"}, {"enrollment"}])
def test_contention_of_other_items_is_not_the_coupons(
    shop: Storefront, student: Api, admin: Api, labels: set[str]
) -> None:
    put_coupon(admin)
    order_id = late_order(shop, student)
    shop.pay(order_id)
    with pytest.MonkeyPatch.context() as patch:
        Contention(labels, patch)
        assert {reply.status for reply in shop.deliver()} == {503}
    assert (shop.payment(order_id).status, shop.payment(order_id).coupon_due) == ("failed", None)
