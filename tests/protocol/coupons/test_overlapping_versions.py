"""During a deployment, functions of a version without coupons run beside this one: what they leave behind is mended."""

from typing import Any

import pytest

from functions.payments.invariants.check import check_invariants
from functions.payments.receipts.missing_notes import issue_missing_notes
from shared.db.payments.documents import credit_notes, receipts
from shared.settlement import settle, settled_items
from tests.fixtures.api import Api
from tests.fixtures.storefront import Storefront, refund
from tests.protocol.coupons.coupon_actions import CODE, Uses, buy, put_coupon, uses
from tests.protocol.refund_actions import process_refunds


class EarlierVersion:
    """Within the block, settlements know neither claims nor credit notes."""

    def __init__(self) -> None:
        self._patch = pytest.MonkeyPatch()

    def __enter__(self) -> None:
        def decision_alone(_payment: Any, decision: Any, *_: Any) -> Any:
            return decision

        self._patch.setattr(settle, "with_coupon_state", decision_alone)
        self._patch.setattr(settled_items, "credit_note", lambda *_: None)

    def __exit__(self, *_: object) -> None:
        self._patch.undo()


def test_order_that_an_earlier_version_expired_is_released_by_its_next_poll(
    shop: Storefront, student: Api, admin: Api
) -> None:
    put_coupon(admin)
    order_id = shop.create_order(student, coupon=CODE)["order_id"]
    shop.clock.advance(minutes=31)
    with EarlierVersion():
        shop.sweep()
    assert (shop.payment(order_id).status, shop.payment(order_id).coupon_state) == ("failed", "claimed")
    detail = "its claim is not given back, but the payment is failed"
    assert f"I19 {order_id}: {detail}" in map(str, check_invariants().breaches)
    shop.clock.advance(minutes=15)
    shop.sweep()
    assert (shop.payment(order_id).coupon_state, uses(student)) == ("released", Uses(2, 0))
    assert check_invariants().breaches == []


@pytest.mark.parametrize(
    ("minutes", "state", "left"), [(5, "redeemed", Uses(1, 1)), (31, "redeemed_late", Uses(2, 1, 1))]
)
def test_order_that_an_earlier_version_captured_is_redeemed_by_asking_razorpay(
    shop: Storefront, student: Api, admin: Api, minutes: int, state: str, left: Uses
) -> None:
    put_coupon(admin)
    order_id = shop.create_order(student, coupon=CODE)["order_id"]
    shop.clock.advance(minutes=minutes)
    shop.sweep()
    shop.pay(order_id)
    with EarlierVersion():
        shop.deliver()
    before = shop.payment(order_id)
    assert (before.status, before.coupon_state) == ("captured", "claimed" if state == "redeemed" else "released")
    assert [breach.invariant for breach in check_invariants().breaches] == ["I19"]
    assert admin.post(f"/api/payments/{order_id}/poll").status == 200
    assert (shop.payment(order_id).coupon_state, uses(student)) == (state, left)
    assert check_invariants().breaches == []


def test_refund_that_an_earlier_version_recorded_without_a_note_gets_it_by_the_command(
    shop: Storefront, student: Api, admin: Api
) -> None:
    order_id = buy(shop, student)
    shop.sweep()
    with EarlierVersion():
        refund(admin, order_id, 10_000, "k1")
        process_refunds(shop)
    receipt = receipts.get(order_id)
    assert receipt
    assert receipt.has_all_notes is True
    assert [breach.invariant for breach in check_invariants().breaches] == ["I18"]
    report = issue_missing_notes()
    assert (report.receipts, report.notes, report.failed) == (1, 1, 0)
    assert [note.amount for note in credit_notes.get_with_receipt(order_id).notes] == [10_000]
    assert check_invariants().breaches == []
    assert (issue_missing_notes().receipts, issue_missing_notes().notes) == (0, 0)
