"""Recomputes the balances of a payment from the stored maps. It does not use `shared.settlement.balances`, the code
that the invariants check. Amounts in minor units."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from shared.db.entities import Payment


class CaptureTotals(NamedTuple):
    """The amount of one extra capture, the sum of its refunds that did not fail (pending or processed), and the sum of
    its reversals."""

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
    """The sum of lost disputes and manual refunds of the primary capture."""
    return _sum(payment.other_returns.as_dict().values()) if payment.other_returns else 0


def processed_total(refunds: dict[str, Any]) -> int:
    return _sum(refund for refund in refunds.values() if refund["status"] == "processed")


def not_failed_total(refunds: dict[str, Any]) -> int:
    return _sum(refund for refund in refunds.values() if refund["status"] != "failed")


def _extra_captures(payment: Payment) -> dict[str, dict[str, Any]]:
    captures: dict[str, dict[str, Any]] = payment.surplus.as_dict() if payment.surplus else {}
    return captures


def _sum(entries: Iterable[dict[str, Any]]) -> int:
    return sum(int(entry["amount"]) for entry in entries)
