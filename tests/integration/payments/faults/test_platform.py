"""F50, F52, F55: an index that lags, a schedule that fires twice, and two versions of the code on the same items.

After each test `consistent_ledgers` checks every invariant and compares both ledgers."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from functions.payments.polling.sweep import sweep
from shared import clock
from shared.db import due_index
from shared.db.due_index import DueItem
from shared.db.table.base import table
from shared.db.table.keys import Key
from tests.fixtures.api import Api
from tests.fixtures.storefront import PRICE, Storefront
from tests.fixtures.table_snapshot import snapshot
from tests.integration.payments.test_concurrency import run_concurrently

NewUser = Callable[..., Api]
pytestmark = pytest.mark.usefixtures("consistent_ledgers")


def test_f50_stale_due_index_entries_are_rechecked_before_acting(
    shop: Storefront, student: Api, new_user: NewUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Entries that were due a moment ago: meanwhile one was paid, one withdrawn, one renewed, one deleted."""
    paid, left, renewed, gone = student, new_user("student"), new_user("student"), new_user("student")
    orders = [shop.create_order(each)["order_id"] for each in (paid, left, renewed)]
    gone.post("/api/enrollments", {"course_id": shop.course.course_id})
    shop.clock.advance(minutes=31)
    stale = due_index.list_due(clock.now(), 100)
    assert len(stale) == 4
    shop.pay(orders[0])
    shop.deliver()
    assert left.delete(f"/api/enrollments/{shop.course.course_id}").status == 200
    newer = shop.create_order(renewed)["order_id"]
    assert gone.delete(f"/api/enrollments/{shop.course.course_id}").status == 200
    stale.append(DueItem(Key("PAYMENT#order_AAAAAAAAAAAAAA", "PAYMENT"), clock.now()))
    monkeypatch.setattr(due_index, "list_due", lambda *_: stale)
    for _ in range(2):
        assert sweep().deferred == 0
    assert shop.states(paid, orders[0]) == ("captured", "active")
    assert (shop.payment(orders[1]).reason, shop.enrollment(left).reason) == ("expired", "withdrawn")
    assert (shop.payment(orders[2]).reason, shop.states(renewed, newer)) == ("superseded", ("pending", "pending"))
    assert shop.enrollment(gone).reason == "withdrawn"
    monkeypatch.undo()


def test_f50_due_entry_missing_from_lagging_index_is_handled_by_next_sweep(
    shop: Storefront, student: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = shop.create_order(student)["order_id"]
    shop.pay(order_id, webhooks=False)
    shop.clock.advance(minutes=31)
    with monkeypatch.context() as patched:
        patched.setattr(due_index, "list_due", lambda *_: [])
        assert shop.sweep() == {}
    assert shop.sweep() == {"granted": 1}
    assert shop.states(student, order_id) == ("captured", "active")


def test_f52_duplicate_scheduled_sweeps_act_once(shop: Storefront, new_user: NewUser) -> None:
    wanted, unwanted, unpaid = (new_user("student") for _ in range(3))
    orders = [shop.create_order(each)["order_id"] for each in (wanted, unwanted, unpaid)]
    unwanted.delete(f"/api/enrollments/{shop.course.course_id}")
    for order_id in orders[:2]:
        shop.pay(order_id, webhooks=False)
    shop.clock.advance(minutes=31)
    verdicts: Counter[str] = Counter()
    for _ in range(3):
        for report in run_concurrently(lambda _: shop.sweep(), 2):
            verdicts.update({name: n for name, n in report.items() if name in ("granted", "expired")})
        shop.clock.advance(minutes=16)
    assert verdicts == {"granted": 1, "expired": 1}
    assert shop.states(wanted, orders[0]) == ("captured", "active")
    assert shop.states(unwanted, orders[1]) == ("refunded", "cancelled")
    assert shop.states(unpaid, orders[2]) == ("failed", "cancelled")
    assert len(shop.gateway.ledger.refunds) == 1
    statement = shop.control("GET", "statement")
    assert (statement["captured"], statement["refunded"]) == (2 * PRICE, PRICE)


def _put_raw_item(raw: dict[str, Any]) -> None:
    client: Any = table().connection.client
    client.put_item(TableName=table().table_name, Item=raw)


def test_f55_attributes_and_kinds_of_newer_code_are_preserved(shop: Storefront, student: Api) -> None:
    """Every item has an attribute, and two items have a kind, that this version of the code does not know."""
    order_id = shop.create_order(student)["order_id"]
    for raw in snapshot().values():
        _put_raw_item({**raw, "voucher": {"S": "DIWALI"}})
    _put_raw_item({"pk": {"S": f"PAYMENT#{order_id}"}, "sk": {"S": "VOUCHER"}, "kind": {"S": "voucher"}})
    _put_raw_item({"pk": {"S": f"USER#{student.user_id}"}, "sk": {"S": "WISH#1"}, "kind": {"S": "wish"}})
    newer = [key for key, raw in snapshot().items() if "voucher" in raw]
    assert shop.verify(student, shop.pay(order_id)).status == 200
    shop.deliver()
    shop.clock.advance(minutes=31)
    shop.sweep()
    assert shop.states(student, order_id) == ("captured", "active")
    assert student.get(f"/api/payments/{order_id}").status == 200
    assert student.get(f"/api/enrollments/{shop.course.course_id}/timeline").status == 200
    after = snapshot()
    assert [after[key]["voucher"] for key in newer] == [{"S": "DIWALI"}] * len(newer)


def test_f55_payment_without_optional_attributes_is_processed_normally(
    shop: Storefront, student: Api, admin: Api
) -> None:
    order_id = shop.create_order(student)["order_id"]
    optional = ("returned_payment_ids", "refunds", "refund_requests", "captured_amount", "refunded_amount", "reason")
    for raw in snapshot().values():
        if raw["kind"]["S"] == "payment":
            _put_raw_item({name: value for name, value in raw.items() if name not in optional})
    assert shop.verify(student, shop.pay(order_id)).status == 200
    shop.deliver()
    assert shop.states(student, order_id) == ("captured", "active")
    assert admin.post(f"/api/payments/{order_id}/refund", {"reason": "asked"}).status == 200
    shop.clock.advance(minutes=16)
    shop.sweep()
    assert shop.states(student, order_id) == ("refunded", "cancelled")
