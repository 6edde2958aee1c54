"""Lambda entry point: reconciles our ledger with the gateway's lists, every hour and every night."""

from dataclasses import asdict
from math import inf
from typing import Any

from functions.payments.reconciliation.account.unexplained import count_unexplained
from functions.payments.reconciliation.passes import HOURLY, NIGHTLY, PassReport, run_pass
from shared.db.payments import reconciliation_state
from shared.observability import emit_metrics, logger


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Runs the passes within the remaining time of the invocation. `{"pass": "nightly"}` starts a nightly pass; any
    other event starts an hourly one, and then continues a nightly pass that is not finished.

    Returns and logs what was done, and emits it as metrics with the lag of each pass in minutes."""

    def seconds_left() -> float:
        return context.get_remaining_time_in_millis() / 1000 if context else inf

    starts_nightly = event.get("pass") == NIGHTLY.name
    reports = {}
    if not starts_nightly:
        reports[HOURLY.name] = run_pass(HOURLY, begins=True, seconds_left=seconds_left)
    reports[NIGHTLY.name] = run_pass(NIGHTLY, begins=starts_nightly, seconds_left=seconds_left)
    result = {name: {**asdict(report.counts), "complete": report.is_complete} for name, report in reports.items()}
    logger().info("reconciliation", extra=result)
    emit_metrics("reconciliation", _metrics(reports))
    return result


def _metrics(reports: dict[str, PassReport]) -> dict[str, int]:
    """Raises StoreUnavailable."""
    lags = {f"{name}_lag_minutes": int(report.lag.total_seconds() // 60) for name, report in reports.items()}
    return {
        **lags,
        "differences_found": sum(report.counts.found for report in reports.values()),
        "differences_healed": sum(report.counts.healed for report in reports.values()),
        "differences_open": len(reconciliation_state.list_open()),
        "reconciliation_failed": sum(report.counts.failed for report in reports.values()),
        "entities_unreadable": sum(report.counts.unreadable for report in reports.values()),
        "settlements_unexplained": count_unexplained(),
    }
