"""What an order is worth in each of two ledgers, and where they disagree. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, NamedTuple

from functions.payments import events
from functions.payments.evidence import Captured, RefundStatus
from functions.payments.giving_back import own, surplus, taken
from shared.db.entities import Payment

Json = dict[str, Any]


class Kind(StrEnum):
    """What differs."""

    UNKNOWN_HERE = "paid at the gateway, and the order is unknown here"
    NOT_CAPTURED_HERE = "captured at the gateway, and not here"
    NOT_CAPTURED_THERE = "captured here, and not at the gateway"
    AMOUNT = "the amounts differ"
    REFUND_UNKNOWN_HERE = "refunded at the gateway, and not here"
    REFUND_UNKNOWN_THERE = "refunded here, and not at the gateway"
    REFUND = "the refunds differ"


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
    taken: int = 0

    def captured_amount(self) -> int:
        return sum(each.amount for each in self.captured.values())

    def returned_amount(self) -> int:
        """What arrived back: refunds that were processed, and what was taken."""
        processed = (each.amount for each in self.refunds.values() if each.status == RefundStatus.PROCESSED)
        return sum(processed) + self.taken


class Difference(NamedTuple):
    """`entity_id` is a payment or a refund; each side tells what it has, or "nothing"."""

    kind: Kind
    order_id: str
    entity_id: str
    there: str
    here: str

    def __str__(self) -> str:
        return f"{self.order_id} {self.entity_id}: gateway {self.there}, here {self.here}"


_CAPTURED: Final = "captured"


def here(payment: Payment) -> Side:
    """Our side of an order."""
    known = surplus(payment)
    if payment.captured_amount:
        known[payment.payment_id] = {**own(payment), "currency": payment.currency}
    return Side(
        {payment_id: Amount(each["amount"], each["currency"], _CAPTURED) for payment_id, each in known.items()},
        {
            refund_id: Amount(refund["amount"], each["currency"], refund["status"])
            for each in known.values()
            for refund_id, refund in each["refunds"].items()
            if refund["status"] != RefundStatus.FAILED
        },
        sum(map(taken, known.values())),
    )


def there(payments: Iterable[Json], refunds: Iterable[Json]) -> Side:
    """The gateway's side, from its payment and refund entities; those of other payments are passed over."""
    proven = {each["id"]: captured for each in payments for captured in captures(each)}
    return Side(
        {payment_id: Amount(each.amount, each.currency, _CAPTURED) for payment_id, each in proven.items()},
        {
            each["id"]: Amount(each["amount"], each["currency"], each["status"])
            for each in refunds
            if each["payment_id"] in proven and each["status"] != RefundStatus.FAILED
        },
    )


def captures(payment: Json) -> list[Captured]:
    """What a payment entity proves to have been captured: one, or none."""
    return [each for each in events.of_payment(payment) if isinstance(each, Captured)]


def differences(order_id: str, gateway: Side, ours: Side | None, state: str) -> Iterator[Difference]:
    """Where the two disagree about an order. `ours` is None when there is no such order here, `state` what it is in."""
    missing = Kind.UNKNOWN_HERE if ours is None else Kind.NOT_CAPTURED_HERE
    known = ours or Side()
    kinds = (missing, Kind.NOT_CAPTURED_THERE, Kind.AMOUNT)
    yield from _apart(order_id, gateway.captured, known.captured, kinds, state)
    if ours:
        kinds = (Kind.REFUND_UNKNOWN_HERE, Kind.REFUND_UNKNOWN_THERE, Kind.REFUND)
        yield from _apart(order_id, gateway.refunds, known.refunds, kinds, state)


def _apart(
    order_id: str, theirs: dict[str, Amount], ours: dict[str, Amount], kinds: tuple[Kind, Kind, Kind], state: str
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
