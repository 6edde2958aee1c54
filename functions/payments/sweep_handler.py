"""Lambda entry point: runs a sweep every five minutes."""

from dataclasses import asdict
from math import inf
from typing import Any

from functions.payments.polling.sweep import sweep
from shared.observability import logger


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001 (Lambda's signature)
    """Runs one sweep within the remaining time of the invocation. Returns and logs its SweepReport."""
    report = asdict(sweep(seconds_left=lambda: context.get_remaining_time_in_millis() / 1000 if context else inf))
    logger().info("sweep", extra=report)
    return report
