"""Rebuilds the read models from the write model under traffic. docs/decisions/0026 explains why nothing is counted
twice.

1. Counting: every source becomes part of the run. Its current contribution is added to rebuilt counters, which are kept
   in addition to the displayed ones. From then on the projector adds each change to both.
2. Recounting: counting is repeated for sources that the projector counted before it had read the run.
3. Correcting: each displayed counter is set to the rebuilt one. Students come first, because the number of distinct
   students follows from them.
4. Refreshing: lists, names, rankings and the payment register are written from the current state.
5. Cleaning up: the rebuilt counters are deleted, and the cards that no manifest lists.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
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
    ReportChange,
)
from shared import clock, ids
from shared.db.entities import (
    CardManifest,
    CatalogueCard,
    CounterCheckpoint,
    CouponCounters,
    Course,
    CourseCounters,
    DocumentMonth,
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
from shared.db.read_models.counter_items import Contribution
from shared.db.read_models.counters import CounterSource
from shared.db.read_models.rebuild_run import RebuildStage, RebuildState
from shared.db.table import keys, store
from shared.db.table.base import Item
from shared.db.table.keys import Key
from shared.db.table.unreadable_items import READ_ERRORS, UnreadableItems, report_unreadable

PROJECTOR_DRAIN_SECONDS: Final = 130
"""Longer than the timeout of the projector: batches that began before the run have ended by then."""

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
    CouponCounters,
    DocumentMonth,
)

ProgressCallback = Callable[[RebuildState, int], None]


class RebuildSuperseded(RuntimeError):
    """Another rebuild has begun; this one must stop."""


def rebuild_read_models(
    report: ProgressCallback, *, restart: bool = False, wait_seconds: float = PROJECTOR_DRAIN_SECONDS
) -> RebuildState:
    """Resumes the unfinished run, unless `restart`, or starts one. Calls `report(run, corrected)` after every page,
    with the stage and progress of the run and the number of counter items corrected so far. Raises RebuildSuperseded,
    and UnreadableItems and StoreUnavailable, after which another call resumes the run. No total may lack an item: the
    first stage reads every item, and until it ends no displayed counter is corrected."""
    run = _start_or_resume(restart)
    corrected = 0
    while run.stage is not RebuildStage.DONE:
        if run.stage is RebuildStage.RECOUNTING and run.position is None:
            _wait_for_projector(run, wait_seconds)
        page = rebuild_steps.scan_page(run.position)
        corrected += _process_page(run, page.items)
        if page.next_position is None:
            run = replace(run, stage=_STAGES[_STAGES.index(run.stage) + 1], position=None, done=0)
        else:
            run = replace(run, position=page.next_position, done=run.done + len(page.items))
        if not rebuild_run.save_state(run):
            raise RebuildSuperseded("another rebuild has begun")
        report(run, corrected)
    return run


def _start_or_resume(restart: bool) -> RebuildState:
    before = rebuild_run.current()
    if before and before.stage is not RebuildStage.DONE and not restart:
        return before
    run = RebuildState(ids.ulid(), RebuildStage.COUNTING, clock.now())
    if not rebuild_run.begin(run, before):
        raise RebuildSuperseded("another rebuild has begun")
    return run


def _wait_for_projector(run: RebuildState, seconds: float) -> None:
    """Waits until `seconds` after the start of the run."""
    time.sleep(max(0.0, seconds - (clock.now() - run.began_at).total_seconds()))


def _process_page(run: RebuildState, items: list[Item]) -> int:
    """Runs the stage on one page. Returns the number of counter items that were corrected."""
    match run.stage:
        case RebuildStage.COUNTING | RebuildStage.RECOUNTING:
            for chunk in _chunks(_sources(run, items)):
                counters.update_counters(chunk, run, join_run=True)
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
    """The sources on a page: its source items, and the items of its checkpoints that are not part of the run yet. A
    deleted item is found only by its checkpoint."""
    for item in items:
        if item.KIND in PROJECTIONS:
            yield _named_source(item.KIND, Key(item.pk, item.sk))
        elif isinstance(item, CounterCheckpoint) and item.run != run.id:
            yield _named_source(item.source, keys.checkpoint_source(Key(item.pk, item.sk)))


def _named_source(kind: str, key: Key) -> CounterSource:
    """The counter source of the item under `key`. Its contribution raises UnreadableItems, so that a run that stops
    says where."""
    counted = source(kind, key)

    def contribution(found: Mapping[Key, Item]) -> Contribution:
        try:
            return counted.contribution(found)
        except READ_ERRORS as error:
            report_unreadable(pk=key.pk, sk=key.sk)
            raise UnreadableItems([key]) from error

    return counted._replace(contribution=contribution)


def _chunks(sources: Iterator[CounterSource]) -> Iterator[list[CounterSource]]:
    while chunk := list(islice(sources, _CHUNK_SIZE)):
        yield chunk


def _correct_counters(run: RebuildState, items: Iterable[Item], kinds: tuple[type[Item], ...]) -> int:
    """Corrects counters of these kinds: the displayed ones on the page, and those for which the page has rebuilt ones.
    Returns the number of items that differed."""
    corrected = 0
    for item in items:
        displayed = rebuild_steps.displayed_counters_of(item, run.id)
        if displayed.kind in kinds:
            corrected += rebuild_steps.correct_counters(run.id, displayed)
    return corrected


def _refreshes(item: Item) -> Iterator[Callable[[], object]]:
    """The refreshes of the read models that show this item. The instructor's name on a course comes first: its lists
    show the name."""
    if isinstance(item, CardManifest):
        yield partial(catalogue_writer.refresh_course, item.pk.removeprefix("COURSE#"))
    elif isinstance(item, Course):
        yield RefreshNameOnCourse(item.instructor_id, item.course_id)
        yield partial(catalogue_writer.refresh_course, item.course_id, force=True)
        yield RefreshCompletion(item.course_id)
        yield RefreshInstructorActivity(item.instructor_id, item.instructor_name, item.updated_at)
    elif isinstance(item, User | Payment):
        refreshes = PROJECTIONS[item.KIND](subject(Key(item.pk, item.sk)), None, item).refreshes
        yield from (refresh for refresh in refreshes if not isinstance(refresh, RefreshNameOnAllCourses | ReportChange))


def _delete_leftovers(items: Iterable[Item]) -> None:
    """Deletes the rebuilt counters and the orphaned cards of a page."""
    store.delete_many([Key(item.pk, item.sk) for item in items if isinstance(item, RebuiltCounters)])
    rebuild_steps.delete_orphaned_cards([item for item in items if isinstance(item, CatalogueCard)])
