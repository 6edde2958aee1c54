"""The scheduled functions: the sweep, and the reconciliation of every hour and every night."""

from datetime import UTC, datetime, timedelta
from typing import Any

from functions.payments.reconciliation.passes import SETTLING_TIME
from shared.errors import StoreUnavailable
from tests.simulation.runtime.api_client import run_function
from tests.simulation.runtime.scheduler import START_TIME
from tests.simulation.session import DAY, SimulationSession


def run_sweep(session: SimulationSession) -> None:
    """Call the scheduled handler once; a killed run and an unavailable store are part of the history."""
    from functions.payments import sweep_handler

    if session.schedules_stopped:
        return
    report = _run(session, "sweep", sweep_handler.lambda_handler, {})
    session.played["sweep"] += 1
    session.record("sweep", str(report and {**report["verdicts"], "left": report["deferred"]}))


def run_reconciliation(session: SimulationSession, event: dict[str, str]) -> None:
    """Call the scheduled handler once: with `{"pass": "nightly"}` as every night, otherwise as every hour."""
    from functions.payments import reconcile_handler

    if session.schedules_stopped:
        return
    started_at = session.environment.scheduler.seconds
    report = _run(session, "reconciliation", reconcile_handler.lambda_handler, event)
    session.played["reconciliation of the night" if event else "reconciliation of the hour"] += 1
    session.record("reconciliation", str(report))
    nightly = report and report["nightly"]
    if event and nightly and nightly["complete"] and not nightly["failed"]:
        session.reconciled_until = started_at - settling_seconds(session)


def run_night(session: SimulationSession) -> None:
    """The reconciliation of a night that begins now. It is left out if it would find what the last one has found."""
    session.next_night = session.environment.scheduler.seconds + DAY
    runs = session.mode.sweep and not session.reconciliation_is_down
    if runs and session.last_gateway_change >= session.reconciled_until:
        session.environment.scheduler.spawn("night", lambda: run_reconciliation(session, {"pass": "nightly"}))


def run_until(session: SimulationSession, end: float) -> None:
    """Run the waiting tasks until `end` (unix seconds), with the nights until then."""
    scheduler = session.environment.scheduler
    while session.next_night <= end:
        scheduler.run(session.next_night)
        run_night(session)
    scheduler.run(end)


def run_waiting_tasks(session: SimulationSession) -> None:
    """Run until no task waits, with the nights until then."""
    scheduler = session.environment.scheduler
    while (soonest := scheduler.soonest()) is not None:
        if soonest < session.next_night:
            scheduler.run(session.next_night, advances=False)
        else:
            scheduler.advance_to(session.next_night)
            run_night(session)


def reconcile_everything(session: SimulationSession) -> None:
    """`python -m cli reconcile --heal` over the time of the history, as an operator runs it after an outage of the
    reconciliation."""
    from functions.payments.reconciliation.reconcile import reconcile

    session.environment.scheduler.advance_to(session.environment.scheduler.seconds + settling_seconds(session))
    since = datetime.fromtimestamp(START_TIME, UTC) - timedelta(days=1)
    report = reconcile(since, session.environment.scheduler.now(), heal=True)
    session.played["reconciliation by command"] += 1
    session.record("reconcile --heal", f"{report.healed} healed, {sum(report.kinds.values())} differences remain")


def settling_seconds(session: SimulationSession) -> float:
    """How old a change at Razorpay must be for a pass to find it."""
    return SETTLING_TIME.total_seconds() + session.ledger.account.list_lag_seconds + 1


def _run(session: SimulationSession, name: str, handler: Any, event: dict[str, str]) -> Any:
    """The report of the function; None when it was killed or the store was unavailable."""
    try:
        return run_function(session.environment, name, lambda: handler(event, None))
    except StoreUnavailable:
        session.record(name, "failed: the store is unavailable")
        return None
