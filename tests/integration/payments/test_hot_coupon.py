"""Many orders of one limited coupon expire, or are paid late, at once: each of them writes the same item.

No local engine reports conflicts of transactions, so the test does: a transaction fails while another one of its items
is being written, which takes 10 ms.
"""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from pynamodb.exceptions import CancellationReason, TransactWriteError, VerboseClientError

from functions.payments.polling.sweep import sweep
from shared.db.table.transaction import Transaction
from tests.fixtures.api import Api
from tests.fixtures.storefront import Storefront
from tests.integration.payments.test_concurrency import run_concurrently
from tests.protocol.coupons.coupon_actions import CODE, put_coupon, stored_coupon

ORDERS = 40


class Conflicts:
    """Reports each transaction that overlaps another one on an item as cancelled. `count`: how many were."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.count = 0
        self._busy: set[object] = set()
        self._lock = threading.Lock()
        self._send = Transaction._send
        patch.setattr(Transaction, "_send", lambda transaction, token: self._send_alone(transaction, token))

    def _send_alone(self, transaction: Transaction, token: str) -> None:
        keys = set(transaction._labels)
        with self._lock:
            conflicts = keys & self._busy
            self.count += bool(conflicts)
            if not conflicts:
                self._busy |= keys
        if conflicts:
            raise self._cancelled(transaction, {transaction._labels[key] for key in keys & conflicts})
        try:
            time.sleep(0.01)
            self._send(transaction, token)
        finally:
            with self._lock:
                self._busy -= keys

    def _cancelled(self, transaction: Transaction, labels: set[str]) -> TransactWriteError:
        every = [label for group in transaction._operations.values() for label, _ in group]
        reasons = [CancellationReason("TransactionConflict") if label in labels else None for label in every]
        error: Any = {"Error": {"Code": "TransactionCanceledException", "Message": "cancelled"}}
        cause = VerboseClientError(error, "TransactWriteItems", cancellation_reasons=reasons)
        return TransactWriteError("cancelled", cause)


def open_orders(shop: Storefront, new_user: Callable[..., Api]) -> list[str]:
    learners = [new_user("student") for _ in range(ORDERS)]
    return [shop.create_order(learner, coupon=CODE)["order_id"] for learner in learners]


def test_expiries_of_one_coupon_by_eight_threads_are_released_by_the_next_sweeps(
    shop: Storefront, admin: Api, new_user: Callable[..., Api], monkeypatch: pytest.MonkeyPatch
) -> None:
    put_coupon(admin, limit=ORDERS)
    orders = open_orders(shop, new_user)
    assert stored_coupon().remaining == 0
    shop.clock.advance(minutes=31)
    conflicts = Conflicts(monkeypatch)
    deferred = []
    for _ in range(3):
        deferred.append(sweep().deferred)
        shop.clock.advance(minutes=10)
    assert conflicts.count > 0
    assert deferred[0] < ORDERS / 2
    assert deferred[-1] == 0
    assert stored_coupon().remaining == ORDERS
    assert {shop.payment(order_id).coupon_state for order_id in orders} == {"released"}


def test_late_payments_of_one_coupon_at_once_are_all_settled_at_once(
    shop: Storefront, admin: Api, new_user: Callable[..., Api], monkeypatch: pytest.MonkeyPatch
) -> None:
    put_coupon(admin, limit=ORDERS)
    orders = open_orders(shop, new_user)
    shop.clock.advance(minutes=31)
    sweep()
    assert stored_coupon().remaining == ORDERS
    for order_id in orders:
        shop.pay(order_id)
    events = [each for each in shop.gateway.ledger.outbox.events.values() if each.type == "payment.captured"]
    Conflicts(monkeypatch)
    replies = run_concurrently(lambda number: shop.send(events[number]), ORDERS)
    payments = [shop.payment(order_id) for order_id in orders]
    due = sum(payment.coupon_due is not None for payment in payments)
    assert {reply.status for reply in replies} == {200}
    assert {str(payment.status) for payment in payments} == {"captured"}
    assert stored_coupon().redeemed_late == ORDERS - due
    for _ in range(3):
        shop.clock.advance(minutes=20)
        sweep()
    assert stored_coupon().redeemed_late == ORDERS
