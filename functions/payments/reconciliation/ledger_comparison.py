"""What an order is worth in each of two ledgers, and where they disagree. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, NamedTuple

from functions.payments import razorpay_evidence
from shared.db.entities import Payment
from shared.settlement.balances import extra_captures, primary_capture, reversed_amount
from shared.settlement.evidence import Captured, RefundStatus

Json = dict[str, Any]


class DifferenceKind(StrEnum):
    """What differs."""

    UNKNOWN_LOCALLY = "paid at the gateway, and the order is unknown here"
    NOT_CAPTURED_LOCALLY = "captured at the gateway, and not here"
    NOT_CAPTURED_AT_GATEWAY = "captured here, and not at the gateway"
    AMOUNT_MISMATCH = "the amounts differ"
    REFUND_UNKNOWN_LOCALLY = "refunded at the gateway, and not here"
    REFUND_UNKNOWN_AT_GATEWAY = "refunded here, and not at the gateway"
    REFUND_MISMATCH = "the refunds differ"


class Amount(NamedTuple):
    """Money, in the minor unit of its currency; `status` of a refund, "captured" of a payment."""

    amount: int
    currency: str
    status: str

    def __str__(self) -> str:
        return f"{self.amount} {self.currency} {self.status}"


@dataclass(frozen=True)
class Side:
    """What one side knows of an order: captured payments and refunds that did not fail, by id, and what was `taken` by
    lost disputes or returned by hand, which is no refund of the gateway's."""

    captured: dict[str, Amount] = field(default_factory=dict)
    refunds: dict[str, Amount] = field(default_factory=dict)
    reversed_amount: int = 0

    def captured_amount(self) -> int:
        return sum(each.amount for each in self.captured.values())

    def refunded_amount(self) -> int:
        """What arrived back: refunds that were processed, and what was taken."""
        processed = (each.amount for each in self.refunds.values() if each.status == RefundStatus.PROCESSED)
        return sum(processed) + self.reversed_amount


class Difference(NamedTuple):
    """`entity_id` is a payment or a refund; each side tells what it has, or "nothing"."""

    kind: DifferenceKind
    order_id: str
    entity_id: str
    gateway: str
    local: str

    def __str__(self) -> str:
        return f"{self.order_id} {self.entity_id}: gateway {self.gateway}, here {self.local}"


_CAPTURED: Final = "captured"


def local_side(payment: Payment) -> Side:
    """Our side of an order."""
    known = extra_captures(payment)
    if payment.captured_amount:
        known[payment.payment_id] = {**primary_capture(payment), "currency": payment.currency}
    return Side(
        {payment_id: Amount(each["amount"], each["currency"], _CAPTURED) for payment_id, each in known.items()},
        {
            refund_id: Amount(refund["amount"], each["currency"], refund["status"])
            for each in known.values()
            for refund_id, refund in each["refunds"].items()
            if refund["status"] != RefundStatus.FAILED
        },
        sum(map(reversed_amount, known.values())),
    )


def gateway_side(payments: Iterable[Json], refunds: Iterable[Json]) -> Side:
    """The gateway's side, from its payment and refund entities; those of other payments are passed over."""
    proven = {each["id"]: captured for each in payments for captured in captured_evidence(each)}
    return Side(
        {payment_id: Amount(each.amount, each.currency, _CAPTURED) for payment_id, each in proven.items()},
        {
            each["id"]: Amount(each["amount"], each["currency"], each["status"])
            for each in refunds
            if each["payment_id"] in proven and each["status"] != RefundStatus.FAILED
        },
    )


def captured_evidence(payment: Json) -> list[Captured]:
    """What a payment entity proves to have been captured: one, or none."""
    return [each for each in razorpay_evidence.from_payment(payment) if isinstance(each, Captured)]


def differences(order_id: str, gateway: Side, ours: Side | None, state: str) -> Iterator[Difference]:
    """Where the two disagree about an order. `ours` is None when there is no such order here, `state` what it is in."""
    missing = DifferenceKind.UNKNOWN_LOCALLY if ours is None else DifferenceKind.NOT_CAPTURED_LOCALLY
    known = ours or Side()
    kinds = (missing, DifferenceKind.NOT_CAPTURED_AT_GATEWAY, DifferenceKind.AMOUNT_MISMATCH)
    yield from _compare(order_id, gateway.captured, known.captured, kinds, state)
    if ours:
        kinds = (
            DifferenceKind.REFUND_UNKNOWN_LOCALLY,
            DifferenceKind.REFUND_UNKNOWN_AT_GATEWAY,
            DifferenceKind.REFUND_MISMATCH,
        )
        yield from _compare(order_id, gateway.refunds, known.refunds, kinds, state)


def _compare(
    order_id: str,
    theirs: dict[str, Amount],
    ours: dict[str, Amount],
    kinds: tuple[DifferenceKind, DifferenceKind, DifferenceKind],
    state: str,
) -> Iterator[Difference]:
    only_theirs, only_ours, unlike = kinds
    for entity_id in sorted(theirs.keys() | ours.keys()):
        left, right = theirs.get(entity_id), ours.get(entity_id)
        if left == right:
            continue
        kind = only_theirs if right is None else only_ours if left is None else unlike
        yield Difference(kind, order_id, entity_id, str(left or "nothing"), str(right or f"nothing ({state})"))


def totals(sides: Iterable[Side]) -> Counter[tuple[str, str]]:
    """(currency, "captured", "refunded", "refund pending") > minor units."""
    total: Counter[tuple[str, str]] = Counter()
    for side in sides:
        for each in side.captured.values():
            total[each.currency, "captured"] += each.amount
        for each in side.refunds.values():
            processed = each.status == RefundStatus.PROCESSED
            total[each.currency, "refunded" if processed else "refund pending"] += each.amount
    return total
