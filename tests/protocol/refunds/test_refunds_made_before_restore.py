"""Manual refunds of a table that an older one replaced: they are recorded again, without a rejection by Razorpay."""

from functions.payments.reconciliation.restore.recover import recover
from tests.fixtures.api import Api
from tests.fixtures.storefront import PRICE, Storefront
from tests.protocol.refund_actions import record_manual_refund


def test_manual_refund_made_before_restore_is_recorded_for_30_days_after_it(
    shop: Storefront, student: Api, admin: Api, paid_order_id: str
) -> None:
    assert record_manual_refund(admin, paid_order_id, made_before_restore=True).code == "refundable_at_gateway"
    recover(shop.clock.now(), lambda _: None)
    assert record_manual_refund(admin, paid_order_id, 10_000).code == "refundable_at_gateway"
    assert record_manual_refund(admin, paid_order_id, 10_000, made_before_restore=True).status == 200
    shop.clock.advance(days=30)
    repeated = record_manual_refund(admin, paid_order_id, 10_000, made_before_restore=True)
    assert (repeated.status, repeated.json["payment"]["refunded_amount"]) == (200, 10_000)
    shop.clock.advance(minutes=1)
    late = record_manual_refund(admin, paid_order_id, PRICE - 10_000, "UTR2", made_before_restore=True)
    assert late.code == "refundable_at_gateway"
    assert shop.states(student, paid_order_id) == ("captured", "active")


def test_manual_refund_made_before_restore_is_recorded_in_the_next_financial_year(
    shop: Storefront, admin: Api, paid_order_id: str
) -> None:
    shop.clock.advance(days=128)  # 31 March 2027, the last day of the financial year
    recover(shop.clock.now(), lambda _: None)
    shop.clock.advance(days=2)
    assert record_manual_refund(admin, paid_order_id, 10_000, made_before_restore=True).status == 200
