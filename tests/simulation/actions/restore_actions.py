"""An older table is put back, and an operator recovers it as docs/runbooks/restore.md says."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from shared.db.entities import CreditNote, Receipt
from shared.errors import DomainError
from shared.gateways.razorpay import GatewayRejected
from tests.simulation.actions.admin_actions import request_refund
from tests.simulation.actions.scheduled_functions import run_sweep
from tests.simulation.checks.ledger_checks import read_ledger, stored_items
from tests.simulation.checks.transitions import count_transitions
from tests.simulation.promises import RefundPromise
from tests.simulation.runtime.api_client import run_function
from tests.simulation.runtime.scheduler import START_TIME
from tests.simulation.session import DAY, Restore, SimulationSession

_AGES: Final = (30.0, 1_000.0, 4_000.0, 0.5 * DAY, 2 * DAY, 5 * DAY)
"""Seconds from the moment of the table to now."""
_AGAIN_RATE: Final = 0.6
"""The share of restores that are followed by another one, of a table that is older than the first recovery."""
_PAUSES: Final = (600.0, 4_000.0, 0.5 * DAY)
_FIRST_SWEEP_SECONDS: Final = 60.0
_LOST_RATE: Final = 0.3
"""The share of restores after which the replaced tables are lost."""
_FIRST_RETRY_SECONDS: Final = 300.0
_MAX_FAILURES: Final = 5
"""After the faults have stopped."""


@dataclass
class RecoverCommand:
    """The options of `python -m cli recover`. `moment` in unix seconds."""

    moment: float
    replaced_tables: list[str] = field(default_factory=list)
    last_receipts: list[str] = field(default_factory=list)


def restore_older_table(session: SimulationSession, before: float | None = None) -> None:
    """Put the table back as it was some time ago, or some time `before` a moment, and recover it.

    What runs meanwhile is killed. The payments API stays stopped until the receipt numbers that may have been given out
    are voided and the paid orders are settled, schedules until the recovery has succeeded. The admin repeats the refund
    requests that were lost. Perhaps another table is put back later, which is older than the recovery of this one."""
    moment = max(START_TIME, (before or session.now) - session.random.choice(_AGES))
    if not session.mode.sweep or session.schedules_stopped:
        return
    session.schedules_stopped = True
    numbers = sorted(session.lost_receipt_numbers | _receipt_numbers(session))
    moment, lost = _put_back(session, moment)
    replaced = [each.replaced_table for each in session.restores if each.at >= moment]
    session.play("restore beyond a recovery" if len(replaced) > 1 else "restore", f"{session.now - moment:.0f} seconds")
    if session.random.random() < _LOST_RATE:
        command = RecoverCommand(moment, last_receipts=_last_of_each_year(numbers))
    else:
        command = RecoverCommand(moment, replaced_tables=replaced)
    _recover_patiently(session, command)
    for promise in lost:
        request_refund(session, promise.order_id, promise.idempotency_key, promise.amount)
    session.schedules_stopped = False
    session.restores[-1].recovered_at = session.now
    session.environment.scheduler.spawn("sweep", partial(run_sweep, session), _FIRST_SWEEP_SECONDS)
    session.beyond_polls.update(session.ledger.orders)
    session.reconciled_until = 0.0
    if session.random.random() < _AGAIN_RATE and not session.environment.faults_stopped:
        again, pause = partial(restore_older_table, session, session.restores[-1].at), session.random.choice(_PAUSES)
        session.environment.scheduler.spawn("operator", again, pause)


def _recover_patiently(session: SimulationSession, command: RecoverCommand) -> None:
    """Repeat the recovery until it succeeds. Without faults it must do so soon."""
    pause, failures = _FIRST_RETRY_SECONDS, 0
    while not _recovered(session, command):
        failures += session.environment.faults_stopped
        if failures == _MAX_FAILURES:
            session.unexpected_responses.append("I10 recover keeps failing without a fault")
            return
        session.wait(pause)
        pause = min(2 * pause, DAY)


def _put_back(session: SimulationSession, moment: float) -> tuple[float, list[RefundPromise]]:
    """Restore the table as it was at the moment. Promises made later are dropped, except those of refunds, which are
    returned after the moment. The moment is the one just before an earlier restore, if that table was being recovered
    then."""
    session.lost_receipt_numbers |= _receipt_numbers(session)
    session.transitions += count_transitions(read_ledger(session))
    session.environment.kill_all()
    session.environment.stopped_paths = ("/api/payments/",)
    moment = _replace_table(session, moment)
    session.lost_receipt_numbers -= _receipt_numbers(session)
    later = [promise for promise in session.promises if promise.at > moment]
    session.promises = [promise for promise in session.promises if promise.at <= moment]
    return moment, [promise for promise in later if isinstance(promise, RefundPromise)]


def _replace_table(session: SimulationSession, moment: float) -> float:
    """Put a copy of the table that was in service at the moment into service, as it was then. Returns the moment."""
    environment = session.environment
    since = max((each for each in session.restores if each.at <= moment), key=lambda each: each.at, default=None)
    if since and since.recovered_at > moment:
        moment = since.at
    session.restores.append(Restore(session.now, f"replaced-{len(session.restores) + 1}"))
    environment.replaced_tables[session.restores[-1].replaced_table] = environment.table
    in_service = next(each.replaced_table for each in session.restores if each.at >= moment)
    environment.table = environment.replaced_tables[in_service].copy()
    environment.table.restore(moment)
    return moment


def _receipt_numbers(session: SimulationSession) -> set[str]:
    return {item.number for item in stored_items(session) if isinstance(item, Receipt | CreditNote) and item.number}


def _recovered(session: SimulationSession, command: RecoverCommand) -> bool:
    """Run `python -m cli recover` once. False when it failed, or left an order to the next try."""
    try:
        result = run_function(session.environment, "recover", partial(_recover, session, command))
    except (DomainError, GatewayRejected) as error:
        session.record("recover", f"failed: {error!r}")
        return False
    session.record("recover", str(result))
    return result is not None and not result.failed


def _recover(session: SimulationSession, command: RecoverCommand) -> Any:
    from functions.payments.reconciliation.reconcile import reconcile
    from functions.payments.reconciliation.restore.receipt_numbers import last_issued
    from functions.payments.reconciliation.restore.recover import LOOKBACK, recover
    from shared import clock

    def say(line: str) -> None:
        if line.startswith("paid orders:") and line.endswith(" 0 failed"):
            session.environment.stopped_paths = ()

    restored_to = clock.to_stored_precision(datetime.fromtimestamp(command.moment, UTC))
    result = recover(restored_to, say, last_issued(_with_numbers(session, command), command.last_receipts))
    reconcile(restored_to - LOOKBACK, clock.now(), heal=True, requests_refunds=False, left_out=result.failed)
    return result


def _last_of_each_year(numbers: list[str]) -> list[str]:
    """Of sorted numbers of receipts and notes."""
    return list({number.rpartition("/")[0]: number for number in numbers}.values())


def _with_numbers(session: SimulationSession, command: RecoverCommand) -> list[str]:
    """The replaced tables that have issued receipt numbers: the command accepts no others."""
    tables = session.environment.replaced_tables
    return [name for name in command.replaced_tables if any(pk.startswith("RECEIPTS#") for pk, _ in tables[name].items)]
