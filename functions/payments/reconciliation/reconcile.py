"""Compares our ledger with the gateway's for a period, in both directions, and settles the differences on request.

An order is compared when either ledger has a capture, a refund or a dispute of it in the period. The comparison covers
all of its captures and refunds, of any date, so the limits of the period cause no differences. The gateway's lists are
kept in a temporary file, our payments are read in batches and then once in a scan, and only the first differences are
kept: the memory does not depend on the number of orders.
"""

from collections.abc import Callable, Collection
from datetime import datetime
from functools import partial
from typing import Final, NamedTuple

from functions.payments import razorpay_evidence
from functions.payments.reconciliation.gateway_lists import GatewayLists
from functions.payments.reconciliation.heal_orders import Suspect, heal_order, never_recorded
from functions.payments.reconciliation.ledger_comparison import (
    Side,
    UnreadableEntity,
    find_differences,
    local_side,
)
from functions.payments.reconciliation.ledger_report import Reconciliation
from functions.payments.reconciliation.open_differences import OpenDifferences
from functions.payments.reconciliation.order_at_gateway import fetch_side
from functions.payments.reconciliation.stages import read_payments
from shared.db import table_scan
from shared.db.entities import Payment
from shared.db.payments import payments
from shared.domain.reconciliation import Difference
from shared.errors import GatewayUnavailable, StoreUnavailable
from shared.gateways import razorpay
from shared.gateways.razorpay import GatewayRejected
from shared.observability import logger

_MAX_OUTAGES_IN_ROW: Final = 3
"""Of orders for which the gateway or the table does not answer. Then the command ends."""


def reconcile(
    since: datetime,
    until: datetime,
    *,
    heal: bool = False,
    requests_refunds: bool = True,
    left_out: Collection[str] = (),
) -> Reconciliation:
    """Compares the ledgers for a period (UTC, both ends inclusive); with `heal`, settles each order that differs, and
    reports what remains. Settling requests due refunds, unless `requests_refunds` is False. The orders `left_out` are
    compared, but not settled. It reads the whole table, so only a command may call it, never a request.

    An order that cannot be read, compared or settled is listed as failed and keeps no other order from it.

    Raises GatewayUnavailable, GatewayRejected, MalformedPayload, StoreUnavailable."""
    with GatewayLists() as gateway:
        comparison = _Comparison(gateway.read(since, until), heal, requests_refunds, left_out)
        comparison.compare_captured_at_gateway()
        comparison.compare_own_ledger(since, until)
        comparison.compare_looked_up()
        return comparison.report()


