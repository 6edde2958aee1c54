"""Lambda entry point: checks the invariants of the ledger every hour."""

from typing import Any

from functions.payments.disputes.dispute_counts import count_open_disputes
from functions.payments.invariants.check import check_invariants
from functions.payments.invariants.registry import INVARIANTS
from shared import clock
from shared.observability import emit_metrics, logger


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:  # noqa: ARG001 (Lambda's signature)
    """Returns the number of breaches by invariant id, zeros included. Emits these numbers as metrics, with the total,
    the number of payments, the age of the oldest pending refund in hours, and the open disputes. Logs each breach as an
    error.

    Raises StoreUnavailable."""
    report = check_invariants()
    for breach in report.breaches:
        logger().error("invariant broken", extra=breach._asdict())
    counts = {invariant.id: len(report.breaches_of(invariant.id)) for invariant in INVARIANTS if invariant.is_checked}
    disputes = count_open_disputes(clock.now())
    emit_metrics(
        "invariants",
        {
            **counts,
            "breaches": len(report.breaches),
            "payments": report.item_counts["payment"],
            "oldest_refund_hours": report.oldest_refund_hours,
            "disputes_open": disputes.open,
            "disputes_due": disputes.due,
            "disputes_unknown": disputes.unknown,
        },
    )
    return counts
