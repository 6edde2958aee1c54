"""The remembered order of a payment: written once, whoever else writes it, and whatever becomes of the response."""

from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from shared import clock
from shared.db.entities import OrderOfPayment
from shared.db.payments import reconciliation_state
from shared.db.payments.reconciliation_state import remember_order_of_payment
from shared.db.table import keys, store
from shared.errors import StoreUnavailable
from shared.gateways import razorpay
from tests.fixtures.dynamodb_faults import cancel_transaction, script_responses
from tests.fixtures.fake_clock import FakeClock
from tests.fixtures.memory_dynamodb.client import MemoryDynamoDb
from tests.fixtures.storefront import Storefront
from tests.fixtures.table_snapshot import snapshot
from tests.protocol.reconciliation.actions import reconcile
from tests.protocol.stored_state import payment_history

PAYMENT_ID, ORDER_ID = "pay_AAAAAAAAAAAAAA", "order_AAAAAAAAAAAAAA"


def remembered() -> tuple[str, int]:
    """(order id, expiry) of the one row."""
    row = store.get(OrderOfPayment, keys.order_of_payment(PAYMENT_ID))
    assert row
    return row.order_id, row.expires_at


def expiry() -> int:
    return int((clock.now() + timedelta(days=180)).timestamp())


def lose_response(real: Any, operation: str, arguments: dict[str, Any]) -> Any:
    """Applies the write and loses its response."""
    real(operation, arguments)
    raise ReadTimeoutError(endpoint_url="http://db")


def test_remember_order_refused_by_a_faster_run_keeps_the_row_of_that_run(
    table: str, dynamodb: MemoryDynamoDb, fake_clock: FakeClock
) -> None:
    remembered_at = expiry()
    dynamodb.run_before("TransactWriteItems", lambda: remember_order_of_payment(PAYMENT_ID, ORDER_ID, clock.now()))
    remember_order_of_payment(PAYMENT_ID, ORDER_ID, clock.now() + timedelta(seconds=5))
    assert remembered() == (ORDER_ID, remembered_at)
    assert [call.split()[0] for call in dynamodb.calls[:2]] == ["TransactWriteItems"] * 2


def test_remember_order_of_known_payment_keeps_the_order(table: str, fake_clock: FakeClock) -> None:
    """The order of a payment never changes."""
    remember_order_of_payment(PAYMENT_ID, ORDER_ID, clock.now())
    before = snapshot()
    remember_order_of_payment(PAYMENT_ID, "order_BBBBBBBBBBBBBB", clock.now())
    remember_order_of_payment(PAYMENT_ID, "", clock.now())
    assert snapshot() == before


@pytest.mark.parametrize("fault", [lose_response, cancel_transaction("TransactionConflict")])
def test_remember_order_with_lost_response_or_conflict_is_sent_again_and_written_once(
    table: str, dynamodb: MemoryDynamoDb, fake_clock: FakeClock, monkeypatch: pytest.MonkeyPatch, fault: Any
) -> None:
    with monkeypatch.context() as patched:
        client = script_responses(patched, fault, fault)
        remember_order_of_payment(PAYMENT_ID, ORDER_ID, clock.now())
    assert remembered() == (ORDER_ID, expiry())
    assert (len(client.tokens), len(set(client.tokens))) == (3, 1)
    assert len(dynamodb.changes) == 1


@pytest.mark.parametrize(
    ("fault", "rows"), [(ReadTimeoutError(endpoint_url="http://db"), 0), (lose_response, 1)], ids=["busy", "lost"]
)
def test_remember_order_never_answered_raises_store_unavailable(
    table: str, dynamodb: MemoryDynamoDb, monkeypatch: pytest.MonkeyPatch, fault: Any, rows: int
) -> None:
    script_responses(monkeypatch, *[fault] * 5)
    with pytest.raises(StoreUnavailable):
        remember_order_of_payment(PAYMENT_ID, ORDER_ID, clock.now())
    assert len(dynamodb.changes) == rows


def test_reconcile_whose_look_up_is_remembered_by_another_run_records_the_refund(
    shop: Storefront, paid_order_id: str, dynamodb: MemoryDynamoDb
) -> None:
    payment_id = shop.payment(paid_order_id).payment_id
    shop.clock.advance(days=90)
    razorpay.refund(payment_id, 100, "dashboard-refund")
    shop.clock.advance(minutes=6)
    dynamodb.run_before("TransactWriteItems", lambda: remember_order_of_payment(payment_id, paid_order_id, clock.now()))
    assert reconcile() == {"listed": 1, "found": 1, "healed": 1, "complete": True}
    assert payment_history(paid_order_id)[-1][:2] == ("Refunded", "reconciliation")
    assert reconciliation_state.orders_of_payments([payment_id]) == {payment_id: paid_order_id}


def test_reconcile_that_cannot_remember_an_order_stops_and_is_resumed(
    shop: Storefront, paid_order_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment_id = shop.payment(paid_order_id).payment_id
    shop.clock.advance(days=90)
    razorpay.refund(payment_id, 100, "dashboard-refund")
    shop.clock.advance(minutes=6)

    def fail_transactions(real: Any, operation: str, arguments: dict[str, Any]) -> Any:
        if operation == "TransactWriteItems":
            raise ReadTimeoutError(endpoint_url="http://db")
        return real(operation, arguments)

    before = payment_history(paid_order_id)
    with monkeypatch.context() as patched:
        script_responses(patched, *[fail_transactions] * 99)
        assert reconcile() == {"listed": 1}
    assert reconciliation_state.orders_of_payments([payment_id]) == {}
    assert payment_history(paid_order_id) == before
    assert reconcile()["healed"] == 1
    assert payment_history(paid_order_id)[-1][:2] == ("Refunded", "reconciliation")
