"""What of a payment is back, or on its way. Counted here once more, past the rules that are to be held against it."""

from typing import Any

from shared.db.entities import Payment


def extra_capture_totals(payment: Payment) -> dict[str, tuple[int, int, int]]:
    """Payment ids captured beside the one that counts: (captured, refunded or on its way, taken otherwise)."""
    kept: dict[str, dict[str, Any]] = payment.surplus.as_dict() if payment.surplus else {}
    return {
        payment_id: (each["amount"], not_failed_total(each["refunds"]), _sum(each["other_returns"]))
        for payment_id, each in kept.items()
    }


def refund_statuses(payment: Payment) -> set[str]:
    kept: dict[str, dict[str, Any]] = payment.surplus.as_dict() if payment.surplus else {}
    refunds = [
        *payment.refunds.as_dict().values(),
        *(one for each in kept.values() for one in each["refunds"].values()),
    ]
    return {str(each["status"]) for each in refunds}


def reversed_total(payment: Payment) -> int:
    return _sum(payment.other_returns.as_dict()) if payment.other_returns else 0


def _sum(returns: dict[str, Any]) -> int:
    return sum(int(each["amount"]) for each in returns.values())


def processed_total(refunds: dict[str, Any]) -> int:
    return sum(int(each["amount"]) for each in refunds.values() if each["status"] == "processed")


def not_failed_total(refunds: dict[str, Any]) -> int:
    return sum(int(each["amount"]) for each in refunds.values() if each["status"] != "failed")