class _Comparison:
    """The comparison of a period, with its report so far."""

    def __init__(self, gateway: GatewayLists, heal: bool, requests_refunds: bool, left_out: Collection[str]) -> None:
        self._gateway = gateway
        self._heal = heal
        self._requests_refunds = requests_refunds
        self._left_out = left_out
        self._report = Reconciliation(not_ours=gateway.payments_without_order, unreadable=gateway.unreadable)
        self._open = OpenDifferences()
        self._outages_in_row = 0

    def report(self) -> Reconciliation:
        return self._report

    def compare_captured_at_gateway(self) -> None:
        """The orders with a capture in the period at the gateway."""
        for batch in self._gateway.captured_order_ids():
            known = read_payments(batch)
            for order_id in batch:
                self._guard(order_id, partial(self._compare_known_or_ours, order_id, known.get(order_id)))

    def compare_own_ledger(self, since: datetime, until: datetime) -> None:
        """Our other orders: with a capture in the period here, with a refund or a dispute in the period there, or with
        returned money and a change since the period began. A payment does not contain the time of each refund, and may
        have changed after the period."""
        for payment in table_scan.scan_payments(lambda unreadable: self._fail(unreadable.order_id)):
            if not self._gateway.was_compared(payment.order_id):
                self._guard(payment.order_id, partial(self._compare_if_concerned, payment, since, until))

    def compare_looked_up(self) -> None:
        """Refunds and disputes in the period of payments that neither ledger has shown yet."""
        for batch in self._gateway.payments_to_look_up():
            for payment_id in batch:
                if not self._gateway.was_payment_compared(payment_id):
                    self._guard(payment_id, partial(self._compare_order_of, payment_id))

    def _guard(self, failing_id: str, step: Callable[[], object]) -> None:
        """Takes the step for an order, or for a payment whose order is unknown. If it fails, the order is listed as
        failed. Raises GatewayUnavailable and StoreUnavailable at the third order in a row."""
        try:
            step()
        except (GatewayUnavailable, StoreUnavailable):
            self._outages_in_row += 1
            if self._outages_in_row >= _MAX_OUTAGES_IN_ROW:
                raise
            self._fail(failing_id)
        except Exception as error:  # noqa: BLE001 (one order must not keep the others from being settled)
            self._fail(failing_id)
            if isinstance(error, UnreadableEntity) and error.entity_id not in self._report.unreadable:
                self._report.unreadable.append(error.entity_id)

    def _fail(self, failing_id: str) -> None:
        logger().warning("not reconciled", exc_info=True, extra={"code": "not_reconciled", "order_id": failing_id})
        self._gateway.mark_compared(failing_id, [])
        if failing_id not in self._report.failed:
            self._report.failed.append(failing_id)

    def _compare_if_concerned(self, payment: Payment, since: datetime, until: datetime) -> None:
        if may_concern(payment, since, until) or self._gateway.concerns(local_side(payment).captured):
            self._compare(payment.order_id, payment)

    def _compare_order_of(self, payment_id: str) -> None:
        order_id = _order_of(payment_id)
        if not order_id:
            self._report.not_ours += 1
        elif not self._gateway.was_compared(order_id):
            self._compare_known_or_ours(order_id, payments.get(order_id))

    def _compare_known_or_ours(self, order_id: str, payment: Payment | None) -> None:
        if payment or self._gateway.is_ours(order_id):
            self._compare(order_id, payment)
        else:
            self._report.not_ours += 1

    def _compare(self, order_id: str, payment: Payment | None) -> None:
        local = local_side(payment) if payment else None
        compared = _Compared(self._gateway.side(order_id, local or Side()), local, payment)
        if compared.differences(order_id):
            compared = self._compare_again(order_id)
        try:
            if self._heal and order_id not in self._left_out and compared.differences(order_id):
                self._heal_order(order_id, compared.gateway)
                compared = self._compare_again(order_id)
                self._report.healed += not compared.differences(order_id)
        finally:  # an order that cannot be settled now counts as it was
            self._gateway.mark_compared(order_id, [*compared.gateway.captured, *(local.captured if local else ())])
            self._report.add(compared.gateway, compared.local or Side(), compared.differences(order_id))
        self._outages_in_row = 0

    def _compare_again(self, order_id: str) -> "_Compared":
        """Both sides as they are now: the lists were read a while ago, and so was our payment."""
        payment = payments.get(order_id)
        gateway = fetch_side(order_id, self._gateway.disputes_of)
        return _Compared(gateway, local_side(payment) if payment else None, payment)

    def _heal_order(self, order_id: str, gateway: Side) -> None:
        disputes = self._gateway.disputes_of(gateway.captured)
        evidence = [razorpay_evidence.from_dispute(dispute) for dispute in disputes]
        suspect = Suspect(order_id, never_recorded, evidence)
        heal_order(suspect, self._open, requests_refunds=self._requests_refunds)


class _Compared(NamedTuple):
    """Both sides of an order, and our payment."""

    gateway: Side
    local: Side | None
    payment: Payment | None

    def differences(self, order_id: str) -> list[Difference]:
        status = self.payment.status if self.payment else "unknown"
        return list(find_differences(order_id, self.gateway, self.local, status))


def may_concern(payment: Payment, since: datetime, until: datetime) -> bool:
    """Whether our ledger has a capture in the period, or returned money that may have been recorded in it."""
    if payment.captured_at is not None and since <= payment.captured_at <= until:
        return True
    if payment.updated_at < since or payment.created_at > until:
        return False
    side = local_side(payment)
    return bool(side.refunds) or side.reversed_amounts.total() > 0


def _order_of(payment_id: str) -> str:
    """The order of a captured payment at the gateway; "" without one."""
    try:
        entity = razorpay.fetch_payment(payment_id)
    except GatewayRejected:
        return ""
    return str(entity.get("order_id") or "") if entity.get("captured") else ""
