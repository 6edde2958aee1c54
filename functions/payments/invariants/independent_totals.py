"""Recomputes the balances of a payment from the stored maps. It does not use `shared.settlement.balances`, the code
that the invariants check. Amounts in minor units."""

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from shared.db.entities import Payment

_NOTHING_DEDUCTED: Final = frozenset({"won", "closed"})
_ENDED: Final = _NOTHING_DEDUCTED | {"lost"}


class DisputeReversal(NamedTuple):
    """A dispute in that status, the amount that must be reversed for it, and the amount that is."""

    dispute_id: str
    status: str
    expected: int
    found: int


class CaptureTotals(NamedTuple):
    """The amount of one extra capture, the sum of its refunds that did not fail (pending, unknown or processed), and
    the sum of its reversals."""

    captured: int
    not_failed: int
    reversed: int


def extra_capture_totals(payment: Payment) -> dict[str, CaptureTotals]:
    """The totals of each capture in addition to the primary one, by payment id."""
    return {
        payment_id: CaptureTotals(
            capture["amount"], not_failed_total(capture["refunds"]), _sum(capture["other_returns"].values())
        )
        for payment_id, capture in _extra_captures(payment).items()
    }


def refund_statuses(payment: Payment) -> set[str]:
    """The statuses of all refunds on the order."""
    refunds = list(payment.refunds.as_dict().values())
    for capture in _extra_captures(payment).values():
        refunds += capture["refunds"].values()
    return {str(refund["status"]) for refund in refunds}


def reversed_total(payment: Payment) -> int:
    """The sum of deductions for disputes and manual refunds of the primary capture."""
    return _sum(payment.other_returns.as_dict().values()) if payment.other_returns else 0


def undecided_total(payment: Payment) -> int:
    """The part of `reversed_total` that is deducted for open disputes."""
    reversals = payment.other_returns.as_dict() if payment.other_returns else {}
    disputes = payment.disputes.as_dict() if payment.disputes else {}
    return _sum(reversals[id_] for id_ in reversals if disputes.get(id_, {}).get("status", "lost") not in _ENDED)


def has_open_dispute(payment: Payment) -> bool:
    """Whether a dispute of any capture on the order has not ended."""
    return any(dispute["status"] not in _ENDED for capture in _captures(payment) for dispute in _disputes(capture))


def dispute_reversals(payment: Payment) -> list[DisputeReversal]:
    """Every dispute of every capture on the order. A won or closed dispute costs nothing, a lost one what was deducted
    or else its amount, an open one what was deducted; in another currency, the same share of the capture."""
    return [
        DisputeReversal(
            id_,
            dispute["status"],
            _deduction(capture, dispute),
            int((capture.get("other_returns") or {}).get(id_, {}).get("amount", 0)),
        )
        for capture in _captures(payment)
        for id_, dispute in (capture.get("disputes") or {}).items()
    ]


def _deduction(capture: dict[str, Any], dispute: dict[str, Any]) -> int:
    amount, deducted = int(dispute["amount"]), int(dispute["deducted"])
    if dispute["status"] in _NOTHING_DEDUCTED:
        return 0
    if dispute["status"] == "lost" and deducted == 0:
        deducted = amount
    if dispute["currency"] == capture["currency"]:
        return deducted
    return int(capture["amount"]) * deducted // amount if amount else 0


def processed_total(refunds: dict[str, Any]) -> int:
    return _sum(refund for refund in refunds.values() if refund["status"] == "processed")


def not_failed_total(refunds: dict[str, Any]) -> int:
    return _sum(refund for refund in refunds.values() if refund["status"] not in ("failed", "reversed"))


def _captures(payment: Payment) -> list[dict[str, Any]]:
    """The stored maps of the primary capture, in the form of an extra one, and of each extra capture."""
    primary = {
        "amount": payment.captured_amount,
        "currency": payment.currency,
        "other_returns": payment.other_returns.as_dict() if payment.other_returns else {},
        "disputes": payment.disputes.as_dict() if payment.disputes else {},
    }
    return [primary, *_extra_captures(payment).values()]


def _disputes(capture: dict[str, Any]) -> Iterable[dict[str, Any]]:
    return (capture.get("disputes") or {}).values()


def _extra_captures(payment: Payment) -> dict[str, dict[str, Any]]:
    captures: dict[str, dict[str, Any]] = payment.surplus.as_dict() if payment.surplus else {}
    return captures


def _sum(entries: Iterable[dict[str, Any]]) -> int:
    return sum(int(entry["amount"]) for entry in entries)
