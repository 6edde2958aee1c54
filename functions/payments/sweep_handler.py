"""The scheduled function, every five minutes."""

from dataclasses import asdict
from typing import Any

from functions.payments.sweep import sweep
from shared.observability import logger


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:  # noqa: ARG001 (Lambda's signature)
    """Runs one sweep; answers and logs its numbers (SweepReport)."""
    report = asdict(sweep())
    logger().info("sweep", extra=report)
    return report
