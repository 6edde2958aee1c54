"""Brings a restored table up to date with the gateway.

An older table lacks everything after its moment: orders, captures, refunds, disputes, numbers of receipts. The order of
the steps matters, because a refund cannot be taken back:

1. The receipt numbers that may have been issued since are voided, before any receipt gets a number: see
   receipt_numbers.py.
2. Refunds and disputes of known captures are recorded, before anything is refunded: a refund that was made must not be
   made again, and an access that it ended must not make a later purchase look like a duplicate.
3. Orders whose money was kept are adopted and settled, before those whose money was returned: of two orders of a
   learner, the first one that is settled grants the course. A learner whose access had ended, and who bought the course
   again, gets the pending enrollment back that the lost order had.
4. Orders whose money was returned, by refunds or a lost dispute.
5. Unpaid orders: they can still be paid.

No step requests a refund: an admin may have paid it back manually after the moment, which only the lost table knows.
Due refunds are listed, and the sweep requests them once the schedules are enabled again.

Every step may be repeated: after a failure, the same call does the rest. What happened at our side only is lost: free
enrollments, grants, progress, accounts, courses.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from functions.payments.checkout.adopt_order import adopt_order
from functions.payments.reconciliation.gateway_lists import GatewayLists
from functions.payments.reconciliation.heal_orders import Suspect, heal_order, never_recorded
from functions.payments.reconciliation.ledger_comparison import captures_of
from functions.payments.reconciliation.open_differences import OpenDifferences
from functions.payments.reconciliation.restore.left_to_admin import DueRefund, Undecided, read_left_to_admin
from functions.payments.reconciliation.restore.receipt_numbers import void_issued_numbers
from functions.payments.reconciliation.restore.restored_enrollments import await_adopted_order
from functions.payments.reconciliation.stages import read_payments
from shared import clock
from shared.db import table_scan
from shared.db.entities import Payment
from shared.db.payments import payments
from shared.db.payments.receipts import VoidedNumbers
from shared.history_kinds import Source
from shared.observability import logger
from shared.settlement.settle import settle

LOOKBACK: Final = timedelta(days=10)
"""How long before the moment of the table the lists begin: a payment of that time may have been captured later."""
DISPUTE_LOOKBACK: Final = timedelta(days=180)


@dataclass
class Recovery:
    """What a recovery did: the voided numbers by financial year, and the numbers of orders. `undecided` are the
    captures on hold: an admin accepts or refunds them. `due_refunds` are not made yet: an admin checks whether they
    were made manually. `failed` are orders that could not be settled now."""

    voided: dict[str, VoidedNumbers] = field(default_factory=dict)
    updated: int = 0
    adopted: int = 0
    settled: int = 0
    undecided: list[Undecided] = field(default_factory=list)
    due_refunds: list[DueRefund] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    @property
    def is_complete(self) -> bool:
        """Whether every order is settled, and nothing is left to an admin."""
        return not (self.undecided or self.due_refunds or self.failed)


def recover(restored_to: datetime, say: Callable[[str], None], issued: Mapping[str, int] | None = None) -> Recovery:
    """Recovers a table that was restored as it was at `restored_to` (UTC). `issued`: the last receipt number of each
    financial year that the tables which it replaces have assigned or voided, as far as they are known. `say` gets a
    line for each step. It reads the whole table, so only a command may call it, while no schedule runs.

    Raises GatewayUnavailable, GatewayRejected, MalformedPayload, StoreUnavailable."""
    now = clock.now()
    with GatewayLists() as gateway:
        say("reading the gateway's lists")
        since = restored_to - LOOKBACK
        gateway.read(since, now, disputes_since=restored_to - DISPUTE_LOOKBACK)
        run = _Recovery(gateway, restored_to)
        run.result.voided = void_issued_numbers(gateway, since, restored_to, now, issued or {})
        say(f"receipts: voided {sum(each.last - each.first + 1 for each in run.result.voided.values())} numbers")
        run.update_known_captures()
        say(f"known orders: {run.result.updated} with refunds or disputes since")
        run.settle_captured_orders()
        say(f"paid orders: {run.result.settled} settled, {len(run.result.failed)} failed")
        run.adopt_unpaid_orders()
        say(f"unknown orders: {run.result.adopted} adopted")
        run.result.undecided, run.result.due_refunds = read_left_to_admin()
        return run.result


class _Recovery:
    """A recovery and its result so far."""

    def __init__(self, gateway: GatewayLists, restored_to: datetime) -> None:
        self.result = Recovery()
        self._gateway = gateway
        self._restored_to = restored_to
        self._open = OpenDifferences()

    def update_known_captures(self) -> None:
        """Records the refunds and disputes of captures that the table contains. Nothing is requested."""
        for item in table_scan.scan_all():
            if isinstance(item, Payment) and self._gateway.concerns(captures_of(item)):
                self.result.updated += self._try(item.order_id, partial(self._record_returns, item))

    def settle_captured_orders(self) -> None:
        """Settles every order with a capture, those whose money was kept first."""
        for batch in self._gateway.captured_order_ids():
            known = read_payments(batch)
            for order_id in batch:
                if order_id in known or self._gateway.is_ours(order_id):
                    self.result.settled += self._try(order_id, partial(self._settle, order_id))

    def adopt_unpaid_orders(self) -> None:
        for batch in self._gateway.own_orders():
            known = read_payments(order["id"] for order in batch)
            for order in batch:
                if order["id"] not in known:
                    self.result.adopted += self._try(order["id"], partial(adopt_order, order["id"], order))

    def _try(self, order_id: str, step: Callable[[], object]) -> bool:
        """Whether the step succeeded. The order is listed as failed otherwise."""
        try:
            step()
        except Exception:  # noqa: BLE001 (one order must not keep the others from being settled)
            logger().warning("not recovered", exc_info=True, extra={"order_id": order_id})
            if order_id not in self.result.failed:
                self.result.failed.append(order_id)
            return False
        return True

    def _settle(self, order_id: str) -> None:
        payment = payments.get(order_id) or self._adopt(order_id)
        if payment is None:
            return
        if payment.created_at > self._restored_to and self._gateway.is_kept(order_id):
            await_adopted_order(payment)
        self._settle_disputed_captures(payment)
        heal_order(Suspect(order_id, never_recorded), self._open, requests_refunds=False)

    def _adopt(self, order_id: str) -> Payment | None:
        adopt_order(order_id, self._gateway.order(order_id))
        self.result.adopted += 1
        return payments.get(order_id)

    def _settle_disputed_captures(self, payment: Payment) -> None:
        """Records the captures of the order that are disputed, with their refunds and disputes, before the poll that
        would refund them."""
        for capture in self._gateway.disputed_captures(payment.order_id):
            settled = settle(payment.order_id, capture, Source.RECONCILIATION)
            payment = settled.payment if settled else payment
        self._record_returns(payment)

    def _record_returns(self, payment: Payment) -> None:
        for evidence in self._gateway.returns_of(captures_of(payment)):
            settle(payment.order_id, evidence, Source.RECONCILIATION)
