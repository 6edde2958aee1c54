"""The captures, refunds and disputes of an order in both ledgers, and their differences. Pure. Amounts in minor
units."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple, TypeVar

from functions.payments import razorpay_evidence
from functions.payments.razorpay_evidence import MalformedPayload
from shared.db.entities import Payment
from shared.db.payments.payment_attributes import extra_captures, primary_capture
from shared.domain.captures import CapturedPayment, Dispute, RefundStatus
from shared.domain.reconciliation import Difference, DifferenceKind
from shared.gateways.razorpay import Json
from shared.settlement.balances import reversed_amount
from shared.settlement.evidence import Captured

T = TypeVar("T")

_CAPTURED: Final = "captured"
_RETURNED_TO_US: Final = frozenset({RefundStatus.FAILED, RefundStatus.REVERSED})
"""A refund with one of these statuses moved no money in the end."""


class UnreadableEntity(MalformedPayload):
    """An entity of the gateway without the documented form; `entity_id` as far as it is known."""

    def __init__(self, entity_id: str) -> None:
        self.entity_id = entity_id
        super().__init__(f"the entity {entity_id} cannot be read")


class Amount(NamedTuple):
    """An amount in the minor unit of its currency. `status` is that of the refund, or "captured" for a payment."""

    amount: int
    currency: str
    status: str

    def __str__(self) -> str:
        return f"{self.amount} {self.currency} {self.status}"


@dataclass(frozen=True)
class Side:
    """One ledger's entries of an order: captured payments, refunds that neither failed nor were reversed, and disputes,
    by id. The amount of a dispute is what was deducted for it. `reversed_amounts` is the sum of deductions for disputes
    and of manual refunds by currency, which the gateway does not list as refunds."""

    captured: dict[str, Amount] = field(default_factory=dict)
    refunds: dict[str, Amount] = field(default_factory=dict)
    disputes: dict[str, Amount] = field(default_factory=dict)
    reversed_amounts: Counter[str] = field(default_factory=Counter)

    def captured_amount(self) -> int:
        return sum(each.amount for each in self.captured.values())

    def refunded_amount(self) -> int:
        """The sum of processed refunds and reversals."""
        processed = (each.amount for each in self.refunds.values() if each.status == RefundStatus.PROCESSED)
        return sum(processed) + self.reversed_amounts.total()


class _Kinds(NamedTuple):
    """The kinds of difference that `_compare` reports for captures, or for refunds."""

    unknown_locally: DifferenceKind
    unknown_at_gateway: DifferenceKind
    mismatch: DifferenceKind


_REFUND_KINDS: Final = _Kinds(
    DifferenceKind.REFUND_UNKNOWN_LOCALLY, DifferenceKind.REFUND_UNKNOWN_AT_GATEWAY, DifferenceKind.REFUND_MISMATCH
)
_DISPUTE_KINDS: Final = _Kinds(
    DifferenceKind.DISPUTE_UNKNOWN_LOCALLY, DifferenceKind.DISPUTE_MISMATCH, DifferenceKind.DISPUTE_MISMATCH
)


def local_side(payment: Payment) -> Side:
    """The order in our ledger."""
    side = Side()
    for payment_id, capture in captures_of(payment).items():
        side.captured[payment_id] = Amount(capture.amount, capture.currency, _CAPTURED)
        side.refunds.update(_local_refunds(capture))
        side.disputes.update(_local_disputes(capture))
        side.reversed_amounts[capture.currency] += reversed_amount(capture)
    return side


def captures_of(payment: Payment) -> dict[str, CapturedPayment]:
    """Every capture on the order in our ledger, by payment id: the primary one and the extra ones."""
    captures = extra_captures(payment)
    if payment.captured_amount:
        captures[payment.payment_id] = primary_capture(payment)
    return captures


def _local_refunds(capture: CapturedPayment) -> dict[str, Amount]:
    return {
        refund_id: Amount(refund.amount, capture.currency, refund.status.value)
        for refund_id, refund in capture.refunds.items()
        if refund.status not in _RETURNED_TO_US
    }


def _local_disputes(capture: CapturedPayment) -> dict[str, Amount]:
    return {dispute_id: _dispute_amount(dispute) for dispute_id, dispute in capture.disputes.items()}


def gateway_side(payments: Iterable[Json], refunds: Iterable[Json], disputes: Iterable[Json] = ()) -> Side:
    """The order in the gateway's ledger, from its payment, refund and dispute entities. Ignores refunds and disputes of
    other payments.

    Raises UnreadableEntity."""
    captured = {
        payment["id"]: Amount(evidence.amount, evidence.currency, _CAPTURED)
        for payment in payments
        for evidence in _capture_evidence(payment)
    }
    not_failed = {
        refund_id: amount
        for payment_id, refund_id, amount in (_read(refund, _refund_entry) for refund in refunds)
        if payment_id in captured and amount.status not in _RETURNED_TO_US
    }
    reported = [_read(dispute, razorpay_evidence.from_dispute) for dispute in disputes]
    return Side(
        captured,
        not_failed,
        {each.dispute_id: _dispute_amount(each.dispute) for each in reported if each.payment_id in captured},
    )


def _refund_entry(refund: Json) -> tuple[str, str, Amount]:
    """The payment, the refund and its amount."""
    return refund["payment_id"], refund["id"], Amount(refund["amount"], refund["currency"], refund["status"])


def _read(entity: Json, read: Callable[[Json], T]) -> T:
    """`read(entity)`. Raises UnreadableEntity."""
    try:
        return read(entity)
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise UnreadableEntity(razorpay_evidence.entity_id(entity)) from error


def _dispute_amount(dispute: Dispute) -> Amount:
    return Amount(dispute.deducted, dispute.currency, dispute.status.value)


def is_captured(payment: Json) -> bool:
    """Whether the gateway's payment entity proves a capture. Raises UnreadableEntity."""
    return bool(_capture_evidence(payment))


def _capture_evidence(payment: Json) -> list[Captured]:
    """The capture that a payment entity proves: one, or none."""
    return [each for each in _read(payment, razorpay_evidence.from_payment) if isinstance(each, Captured)]


def find_differences(order_id: str, gateway: Side, local: Side | None, status: str) -> Iterator[Difference]:
    """The differences between the two sides of an order. `local` is None when our ledger does not contain the order;
    `status` is the status of the payment in our ledger. Refunds and disputes of an unknown order are not compared, nor
    disputes that only our ledger contains: the gateway lists them by period only."""
    capture_kinds = _Kinds(
        DifferenceKind.UNKNOWN_LOCALLY if local is None else DifferenceKind.NOT_CAPTURED_LOCALLY,
        DifferenceKind.NOT_CAPTURED_AT_GATEWAY,
        DifferenceKind.AMOUNT_MISMATCH,
    )
    captured = local.captured if local else {}
    yield from _compare(order_id, gateway.captured, captured, capture_kinds, status)
    if local:
        yield from _compare(order_id, gateway.refunds, local.refunds, _REFUND_KINDS, status)
        disputes = {dispute_id: local.disputes[dispute_id] for dispute_id in gateway.disputes.keys() & local.disputes}
        yield from _compare(order_id, gateway.disputes, disputes, _DISPUTE_KINDS, status)


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
