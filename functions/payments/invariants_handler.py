"""The scheduled function that holds the books against their invariants, every hour."""

from typing import Any

from functions.payments.examine import CHECKED, examine
from shared.observability import logger, measure


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:  # noqa: ARG001 (Lambda's signature)
    """Breaches by invariant, zeros too, as metrics and as the answer; each breach is logged as an error."""
    found = examine()
    for breach in found.breaches:
        logger().error("invariant broken", extra=breach._asdict())
    counts = {name: len(found.of(name)) for name in CHECKED}
    measure(
        "invariants",
        {
            **counts,
            "breaches": len(found.breaches),
            "payments": found.read["payment"],
            "oldest_refund_hours": found.oldest_refund_hours,
        },
    )
    return counts
