"""The rebuild of the read side that goes on, or went on last: what it shares with the projector."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from shared.db.entities import InstructorStudent, RebuildRun, RebuiltCounters
from shared.db.table import keys, store
from shared.db.table.keys import Key


class RebuildStage(StrEnum):
    """What a rebuild does, in this order."""

    COUNTING = "counting"
    RECOUNTING = "counting_latecomers"
    CORRECTING_STUDENTS = "correcting_people"
    CORRECTING = "correcting"
    REFRESHING = "listing"
    CLEANING_UP = "sweeping"
    DONE = "done"


@dataclass(frozen=True)
class RebuildState:
    """`id` is a ULID: of two runs the newer has the larger. `position`: the key to go on from in this stage; `done`:
    how many items of the stage are behind it."""

    id: str
    stage: RebuildStage
    began_at: datetime
    position: str | None = None
    done: int = 0

    @property
    def is_counting(self) -> bool:
        """Whether figures are made anew beside those that are shown."""
        return self.stage in (
            RebuildStage.COUNTING,
            RebuildStage.RECOUNTING,
            RebuildStage.CORRECTING_STUDENTS,
            RebuildStage.CORRECTING,
        )


def current() -> RebuildState | None:
    """The last run there was, one read; None when there never was one. Raises StoreUnavailable."""
    item = store.get(RebuildRun, keys.rebuild_run())
    return RebuildState(item.run, RebuildStage(item.stage), item.began_at, item.position, item.done) if item else None


def begin(run: RebuildState, before: RebuildState | None) -> bool:
    """Notes that the run begins; False when another one began since `before` was read."""
    r = RebuildRun
    as_read = r.run == before.id if before else r.pk.does_not_exist()
    return store.update(r, keys.rebuild_run(), _state_actions(run), as_read).succeeded


def save_state(run: RebuildState) -> bool:
    """Notes how far the run is; False when another one has begun."""
    return store.update(RebuildRun, keys.rebuild_run(), _state_actions(run), RebuildRun.run == run.id).succeeded


def _state_actions(run: RebuildState) -> list[Any]:
    r = RebuildRun
    return [
        r.kind.set(r.KIND),
        r.run.set(run.id),
        r.stage.set(run.stage.value),
        r.position.set(run.position) if run.position else r.position.remove(),
        r.done.set(run.done),
        r.began_at.set(run.began_at),
    ]


def active_run_id(marked: str | None, known: RebuildState | None) -> str | None:
    """The run that a mark is part of, while it goes on. `known` may be older than the mark: then it is read again."""
    if marked is None or (known and marked < known.id):
        return None
    if known is None or known.id != marked:
        known = current()
    return marked if known and known.id == marked and known.is_counting else None


def student_course_counts(students: Sequence[Key]) -> dict[Key, int]:
    """In how many courses each has access, as it is kept under these keys; absent where nothing is kept."""
    found = store.get_many(students)
    return {
        key: item.courses if isinstance(item, InstructorStudent) else item.amounts.get("courses", 0)
        for key, item in found.items()
        if isinstance(item, InstructorStudent | RebuiltCounters)
    }
