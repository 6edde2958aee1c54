"""Runs the passes of the reconciliation in slices: every hour over the last day, every night over the last ten days,
and over the refunds and disputes of half a year, which change long after their creation.

The position is stored after each slice, so a run that crashes, or ends before the time of the invocation does, is
resumed by the next one. A slice that is repeated finds its orders settled. Of two runs at once, one stores the next
position first; the other one stops, having settled the same orders with the same evidence."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from functions.payments.reconciliation import own_ledger, stages, stages_by_payment
from functions.payments.reconciliation.account import account_stages
from functions.payments.reconciliation.heal_orders import SECONDS_PER_ORDER, Healer, OutOfTime
from functions.payments.reconciliation.open_differences import OpenDifferences
from functions.payments.reconciliation.stages import Slice, Stage
from shared import clock
from shared.db.payments import reconciliation_state
from shared.db.payments.reconciliation_state import PassState
from shared.domain.reconciliation import PassCounts, ReconciliationStage
from shared.errors import DomainError
from shared.gateways.razorpay import GatewayRejected
from shared.observability import logger

SETTLING_TIME: Final = timedelta(minutes=5)
"""A pass ends this long before now: the lists of the gateway lag, and an order is listed before we have stored it."""
_STAGES: Final = tuple(ReconciliationStage)
_RUNNERS: Final[dict[ReconciliationStage, Stage]] = {
    ReconciliationStage.PAYMENTS: stages.reconcile_payments,
    ReconciliationStage.REFUNDED_PAYMENTS: stages.reconcile_refunded_payments,
    ReconciliationStage.ORDERS: stages.reconcile_orders,
    ReconciliationStage.REFUNDS: stages_by_payment.reconcile_refunds,
    ReconciliationStage.DISPUTES: stages_by_payment.reconcile_disputes,
    ReconciliationStage.SETTLEMENTS: account_stages.record_settlements,
    ReconciliationStage.LEDGER: own_ledger.reconcile_ledger,
    ReconciliationStage.OPEN_DIFFERENCES: own_ledger.recheck_open_differences,
    ReconciliationStage.SETTLED: account_stages.record_settled,
    ReconciliationStage.UNSETTLED_PAYMENTS: account_stages.record_unsettled_payments,
    ReconciliationStage.UNSETTLED_REFUNDS: account_stages.record_unsettled_refunds,
}


@dataclass(frozen=True)
class Pass:
    """A pass over the last `span`, with the refunds of the last `refund_span`. It leaves out the stages in `skips`.
    With `records_account`, the pages of payments and refunds that it reads are recorded in the account's ledger too."""

    name: str
    span: timedelta
    refund_span: timedelta
    skips: frozenset[ReconciliationStage]
    records_account: bool = False


_ONLY_NIGHTLY: Final = frozenset({ReconciliationStage.LEDGER, ReconciliationStage.SETTLED})
"""No learner waits for what these stages find, and each takes as many calls as that of the orders."""
_NEEDLESS: Final = frozenset({ReconciliationStage.UNSETTLED_PAYMENTS, ReconciliationStage.UNSETTLED_REFUNDS})
"""Earlier versions read the lists of payments and refunds a second time for the ledger. A pass of theirs that stands in
such a stage ends it."""
HOURLY: Final = Pass("hourly", timedelta(days=1), timedelta(days=1), _ONLY_NIGHTLY | _NEEDLESS)
NIGHTLY: Final = Pass("nightly", timedelta(days=10), timedelta(days=180), _NEEDLESS, records_account=True)
"""A bank may send a refund back months after it was processed, and Razorpay has no webhook for that. It refunds no
payment that is older than six months."""
PASSES: Final = (HOURLY, NIGHTLY)


@dataclass(frozen=True)
class PassReport:
    """What one run did of a pass, and how far the pass has come. `lag`: the time since the end of the last period that
    was read completely."""

    counts: PassCounts
    lag: timedelta
    is_complete: bool


def run_pass(which: Pass, *, begins: bool, seconds_left: Callable[[], float]) -> PassReport:
    """Resumes the pass; without an unfinished one, and if it `begins`, starts one. A run that finished an older pass
    and has time left starts the current one too. Ends when the gateway or the table does not answer."""
    run = _Run(which, seconds_left)
    try:
        run.resume()
        if begins and not run.is_unfinished:
            run.begin()
            run.resume()
    except (DomainError, GatewayRejected):
        logger().warning("reconciliation interrupted", exc_info=True, extra={"pass": which.name})
    return PassReport(run.counts, lag_of(run.state), not run.is_unfinished)


def lag_of(state: PassState | None) -> timedelta:
    """The time since the end of the last period that was read completely; before the first, since the end of the period
    that is being read."""
    if state is None:
        return timedelta(0)
    return clock.now() - (state.complete_until or state.until)


class _Run:
    """One invocation's work on a pass."""

    def __init__(self, which: Pass, seconds_left: Callable[[], float]) -> None:
        self.counts = PassCounts()
        self.state = reconciliation_state.read_pass(which.name)
        self._pass = which
        self._seconds_left = seconds_left
        self._differences = OpenDifferences()
        self._superseded = False

    @property
    def is_unfinished(self) -> bool:
        return self.state is not None and self.state.stage is not ReconciliationStage.DONE

    def begin(self) -> None:
        now = clock.now()
        before = self.state
        started = PassState(
            since=now - SETTLING_TIME - self._pass.span,
            until=now - SETTLING_TIME,
            started_at=now,
            complete_until=before.complete_until if before else None,
            completed_at=before.completed_at if before else None,
            version=before.version if before else 0,
        )
        self._save(started)

    def resume(self) -> None:
        """Runs slices until the pass is done, the time ends, or another run has taken over."""
        while self.is_unfinished and not self._superseded and self._seconds_left() > SECONDS_PER_ORDER:
            assert self.state is not None  # noqa: S101 (is_unfinished says so)
            try:
                self._save(self._run_slice(self.state))
            except OutOfTime:
                return

    def _run_slice(self, state: PassState) -> PassState:
        """The state after the next slice. The slice counts even if it is not finished."""
        healer = Healer(self._differences, self._seconds_left)
        refunds_since = state.until - self._pass.refund_span
        part = Slice(_seconds(state.since), _seconds(state.until), _seconds(refunds_since), healer, state.postponed)
        if self._pass.records_account and state.stage is not ReconciliationStage.REFUNDED_PAYMENTS:
            part.record = account_stages.record_page
        try:
            position = _RUNNERS[state.stage](part, state.position)
        finally:
            self.counts += healer.counts
        after = replace(state, position=position, postponed=part.postponed, counts=state.counts + healer.counts)
        return after if position is not None else self._after_stage(after)

    def _after_stage(self, state: PassState) -> PassState:
        """The state at the start of the next stage. That of the refunded payments runs only if some were left to it."""
        remaining = _STAGES[_STAGES.index(state.stage) + 1 :]
        needless = set() if state.postponed else {ReconciliationStage.REFUNDED_PAYMENTS}
        following = next(stage for stage in remaining if stage not in self._pass.skips | needless)
        after = replace(state, stage=following, position=None)
        if following is ReconciliationStage.DONE:
            return replace(after, complete_until=state.until, completed_at=clock.now())
        return after

    def _save(self, state: PassState) -> None:
        following = replace(state, version=state.version + 1)
        if reconciliation_state.save_pass(self._pass.name, following):
            self.state = following
        else:
            self._superseded = True
            logger().warning("another run reconciles", extra={"pass": self._pass.name})


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
