"""Values of the reconciliation with the gateway: its stages, and the kinds of difference between the two ledgers.

The values are stored and sent exactly as written here."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple


class ReconciliationStage(StrEnum):
    """The stages of a pass, in the order in which it runs them. Each reads one list."""

    PAYMENTS = "payments"
    """Payments by their own creation time, except those that are refunded in full."""
    REFUNDED_PAYMENTS = "refunded_payments"
    """The payments that are refunded in full: an order whose money was kept is settled before them."""
    ORDERS = "orders"
    """Orders with their payments."""
    REFUNDS = "refunds"
    DISPUTES = "disputes"
    SETTLEMENTS = "settlements"
    """Transfers to the seller's bank account."""
    LEDGER = "ledger"
    """Our own payments, in the other direction: what is recorded here and not at the gateway."""
    OPEN_DIFFERENCES = "open_differences"
    """The stored differences: each one that is gone is removed."""
    SETTLED = "settled"
    """The transactions that were settled, by day."""
    UNSETTLED_PAYMENTS = "unsettled_payments"
    UNSETTLED_REFUNDS = "unsettled_refunds"
    DONE = "done"


class DifferenceKind(StrEnum):
    """The kind of a difference between the two ledgers."""

    UNKNOWN_LOCALLY = "unknown_locally"
    NOT_CAPTURED_LOCALLY = "not_captured_locally"
    NOT_CAPTURED_AT_GATEWAY = "not_captured_at_gateway"
    AMOUNT_MISMATCH = "amount_mismatch"
    REFUND_UNKNOWN_LOCALLY = "refund_unknown_locally"
    REFUND_UNKNOWN_AT_GATEWAY = "refund_unknown_at_gateway"
    REFUND_MISMATCH = "refund_mismatch"
    DISPUTE_UNKNOWN_LOCALLY = "dispute_unknown_locally"
    DISPUTE_MISMATCH = "dispute_mismatch"
    AMOUNT_UNEXPLAINED = "amount_unexplained"
    LEARNER_OR_COURSE_UNKNOWN = "learner_or_course_unknown"

    @property
    def text(self) -> str:
        """The kind in plain words, as the command prints it."""
        return _TEXTS[self]


_TEXTS: Final = {
    DifferenceKind.UNKNOWN_LOCALLY: "paid at the gateway, but the order is unknown locally",
    DifferenceKind.NOT_CAPTURED_LOCALLY: "captured at the gateway, but not locally",
    DifferenceKind.NOT_CAPTURED_AT_GATEWAY: "captured locally, but not at the gateway",
    DifferenceKind.AMOUNT_MISMATCH: "the captured amounts differ",
    DifferenceKind.REFUND_UNKNOWN_LOCALLY: "refunded at the gateway, but not locally",
    DifferenceKind.REFUND_UNKNOWN_AT_GATEWAY: "refunded locally, but not at the gateway",
    DifferenceKind.REFUND_MISMATCH: "the refunds differ",
    DifferenceKind.DISPUTE_UNKNOWN_LOCALLY: "disputed at the gateway, but not locally",
    DifferenceKind.DISPUTE_MISMATCH: "the disputes differ",
    DifferenceKind.AMOUNT_UNEXPLAINED: "on hold: no rule explains the amount",
    DifferenceKind.LEARNER_OR_COURSE_UNKNOWN: "on hold: the learner or the course of the order is unknown",
}


class Difference(NamedTuple):
    """A difference between the two ledgers. `entity_id` is the id of a payment, a refund or a dispute. `gateway` and
    `local` describe the entry of each side, or are "nothing"."""

    kind: DifferenceKind
    order_id: str
    entity_id: str
    gateway: str
    local: str

    def __str__(self) -> str:
        return f"{self.order_id} {self.entity_id}: gateway {self.gateway}, local {self.local}"


@dataclass(frozen=True, slots=True)
class PassCounts:
    """What a pass met. `listed`: entities in the gateway's lists. `found`: orders that differed; `healed`: those that
    differ no longer; `failed`: those that could not be compared or settled now. `not_ours`: entities of other products
    on the account. `unreadable`: entities without the documented form."""

    listed: int = 0
    found: int = 0
    healed: int = 0
    failed: int = 0
    not_ours: int = 0
    unreadable: int = 0

    def __add__(self, other: "PassCounts") -> "PassCounts":
        return PassCounts(
            self.listed + other.listed,
            self.found + other.found,
            self.healed + other.healed,
            self.failed + other.failed,
            self.not_ours + other.not_ours,
            self.unreadable + other.unreadable,
        )
