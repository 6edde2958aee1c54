"""The read side made anew from the write side, while traffic goes on: docs/decisions/0702 says why nothing is counted
twice.

1. Everything that counts becomes part of the run: what it counts as now is added to figures made anew, beside those
   that are shown. From then on the projector adds each change to both.
2. Once more, for what the projector counted before it knew of the run.
3. Each figure that is shown is set to the one made anew; people first, because distinct students follow from them.
4. Lists, names, ranks and the register are written from the present.
5. What was made anew is taken away, and cards that no course knows of.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import Final

from functions.dashboards.counter_sources import PROJECTIONS, source, subject
from functions.dashboards.projections.projection import (
    RefreshCompletion,
    RefreshInstructorActivity,
    RefreshNameOnAllCourses,
    RefreshNameOnCourse,
)
from shared import clock, ids
from shared.db.entities import (
    CardManifest,
    CatalogueCard,
    CounterCheckpoint,
    Course,
    CourseCounters,
    InstructorCourse,
    InstructorDay,
    InstructorStudent,
    InstructorTotals,
    LessonCompletionCounters,
    Payment,
    PlatformTotals,
    RebuiltCounters,
    RevenuePeriod,
    User,
)
from shared.db.read_models import catalogue_writer, counters, rebuild_run, rebuild_steps
from shared.db.read_models.counters import CounterSource
from shared.db.read_models.rebuild_run import RebuildStage, RebuildState
from shared.db.table import keys, store
from shared.db.table.base import Item
from shared.db.table.keys import Key

PROJECTOR_DRAIN_SECONDS: Final = 130
"""Longer than a batch of the projector may take: those that began before the run have ended by then."""

_CHUNK_SIZE: Final = 25
_STAGES: Final = tuple(RebuildStage)
_COUNTER_KINDS: Final = (
    CourseCounters,
    LessonCompletionCounters,
    InstructorCourse,
    InstructorTotals,
    PlatformTotals,
    RevenuePeriod,
    InstructorDay,
)

ProgressCallback = Callable[[RebuildState, int], None]


class RebuildSuperseded(RuntimeError):
    """Another rebuild has begun: this one must not go on."""


def rebuild_read_models(
    report: ProgressCallback, *, restart: bool = False, wait_seconds: float = PROJECTOR_DRAIN_SECONDS
) -> RebuildState:
    """Goes on with the run that was not finished, unless `anew`, or begins one. `report(run, corrected)` is called
    after every page: `run.stage` and `run.done` items of it, and how many figures were wrong so far. Raises Overtaken,
    StoreUnavailable: calling it again goes on."""
    run = _start_or_resume(restart)
    corrected = 0
    while run.stage is not RebuildStage.DONE:
        if run.stage is RebuildStage.RECOUNTING and run.position is None:
            _wait_for_projector(run, wait_seconds)
        items, position = rebuild_steps.scan_page(run.position)
        corrected += _process_page(run, items)
        done = run.done + len(items)
        if position is None:
            run = replace(run, stage=_STAGES[_STAGES.index(run.stage) + 1], position=None, done=0)
        else:
            run = replace(run, position=position, done=done)
        if not rebuild_run.save_state(run):
            raise RebuildSuperseded("another rebuild has begun")
        report(run, corrected)
    return run


def _start_or_resume(anew: bool) -> RebuildState:
    before = rebuild_run.current()
    if before and before.stage is not RebuildStage.DONE and not anew:
        return before
    run = RebuildState(ids.ulid(), RebuildStage.COUNTING, clock.now())
    if not rebuild_run.begin(run, before):
        raise RebuildSuperseded("another rebuild has begun")
    return run


def _wait_for_projector(run: RebuildState, seconds: float) -> None:
    time.sleep(max(0.0, seconds - (clock.now() - run.began_at).total_seconds()))


def _process_page(run: RebuildState, items: list[Item]) -> int:
    """Does the stage's work on a page; how many figures were wrong."""
    match run.stage:
        case RebuildStage.COUNTING | RebuildStage.RECOUNTING:
            for some in _chunks(_sources(run, items)):
                counters.update_counters(some, run, join_run=True)
        case RebuildStage.CORRECTING_STUDENTS:
            return _correct_counters(run, items, (InstructorStudent,))
        case RebuildStage.CORRECTING:
            return _correct_counters(run, items, _COUNTER_KINDS)
        case RebuildStage.REFRESHING:
            for refresh in dict.fromkeys(refresh for item in items for refresh in _refreshes(item)):
                refresh()
        case _:
            _delete_leftovers(items)
    return 0


def _sources(run: RebuildState, items: Iterable[Item]) -> Iterator[CounterSource]:
    """What counts, and what once did: of something that is gone only the mark is left."""
    for item in items:
        if item.KIND in PROJECTIONS:
            yield source(item.KIND, Key(item.pk, item.sk))
        elif isinstance(item, CounterCheckpoint) and item.run != run.id:
            yield source(item.source, keys.checkpoint_source(Key(item.pk, item.sk)))


def _chunks(sources: Iterator[CounterSource]) -> Iterator[list[CounterSource]]:
    while some := list(islice(sources, _CHUNK_SIZE)):
        yield some


def _correct_counters(run: RebuildState, items: Iterable[Item], kinds: tuple[type[Item], ...]) -> int:
    wrong = 0
    for item in items:
        where = rebuild_steps.counters_rebuilt_in(item, run.id) or (Key(item.pk, item.sk), type(item))
        if where[1] in kinds:
            wrong += rebuild_steps.correct_counters(run.id, *where)
    return wrong


def _refreshes(item: Item) -> Iterator[Callable[[], object]]:
    """What shows this item. A course is signed first: its lists show the name."""
    if isinstance(item, CardManifest):
        yield partial(catalogue_writer.refresh_course, item.pk.removeprefix("COURSE#"))
    elif isinstance(item, Course):
        yield RefreshNameOnCourse(item.instructor_id, item.course_id)
        yield partial(catalogue_writer.refresh_course, item.course_id, force=True)
        yield RefreshCompletion(item.course_id)
        yield RefreshInstructorActivity(item.instructor_id, item.instructor_name, item.updated_at)
    elif isinstance(item, User | Payment):
        found = PROJECTIONS[item.KIND](subject(Key(item.pk, item.sk)), None, item).refreshes
        yield from (refresh for refresh in found if not isinstance(refresh, RefreshNameOnAllCourses))


def _delete_leftovers(items: Iterable[Item]) -> None:
    store.delete_many([Key(item.pk, item.sk) for item in items if isinstance(item, RebuiltCounters)])
    rebuild_steps.delete_orphaned_cards([item for item in items if isinstance(item, CatalogueCard)])
