"""Idempotent counters: the last contribution of each source item is stored, and only differences are added.

Every source item (a user, an enrollment, a payment …) has a checkpoint with its last contribution. Counting reads
the checkpoint, then the item, and writes the difference and the new checkpoint in one transaction, under the condition
that the checkpoint is still the one that was read. The counters are therefore always the sum of all checkpoints, even
if a change is delivered twice, late, out of order or never; and each checkpoint agrees with its item once the last
change of the item has been processed.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Final, NamedTuple

from pynamodb.expressions.condition import Condition

from shared import clock
from shared.db.entities import CounterCheckpoint
from shared.db.read_models import rebuild_run
from shared.db.read_models.counter_items import Contribution, CounterItem
from shared.db.read_models.counter_totals import CounterTotals
from shared.db.read_models.rebuild_run import RebuildState
from shared.db.table import keys, store
from shared.db.table.base import Item
from shared.db.table.keys import Key
from shared.db.table.retry import CONTENDED, WriteConflict, retry_on_conflict
from shared.db.table.transaction import Transaction
from shared.errors import StoreUnavailable

_MAX_OPERATIONS: Final = 90
"""Per transaction. DynamoDB allows 100."""
_CHECKPOINT_LIFETIME: Final = timedelta(days=2)
"""How long a checkpoint with an empty contribution is kept, such as that of a deleted item: twice the retention of the
stream."""


class CounterSource(NamedTuple):
    """An item that contributes to counters. `contribution` computes its current contribution from the items under
    `required_keys`, which must be read after the checkpoint."""

    kind: str
    key: Key
    required_keys: tuple[Key, ...]
    contribution: Callable[[Mapping[Key, Item]], Contribution]


class _Change(NamedTuple):
    """The new contribution of a source, its difference to the checkpoint, and the rebuild run that the source is part
    of (None: no run). `joins_run`: the source becomes part of the run by this change."""

    source: CounterSource
    checkpoint: CounterCheckpoint | None
    contribution: Contribution
    delta: Contribution
    run: str | None
    joins_run: bool

    @property
    def operations(self) -> int:
        """The maximum number of operations that the change takes in a transaction."""
        displayed = 1 + 2 * len(self.delta)
        rebuilt = 2 * len(self.contribution) + 2 * len(self.delta) if self.run else 0
        return displayed + rebuilt


def update_counters(
    sources: Sequence[CounterSource], run: RebuildState | None = None, *, join_run: bool = False
) -> None:
    """Updates the counters to the current contribution of every source, in as few transactions as possible. Duplicate
    sources are counted once: a transaction must not hold two operations on one item. Raises StoreUnavailable; the
    sources written before that stay counted, and another call does not count them twice.

    `run` is the current rebuild. With `join_run`, every source becomes part of it, and a source that is part of it
    already is written only if its contribution changed. Without `join_run`, each checkpoint is written even if nothing
    changed: the condition of a concurrent writer that read an older state of the item then fails."""
    pending = list({source.key: source for source in sources}.values())

    def attempt() -> None:
        nonlocal pending
        batches = _batches(_pending_changes(pending, run, join_run))
        pending = [source for batch in batches for source in _write_batch(batch)]
        if pending:
            raise WriteConflict

    retry_on_conflict(attempt, partial(StoreUnavailable, "the counted items keep changing"), CONTENDED)


def _pending_changes(sources: list[CounterSource], run: RebuildState | None, join_run: bool) -> Iterator[_Change]:
    """The changes to write. The checkpoints are read first, so that no contribution is older than its checkpoint."""
    checkpoints = store.get_many([keys.counter_checkpoint(source.key) for source in sources])
    found = store.get_many([key for source in sources for key in source.required_keys])
    for source in sources:
        checkpoint = store.cast_to(CounterCheckpoint, checkpoints.get(keys.counter_checkpoint(source.key)))
        contribution = _nonzero_amounts(source.contribution(found))
        change = _change(source, checkpoint, contribution, run, join_run)
        if change.joins_run or change.delta or not join_run:
            yield change


def _change(
    source: CounterSource,
    checkpoint: CounterCheckpoint | None,
    contribution: Contribution,
    run: RebuildState | None,
    join_run: bool,
) -> _Change:
    delta = _difference(_recorded_contribution(checkpoint), contribution)
    active_run = rebuild_run.active_run_id(checkpoint.run, run) if checkpoint else None
    if active_run is None and run and _joins(run, checkpoint, contribution, join_run):
        return _Change(source, checkpoint, contribution, delta, run.id, joins_run=True)
    return _Change(source, checkpoint, contribution, delta, active_run, joins_run=False)


def _joins(run: RebuildState, checkpoint: CounterCheckpoint | None, contribution: Contribution, join_run: bool) -> bool:
    """Whether a source that is not part of the run becomes part of it: on request, or at its first contribution."""
    if not run.is_counting:
        return False
    return join_run if checkpoint else bool(contribution)


def _nonzero_amounts(contribution: Contribution) -> Contribution:
    """Without zeros. An amount may be negative: on the day on which a dispute is won, refunds are taken back."""
    nonzero = {item: Counter({name: n for name, n in each.items() if n}) for item, each in contribution.items()}
    return {item: amounts for item, amounts in nonzero.items() if amounts}


def _recorded_contribution(checkpoint: CounterCheckpoint | None) -> Contribution:
    """The amounts in the checkpoint for counters of kinds that this version of the code knows."""
    return {
        CounterItem.parse(name): Counter(amounts)
        for name, amounts in _recorded_amounts(checkpoint).items()
        if CounterItem.is_known(name)
    }


def _unknown_contribution(checkpoint: CounterCheckpoint | None) -> dict[str, dict[str, int]]:
    """The amounts in the checkpoint for counters of unknown kinds. They stay counted, and stay in the checkpoint."""
    return {name: amounts for name, amounts in _recorded_amounts(checkpoint).items() if not CounterItem.is_known(name)}


def _recorded_amounts(checkpoint: CounterCheckpoint | None) -> dict[str, dict[str, int]]:
    return dict(json.loads(checkpoint.counted)) if checkpoint else {}


def _difference(before: Contribution, after: Contribution) -> Contribution:
    """The amounts to add. Items keep the identity that they have in `after`: a checkpoint does not store it."""
    delta: defaultdict[CounterItem, Counter[str]] = defaultdict(Counter)
    for item, amounts in after.items():
        delta[item].update(amounts)
    for item, amounts in before.items():
        delta[item].subtract(amounts)
    return {item: amounts for item, amounts in delta.items() if any(amounts.values())}


def _batches(changes: Iterable[_Change]) -> Iterator[list[_Change]]:
    """The changes in groups that fit into one transaction each."""
    batch: list[_Change] = []
    operations = 0
    for change in changes:
        if batch and operations + change.operations > _MAX_OPERATIONS:
            yield batch
            batch, operations = [], 0
        batch.append(change)
        operations += change.operations
    if batch:
        yield batch


def _write_batch(batch: list[_Change]) -> list[CounterSource]:
    """Writes the batch in one transaction. Returns the sources to read again: none, or all of them if a source or a
    student's counter changed since the read."""
    transaction = Transaction()
    totals = CounterTotals()
    for number, change in enumerate(batch):
        _put_checkpoint(transaction, f"checkpoint{number}", change)
        totals.add(change.delta)
        if change.run:
            totals.add(change.contribution if change.joins_run else change.delta, change.run)
    totals.write(transaction)
    return [change.source for change in batch] if transaction.commit() else []


def _put_checkpoint(transaction: Transaction, label: str, change: _Change) -> None:
    before = change.checkpoint
    counted = _unknown_contribution(before) | {
        str(item): dict(amounts) for item, amounts in change.contribution.items()
    }
    checkpoint = CounterCheckpoint.build(
        keys.counter_checkpoint(change.source.key),
        source=change.source.kind,
        revision=before.revision + 1 if before else 1,
        counted=json.dumps(counted),
        run=change.run,
    )
    if not counted:
        checkpoint.expires_at = int((clock.now() + _CHECKPOINT_LIFETIME).timestamp())
    unchanged: Condition = CounterCheckpoint.pk.does_not_exist()
    if before:
        unchanged = CounterCheckpoint.revision == before.revision
    transaction.put(label, checkpoint, unchanged)
