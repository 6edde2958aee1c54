"""The scheduled function that holds the books against their invariants, every hour."""

from typing import Any

from functions.payments.invariants.check import INVARIANTS, check_invariants
from shared.observability import emit_metrics, logger


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:  # noqa: ARG001 (Lambda's signature)
    """Breaches by invariant, zeros too, as metrics and as the answer; each breach is logged as an error."""
    found = check_invariants()
    for breach in found.breaches:
        logger().error("invariant broken", extra=breach._asdict())
    counts = {name: len(found.breaches_of(name)) for name in INVARIANTS}
    emit_metrics(
        "invariants",
        {
            **counts,
            "breaches": len(found.breaches),
            "payments": found.item_counts["payment"],
            "oldest_refund_hours": found.oldest_refund_hours,
        },
    )
    return counts
