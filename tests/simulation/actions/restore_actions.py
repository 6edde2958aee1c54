"""An older table is put back, and an operator recovers it as docs/runbooks/restore.md says."""

from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from shared.db.entities import Receipt
from shared.errors import DomainError
from shared.gateways.razorpay import GatewayRejected
from tests.simulation.actions.admin_actions import request_refund
from tests.simulation.checks.ledger_checks import read_ledger, stored_items
from tests.simulation.checks.transitions import count_transitions
from tests.simulation.promises import RefundPromise
from tests.simulation.runtime.api_client import run_function
from tests.simulation.runtime.scheduler import START_TIME
from tests.simulation.session import DAY, SimulationSession

_AGES: Final = (30.0, 1_000.0, 4_000.0, 0.5 * DAY, 2 * DAY, 5 * DAY)
"""Seconds from the moment of the table to now."""
_FIRST_RETRY_SECONDS: Final = 300.0
_MAX_FAILURES: Final = 5
"""After the faults have stopped."""


def restore_older_table(session: SimulationSession) -> None:
    """Put the table back as it was some time ago, and recover it; what runs meanwhile is killed. The payments API stays
    stopped until the receipt numbers that may have been given out are voided, schedules until the recovery has
    succeeded. The admin repeats the refund requests that were lost. No table is older than an earlier recovery: it
    would not know which receipt numbers that one voided."""
    moment = max(START_TIME, session.recovered_at, session.now - session.random.choice(_AGES))
    if not session.mode.sweep or session.schedules_stopped:
        return
    session.schedules_stopped = True
    session.play("restore", f"{session.now - moment:.0f} seconds")
    lost = _put_back(session, moment)
    _recover_patiently(session, moment)
    for promise in lost:
        request_refund(session, promise.order_id, promise.idempotency_key, promise.amount)
    session.schedules_stopped = False
    session.recovered_at = session.now
    session.beyond_polls.update(session.ledger.orders)
    session.reconciled_until = 0.0


def _recover_patiently(session: SimulationSession, moment: float) -> None:
    """Repeat the recovery until it succeeds. Without faults it must do so soon."""
    pause, failures = _FIRST_RETRY_SECONDS, 0
    while not _recovered(session, moment):
        failures += session.environment.faults_stopped
        if failures == _MAX_FAILURES:
            session.unexpected_responses.append("I10 recover keeps failing without a fault")
            return
        session.wait(pause)
        pause = min(2 * pause, DAY)


def _put_back(session: SimulationSession, moment: float) -> list[RefundPromise]:
    """Restore the table, and forget what was promised later, except refunds: those are returned."""
    numbers = _receipt_numbers(session)
    session.transitions += count_transitions(read_ledger(session))
    session.environment.kill_all()
    session.environment.stopped_paths = ("/api/payments/",)
    session.environment.table.restore(moment)
    session.lost_receipt_numbers |= numbers - _receipt_numbers(session)
    later = [promise for promise in session.promises if promise.at > moment]
    session.promises = [promise for promise in session.promises if promise.at <= moment]
    return [promise for promise in later if isinstance(promise, RefundPromise)]


def _receipt_numbers(session: SimulationSession) -> set[str]:
    return {item.number for item in stored_items(session) if isinstance(item, Receipt) and item.number}


def _recovered(session: SimulationSession, moment: float) -> bool:
    """Run `python -m cli recover --since` once. False when it failed, or left an order to the next try."""
    try:
        result = run_function(session.environment, "recover", partial(_recover, session, moment))
    except (DomainError, GatewayRejected) as error:
        session.record("recover", f"failed: {error!r}")
        return False
    session.record("recover", str(result))
    return result is not None and not result.failed


def _recover(session: SimulationSession, moment: float) -> Any:
    from functions.payments.reconciliation.reconcile import reconcile
    from functions.payments.reconciliation.restore.recover import LOOKBACK, recover
    from shared import clock

    def say(line: str) -> None:
        if line.startswith("receipts: voided"):
            session.environment.stopped_paths = ()

    restored_to = datetime.fromtimestamp(moment, UTC)
    result = recover(restored_to, say)
    reconcile(restored_to - LOOKBACK, clock.now(), heal=True, requests_refunds=False)
    return result
