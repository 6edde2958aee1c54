"""State of the current or latest rebuild of the read models, shared with the projector."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from shared.db.entities import InstructorStudent, RebuildRun, RebuiltCounters
from shared.db.table import keys, store
from shared.db.table.keys import Key


class RebuildStage(StrEnum):
    """The stages of a rebuild, in order. The values are stored."""

    COUNTING = "counting"
    RECOUNTING = "counting_latecomers"
    CORRECTING_STUDENTS = "correcting_people"
    CORRECTING = "correcting"
    REFRESHING = "listing"
    CLEANING_UP = "sweeping"
    DONE = "done"

    @property
    def label(self) -> str:
        """The stage in plain words: the stored values of some stages date from earlier versions."""
        return self.name.lower().replace("_", " ")


@dataclass(frozen=True)
class RebuildState:
    """A run and its progress. `id` is a ULID: a newer run has a larger one. `position` is the key from which the stage
    continues, `done` the number of items that the stage has processed."""

    id: str
    stage: RebuildStage
    began_at: datetime
    position: str | None = None
    done: int = 0

    @property
    def is_counting(self) -> bool:
        """Whether changes are added to the rebuilt counters as well as to the displayed ones."""
        return self.stage in (
            RebuildStage.COUNTING,
            RebuildStage.RECOUNTING,
            RebuildStage.CORRECTING_STUDENTS,
            RebuildStage.CORRECTING,
        )


def current() -> RebuildState | None:
    """The current or latest run, one GetItem; None if there has never been one. Raises StoreUnavailable."""
    item = store.get(RebuildRun, keys.rebuild_run())
    return RebuildState(item.run, RebuildStage(item.stage), item.began_at, item.position, item.done) if item else None


def begin(run: RebuildState, before: RebuildState | None) -> bool:
    """Stores the start of the run; False if another one began since `before` was read."""
    unchanged = RebuildRun.run == before.id if before else RebuildRun.pk.does_not_exist()
    return store.update(RebuildRun, keys.rebuild_run(), _state_actions(run), unchanged).succeeded


def save_state(run: RebuildState) -> bool:
    """Stores the progress of the run; False if another one has begun."""
    return store.update(RebuildRun, keys.rebuild_run(), _state_actions(run), RebuildRun.run == run.id).succeeded


def _state_actions(run: RebuildState) -> list[Any]:
    return [
        RebuildRun.kind.set(RebuildRun.KIND),
        RebuildRun.run.set(run.id),
        RebuildRun.stage.set(run.stage.value),
        RebuildRun.position.set(run.position) if run.position else RebuildRun.position.remove(),
        RebuildRun.done.set(run.done),
        RebuildRun.began_at.set(run.began_at),
    ]


def active_run_id(checkpoint_run: str | None, known: RebuildState | None) -> str | None:
    """The run that a checkpoint names, if its rebuilt counters are still kept up to date; otherwise None. `known` is
    the run as the caller has read it. If the checkpoint names a newer run, the current run is read again. Raises
    StoreUnavailable."""
    if checkpoint_run is None or (known and checkpoint_run < known.id):
        return None
    if known is None or known.id != checkpoint_run:
        known = current()
    is_active = known is not None and known.id == checkpoint_run and known.is_counting
    return checkpoint_run if is_active else None


def student_course_counts(student_keys: Sequence[Key]) -> dict[Key, int]:
    """Key > the number of courses stored under it, displayed or rebuilt; absent keys have no item. One BatchGetItem per
    hundred."""
    counts: dict[Key, int] = {}
    for key, item in store.get_many(student_keys).items():
        if isinstance(item, InstructorStudent):
            counts[key] = item.courses
        elif isinstance(item, RebuiltCounters):
            counts[key] = item.amounts.get("courses", 0)
    return counts
