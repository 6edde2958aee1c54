"""Builds the response about the reconciliation from what it stored."""

from dataclasses import asdict

from functions.payments.reconciliation.passes import PASSES, lag_of
from functions.payments.reconciliation.reconciliation_schemas import (
    OpenDifferenceOut,
    ReconciliationOut,
    ReconciliationPassOut,
)
from shared.db.payments import reconciliation_state
from shared.db.payments.reconciliation_state import PassState, StoredDifference


def reconciliation() -> ReconciliationOut:
    """The passes and the open differences. Raises StoreUnavailable."""
    states = {which.name: reconciliation_state.read_pass(which.name) for which in PASSES}
    return ReconciliationOut(
        passes=[_pass(name, state) for name, state in states.items() if state],
        differences=[_difference(each) for each in reconciliation_state.list_open()],
    )


def _pass(name: str, state: PassState) -> ReconciliationPassOut:
    return ReconciliationPassOut(
        name=name,
        since=state.since,
        until=state.until,
        stage=state.stage,
        started_at=state.started_at,
        **asdict(state.counts),
        complete_until=state.complete_until,
        completed_at=state.completed_at,
        lag_minutes=int(lag_of(state).total_seconds() // 60),
    )


def _difference(stored: StoredDifference) -> OpenDifferenceOut:
    difference = stored.difference
    return OpenDifferenceOut(
        order_id=difference.order_id,
        kind=difference.kind,
        entity_id=difference.entity_id,
        gateway=difference.gateway,
        local=difference.local,
        found_at=stored.found_at,
    )
