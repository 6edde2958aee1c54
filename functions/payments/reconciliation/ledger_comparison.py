"""The captures and refunds of an order in both ledgers, and their differences. Pure. Amounts in minor units."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NamedTuple

from functions.payments import razorpay_evidence
from shared.db.entities import Payment
from shared.db.payments.payment_attributes import extra_captures, primary_capture
from shared.domain.captures import CapturedPayment, RefundStatus
from shared.gateways.razorpay import Json
from shared.settlement.balances import reversed_amount
from shared.settlement.evidence import Captured

TotalKey = tuple[str, str]
"""(currency, "captured" | "refunded" | "refund pending")"""

_CAPTURED: Final = "captured"


class DifferenceKind(StrEnum):
    """The kind of a difference, as `python -m cli reconcile` prints it."""

    UNKNOWN_LOCALLY = "paid at the gateway, but the order is unknown locally"
    NOT_CAPTURED_LOCALLY = "captured at the gateway, but not locally"
    NOT_CAPTURED_AT_GATEWAY = "captured locally, but not at the gateway"
    AMOUNT_MISMATCH = "the captured amounts differ"
    REFUND_UNKNOWN_LOCALLY = "refunded at the gateway, but not locally"
    REFUND_UNKNOWN_AT_GATEWAY = "refunded locally, but not at the gateway"
    REFUND_MISMATCH = "the refunds differ"


class Amount(NamedTuple):
    """An amount in the minor unit of its currency. `status` is that of the refund, or "captured" for a payment."""

    amount: int
    currency: str
    status: str

    def __str__(self) -> str:
        return f"{self.amount} {self.currency} {self.status}"


@dataclass(frozen=True)
class Side:
    """One ledger's entries of an order: captured payments, and refunds that did not fail, by id. `reversed_amount` is
    the sum of lost disputes and manual refunds, which the gateway does not list as refunds."""

    captured: dict[str, Amount] = field(default_factory=dict)
    refunds: dict[str, Amount] = field(default_factory=dict)
    reversed_amount: int = 0

    def captured_amount(self) -> int:
        return sum(each.amount for each in self.captured.values())

    def refunded_amount(self) -> int:
        """The sum of processed refunds and reversals."""
        processed = (each.amount for each in self.refunds.values() if each.status == RefundStatus.PROCESSED)
        return sum(processed) + self.reversed_amount


class Difference(NamedTuple):
    """`entity_id` is the id of a payment or a refund. `gateway` and `local` describe the entry of each side, or
    are "nothing"."""

    kind: DifferenceKind
    order_id: str
    entity_id: str
    gateway: str
    local: str

    def __str__(self) -> str:
        return f"{self.order_id} {self.entity_id}: gateway {self.gateway}, local {self.local}"


class _Kinds(NamedTuple):
    """The kinds of difference that `_compare` reports for captures, or for refunds."""

    unknown_locally: DifferenceKind
    unknown_at_gateway: DifferenceKind
    mismatch: DifferenceKind


_REFUND_KINDS: Final = _Kinds(
    DifferenceKind.REFUND_UNKNOWN_LOCALLY, DifferenceKind.REFUND_UNKNOWN_AT_GATEWAY, DifferenceKind.REFUND_MISMATCH
)


def local_side(payment: Payment) -> Side:
    """The order in our ledger."""
    captures = extra_captures(payment)
    if payment.captured_amount:
        captures[payment.payment_id] = primary_capture(payment)
    captured: dict[str, Amount] = {}
    refunds: dict[str, Amount] = {}
    for payment_id, capture in captures.items():
        captured[payment_id] = Amount(capture.amount, capture.currency, _CAPTURED)
        refunds |= _local_refunds(capture)
    return Side(captured, refunds, sum(map(reversed_amount, captures.values())))


def _local_refunds(capture: CapturedPayment) -> dict[str, Amount]:
    return {
        refund_id: Amount(refund.amount, capture.currency, refund.status.value)
        for refund_id, refund in capture.refunds.items()
        if refund.status is not RefundStatus.FAILED
    }


def gateway_side(payments: Iterable[Json], refunds: Iterable[Json]) -> Side:
    """The order in the gateway's ledger, from its payment and refund entities. Ignores refunds of other payments.

    Raises MalformedPayload."""
    captured = {
        payment["id"]: Amount(evidence.amount, evidence.currency, _CAPTURED)
        for payment in payments
        for evidence in _capture_evidence(payment)
    }
    not_failed = {
        refund["id"]: Amount(refund["amount"], refund["currency"], refund["status"])
        for refund in refunds
        if refund["payment_id"] in captured and refund["status"] != RefundStatus.FAILED
    }
    return Side(captured, not_failed)


def is_captured(payment: Json) -> bool:
    """Whether the gateway's payment entity proves a capture. Raises MalformedPayload."""
    return bool(_capture_evidence(payment))


def _capture_evidence(payment: Json) -> list[Captured]:
    """The capture that a payment entity proves: one, or none."""
    return [each for each in razorpay_evidence.from_payment(payment) if isinstance(each, Captured)]


def find_differences(order_id: str, gateway: Side, local: Side | None, status: str) -> Iterator[Difference]:
    """The differences between the two sides of an order. `local` is None when our ledger does not contain the order;
    `status` is the status of the payment in our ledger. Refunds of an unknown order are not compared."""
    capture_kinds = _Kinds(
        DifferenceKind.UNKNOWN_LOCALLY if local is None else DifferenceKind.NOT_CAPTURED_LOCALLY,
        DifferenceKind.NOT_CAPTURED_AT_GATEWAY,
        DifferenceKind.AMOUNT_MISMATCH,
    )
    captured = local.captured if local else {}
    yield from _compare(order_id, gateway.captured, captured, capture_kinds, status)
    if local:
        yield from _compare(order_id, gateway.refunds, local.refunds, _REFUND_KINDS, status)


def _compare(
    order_id: str, gateway: dict[str, Amount], local: dict[str, Amount], kinds: _Kinds, status: str
) -> Iterator[Difference]:
    for entity_id in sorted(gateway.keys() | local.keys()):
        at_gateway, at_local = gateway.get(entity_id), local.get(entity_id)
        if at_gateway == at_local:
            continue
        kind = _kind_of(kinds, at_gateway, at_local)
        local_text = str(at_local or f"nothing ({status})")
        yield Difference(kind, order_id, entity_id, str(at_gateway or "nothing"), local_text)


def _kind_of(kinds: _Kinds, gateway: Amount | None, local: Amount | None) -> DifferenceKind:
    if local is None:
        return kinds.unknown_locally
    return kinds.unknown_at_gateway if gateway is None else kinds.mismatch


def totals(sides: Iterable[Side]) -> Counter[TotalKey]:
    """The sums of captures, processed refunds and pending refunds by currency, in minor units."""
    total: Counter[TotalKey] = Counter()
    for side in sides:
        for capture in side.captured.values():
            total[capture.currency, "captured"] += capture.amount
        for refund in side.refunds.values():
            processed = refund.status == RefundStatus.PROCESSED
            total[refund.currency, "refunded" if processed else "refund pending"] += refund.amount
    return total
