"""Brings a restored table up to date with the gateway.

An older table lacks everything after its moment: orders, captures, refunds, disputes, numbers of receipts. The order of
the steps matters, because a refund cannot be taken back:

1. The numbers of receipts and notes that may have been issued since are voided, before any of them gets a number: see
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

An order whose payment cannot be read, or whose refunds and disputes cannot be recorded in step 2, fails. A later
purchase of its learner could look like a duplicate then, so the later steps leave out every order of that learner: they
fail too.

Every step may be repeated: after a failure, the same call does the rest. What happened at our side only is lost: free
enrollments, grants, progress, accounts, courses.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from functions.payments.checkout.adopt_order import adopt_order
from functions.payments.polling.settling_order import in_settling_order
from functions.payments.razorpay_evidence import MalformedPayload
from functions.payments.reconciliation.gateway_lists import GatewayLists
from functions.payments.reconciliation.heal_orders import Suspect, heal_order, never_recorded
from functions.payments.reconciliation.ledger_comparison import captures_of
from functions.payments.reconciliation.open_differences import OpenDifferences
from functions.payments.reconciliation.restore.left_to_admin import read_left_to_admin
from functions.payments.reconciliation.restore.receipt_numbers import void_issued_numbers
from functions.payments.reconciliation.restore.recovery import Recovery
from functions.payments.reconciliation.restore.restored_enrollments import await_adopted_order
from functions.payments.reconciliation.stages import read_payments
from shared import clock
from shared.db import table_scan
from shared.db.entities import Payment
from shared.db.payments import payments
from shared.db.payments.documents.number_series import ALL_SERIES
from shared.db.table_scan import UnreadablePayment
from shared.history_kinds import Source
from shared.observability import logger
from shared.settlement.settle import settle

LOOKBACK: Final = timedelta(days=10)
"""How long before the moment of the table the lists begin: a payment of that time may have been captured later."""
DISPUTE_LOOKBACK: Final = timedelta(days=180)


def recover(restored_to: datetime, say: Callable[[str], None], issued: Mapping[str, int] | None = None) -> Recovery:
    """Recovers a table that was restored as it was at `restored_to` (UTC). `issued`: the last number of
    each series of a financial year, such as `L/26-27`, that the tables which it replaces have assigned or voided, as
    far as they are known. `say` gets a
    line for each step. It reads the whole table, so only a command may call it, while no schedule runs.

    Raises GatewayUnavailable, GatewayRejected, MalformedPayload, StoreUnavailable."""
    now = clock.now()
    with GatewayLists() as gateway:
        say("reading the gateway's lists")
        since = restored_to - LOOKBACK
        gateway.read(since, now, disputes_since=restored_to - DISPUTE_LOOKBACK)
        run = _Recovery(gateway, restored_to)
        run.result.voided = void_issued_numbers(gateway, since, restored_to, now, issued or {})
        for series in ALL_SERIES:
            say(f"{series.plural}: voided {run.result.voided_count(series)} numbers")
        run.update_known_captures()
        say(f"known orders: {run.result.updated} with refunds or disputes since, {len(run.result.failed)} failed")
        run.settle_captured_orders()
        say(f"paid orders: {run.result.settled} settled, {len(run.result.failed)} failed")
        run.adopt_unpaid_orders()
        say(f"unknown orders: {run.result.adopted} adopted")
        run.read_left_to_admin()
        return run.result


class _Recovery:
    """A recovery and its result so far."""

    def __init__(self, gateway: GatewayLists, restored_to: datetime) -> None:
        self.result = Recovery(unreadable=gateway.unreadable)
        self._gateway = gateway
        self._restored_to = restored_to
        self._open = OpenDifferences()
        self._left_out_learners: set[str] = set()

    def update_known_captures(self) -> None:
        """Records the refunds and disputes of captures that the table contains. Nothing is requested. Where that fails,
        the learner is left out."""
        for payment in table_scan.scan_payments(self._leave_out):
            if not self._try(payment.order_id, partial(self._update, payment)):
                self._left_out_learners.add(payment.user_id)
        for batch in self._gateway.orders_with_unreadable_returns():
            known = read_payments(batch)
            for order_id in batch:
                if learner := self._learner_of(order_id, known.get(order_id)):
                    self._leave_out(UnreadablePayment(order_id, learner))

    def settle_captured_orders(self) -> None:
        """Settles every order with a capture, those whose money was kept first."""
        for batch in self._gateway.captured_order_ids():
            known = read_payments(batch)
            for order_id in batch:
                learner = self._learner_of(order_id, known.get(order_id))
                if learner in self._left_out_learners:
                    self._fail(order_id)
                elif learner:
                    self.result.settled += self._try(order_id, partial(self._settle, order_id))

    def adopt_unpaid_orders(self) -> None:
        for batch in self._gateway.own_orders():
            known = read_payments(order["id"] for order in batch)
            for order in batch:
                if order["id"] in known:
                    continue
                if self._learner_of(order["id"]) in self._left_out_learners:
                    self._fail(order["id"])
                else:
                    self.result.adopted += self._try(order["id"], partial(adopt_order, order["id"], order))

    def read_left_to_admin(self) -> None:
        self.result.undecided, self.result.due_refunds, unreadable = read_left_to_admin()
        for order_id in unreadable:
            self._fail(order_id)

    def _leave_out(self, failed: UnreadablePayment) -> None:
        """No order of the learner is settled in this run: whether the learner's access was ended is unknown."""
        self._fail(failed.order_id)
        self._left_out_learners.add(failed.user_id)

    def _learner_of(self, order_id: str, known: Payment | None = None) -> str | None:
        """The learner of an order; None for an order of another product. Raises GatewayUnavailable."""
        if known:
            return known.user_id
        payer = self._gateway.payer_of(order_id)
        return payer.user_id if payer else None

    def _fail(self, order_id: str) -> None:
        if order_id not in self.result.failed:
            self.result.failed.append(order_id)

    def _try(self, order_id: str, step: Callable[[], object]) -> bool:
        """Whether the step succeeded. The order is listed as failed otherwise."""
        try:
            step()
        except Exception:  # noqa: BLE001 (one order must not keep the others from being settled)
            logger().warning("not recovered", exc_info=True, extra={"code": "not_recovered", "order_id": order_id})
            self._fail(order_id)
            return False
        return True

    def _update(self, payment: Payment) -> None:
        captures = captures_of(payment)
        if self._gateway.has_unreadable_return(captures):
            raise MalformedPayload("a refund or a dispute cannot be read")
        if self._gateway.concerns(captures):
            self._record_returns(payment)
            self.result.updated += 1

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
        """Records the captures of an order of which one is disputed, with their refunds and disputes, before the poll
        that would refund them. A disputed one comes later than one of which nothing was returned: that is the sale."""
        captures = self._gateway.captures_if_disputed(payment.order_id)
        for capture in in_settling_order(payment, captures, self._gateway.returned_of):
            settled = settle(payment.order_id, capture, Source.RECONCILIATION)
            payment = settled.payment if settled else payment
        self._record_returns(payment)

    def _record_returns(self, payment: Payment) -> None:
        for evidence in self._gateway.returns_of(captures_of(payment)):
            settle(payment.order_id, evidence, Source.RECONCILIATION)
