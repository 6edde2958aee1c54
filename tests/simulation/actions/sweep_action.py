"""The scheduled sweep."""

from shared.errors import StoreUnavailable
from tests.simulation.runtime.api_client import run_function
from tests.simulation.session import SimulationSession


def run_sweep(session: SimulationSession) -> None:
    """Call the scheduled handler once; a killed run and an unavailable store are part of the history."""
    from functions.payments import sweep_handler

    try:
        report = run_function(session.environment, "sweep", lambda: sweep_handler.lambda_handler({}, None))
    except StoreUnavailable:
        session.record("sweep", "failed: the store is unavailable")
        return
    session.record("sweep", str(report and {**report["verdicts"], "left": report["deferred"]}))
