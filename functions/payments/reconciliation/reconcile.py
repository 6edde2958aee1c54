"""Compares our ledger with the gateway's for a period, in both directions, and settles the differences on request.

An order is compared when either ledger has a capture, a refund or a dispute of it in the period. The comparison covers
all of its captures and refunds, of any date, so the limits of the period cause no differences. The gateway's lists are
kept in a temporary file, our payments are read in batches and then once in a scan, and only the first differences are
kept: the memory does not depend on the number of orders.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple

from functions.payments import razorpay_evidence
from functions.payments.reconciliation.gateway_lists import GatewayLists
from functions.payments.reconciliation.heal_orders import Suspect, heal_order, never_recorded
from functions.payments.reconciliation.ledger_comparison import Side, TotalKey, find_differences, local_side, totals
from functions.payments.reconciliation.open_differences import OpenDifferences
from functions.payments.reconciliation.order_at_gateway import fetch_side
from functions.payments.reconciliation.stages import read_payments
from shared.db import table_scan
from shared.db.entities import Payment
from shared.db.payments import payments
from shared.domain.reconciliation import Difference, DifferenceKind
from shared.gateways import razorpay
from shared.gateways.razorpay import GatewayRejected
from shared.observability import logger

MAX_LISTED: Final = 1_000
"""The differences that a report lists; all of them are counted."""
_MAX_FAILURES_IN_ROW: Final = 3
"""Of orders that cannot be settled. Then the gateway or the table does not answer, and the command ends."""


@dataclass
class Reconciliation:
    """The totals of both sides over the same `orders`, in minor units. `differences` are the first that remain, `kinds`
    counts all of them. `healed` is the number of orders that differed and were settled. `not_ours` is the number of
    orders and payments of other products on the account. `reversed_amounts` is the sum of deductions for disputes and
    of manual refunds by currency, which the lists of refunds do not contain. `unreadable` are the ids of entities of
    the gateway without the documented form; they are not compared. `failed` are orders that could not be settled
    now."""

    orders: int = 0
    gateway_totals: Counter[TotalKey] = field(default_factory=Counter)
    local_totals: Counter[TotalKey] = field(default_factory=Counter)
    differences: list[Difference] = field(default_factory=list)
    kinds: Counter[DifferenceKind] = field(default_factory=Counter)
    healed: int = 0
    not_ours: int = 0
    reversed_amounts: Counter[str] = field(default_factory=Counter)
    unreadable: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    @property
    def is_equal(self) -> bool:
        return not self.kinds and not self.unreadable and not self.failed


def reconcile(since: datetime, until: datetime, *, heal: bool = False, requests_refunds: bool = True) -> Reconciliation:
    """Compares the ledgers for a period (UTC, both ends inclusive); with `heal`, settles each order that differs, and
    reports what remains. Settling requests due refunds, unless `requests_refunds` is False. It reads the whole table,
    so only a command may call it, never a request.

    Raises GatewayUnavailable, GatewayRejected, MalformedPayload, StoreUnavailable."""
    with GatewayLists() as gateway:
        comparison = _Comparison(gateway.read(since, until), heal, requests_refunds)
        comparison.compare_captured_at_gateway()
        comparison.compare_own_ledger(since, until)
        comparison.compare_looked_up()
        return comparison.report()


class _Comparison:
    """The comparison of a period, with its report so far."""

    def __init__(self, gateway: GatewayLists, heal: bool, requests_refunds: bool) -> None:
        self._gateway = gateway
        self._heal = heal
        self._requests_refunds = requests_refunds
        self._report = Reconciliation(not_ours=gateway.payments_without_order, unreadable=gateway.unreadable)
        self._open = OpenDifferences()
        self._failures_in_row = 0

    def report(self) -> Reconciliation:
        return self._report

    def compare_captured_at_gateway(self) -> None:
        """The orders with a capture in the period at the gateway."""
        for batch in self._gateway.captured_order_ids():
            known = read_payments(batch)
            for order_id in batch:
                self._compare_known_or_ours(order_id, known.get(order_id))

    def compare_own_ledger(self, since: datetime, until: datetime) -> None:
        """Our other orders: with a capture in the period here, with a refund or a dispute in the period there, or with
        returned money and a change since the period began. A payment does not contain the time of each refund, and may
        have changed after the period."""
        for item in table_scan.scan_all():
            if not isinstance(item, Payment) or self._gateway.was_compared(item.order_id):
                continue
            if _may_concern(item, since, until) or self._gateway.concerns(local_side(item).captured):
                self._compare(item.order_id, item)

    def compare_looked_up(self) -> None:
        """Refunds and disputes in the period of payments that neither ledger has shown yet."""
        for batch in self._gateway.payments_to_look_up():
            for payment_id in batch:
                if not self._gateway.was_payment_compared(payment_id):
                    self._compare_order_of(payment_id)

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
        differences = compared.differences(order_id)
        if differences and self._heal:
            compared = self._try_heal(order_id, compared)
            differences = compared.differences(order_id)
            self._report.healed += not differences
        self._gateway.mark_compared(order_id, [*compared.gateway.captured, *(local.captured if local else ())])
        self._add(compared.gateway, compared.local or Side(), differences)

    def _compare_again(self, order_id: str) -> "_Compared":
        """Both sides as they are now: the lists were read a while ago, and so was our payment."""
        payment = payments.get(order_id)
        gateway = fetch_side(order_id, self._gateway.disputes_of)
        return _Compared(gateway, local_side(payment) if payment else None, payment)

    def _try_heal(self, order_id: str, compared: "_Compared") -> "_Compared":
        """Both sides after healing; as they were if the order cannot be settled now. Raises the error of the third
        order in a row."""
        try:
            self._heal_order(order_id, compared.gateway)
            compared = self._compare_again(order_id)
        except Exception:  # one order must not keep the others from being settled
            self._failures_in_row += 1
            if self._failures_in_row >= _MAX_FAILURES_IN_ROW:
                raise
            logger().warning("not reconciled", exc_info=True, extra={"order_id": order_id})
            self._report.failed.append(order_id)
        else:
            self._failures_in_row = 0
        return compared

    def _heal_order(self, order_id: str, gateway: Side) -> None:
        disputes = self._gateway.disputes_of(gateway.captured)
        evidence = [razorpay_evidence.from_dispute(dispute) for dispute in disputes]
        suspect = Suspect(order_id, never_recorded, evidence)
        heal_order(suspect, self._open, requests_refunds=self._requests_refunds)

    def _add(self, gateway: Side, local: Side, differences: list[Difference]) -> None:
        report = self._report
        report.orders += 1
        report.gateway_totals.update(totals([gateway]))
        report.local_totals.update(totals([local]))
        report.reversed_amounts.update(local.reversed_amounts)
        report.kinds.update(each.kind for each in differences)
        report.differences += differences[: MAX_LISTED - len(report.differences)]


class _Compared(NamedTuple):
    """Both sides of an order, and our payment."""

    gateway: Side
    local: Side | None
    payment: Payment | None

    def differences(self, order_id: str) -> list[Difference]:
        status = self.payment.status if self.payment else "unknown"
        return list(find_differences(order_id, self.gateway, self.local, status))


def _may_concern(payment: Payment, since: datetime, until: datetime) -> bool:
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
