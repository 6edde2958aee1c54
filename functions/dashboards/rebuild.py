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

from functions.dashboards.projections.projection import Activity, Renaming, Signing, Study
from functions.dashboards.sources import PROJECTIONS, source, subject
from shared import clock, ids
from shared.db import counting, keys, listing, rebuilding, runs, store
from shared.db.base import Item
from shared.db.counting import Source
from shared.db.entities import (
    CardManifest,
    CatalogueCard,
    Course,
    CourseFigures,
    CourseTally,
    InstructorCourse,
    InstructorStudent,
    InstructorTotals,
    MadeAnew,
    Payment,
    PlatformTotals,
    ProjectionMark,
    RevenuePeriod,
    TeachingDay,
    User,
)
from shared.db.keys import Key
from shared.db.runs import Run, Stage

PROJECTOR_SECONDS: Final = 130
"""Longer than a batch of the projector may take: those that began before the run have ended by then."""

_TOGETHER: Final = 25
_STAGES: Final = tuple(Stage)
_FIGURES: Final = (
    CourseFigures,
    CourseTally,
    InstructorCourse,
    InstructorTotals,
    PlatformTotals,
    RevenuePeriod,
    TeachingDay,
)

Report = Callable[[Run, int], None]


class Overtaken(RuntimeError):
    """Another rebuild has begun: this one must not go on."""


def rebuild(report: Report, *, anew: bool = False, wait_seconds: float = PROJECTOR_SECONDS) -> Run:
    """Goes on with the run that was not finished, unless `anew`, or begins one. `report(run, corrected)` is called
    after every page: `run.stage` and `run.done` items of it, and how many figures were wrong so far. Raises Overtaken,
    StoreUnavailable: calling it again goes on."""
    run = _begun(anew)
    corrected = 0
    while run.stage is not Stage.DONE:
        if run.stage is Stage.COUNTING_LATECOMERS and run.position is None:
            _wait_until_the_projector_knows(run, wait_seconds)
        items, position = rebuilding.page(run.position)
        corrected += _work(run, items)
        done = run.done + len(items)
        if position is None:
            run = replace(run, stage=_STAGES[_STAGES.index(run.stage) + 1], position=None, done=0)
        else:
            run = replace(run, position=position, done=done)
        if not runs.note(run):
            raise Overtaken("another rebuild has begun")
        report(run, corrected)
    return run


def _begun(anew: bool) -> Run:
    before = runs.current()
    if before and before.stage is not Stage.DONE and not anew:
        return before
    run = Run(ids.ulid(), Stage.COUNTING, clock.now())
    if not runs.begin(run, before):
        raise Overtaken("another rebuild has begun")
    return run


def _wait_until_the_projector_knows(run: Run, seconds: float) -> None:
    time.sleep(max(0.0, seconds - (clock.now() - run.began_at).total_seconds()))


def _work(run: Run, items: list[Item]) -> int:
    """Does the stage's work on a page; how many figures were wrong."""
    match run.stage:
        case Stage.COUNTING | Stage.COUNTING_LATECOMERS:
            for some in _chunks(_sources(run, items)):
                counting.count(some, run, joining=True)
        case Stage.CORRECTING_PEOPLE:
            return _correct(run, items, (InstructorStudent,))
        case Stage.CORRECTING:
            return _correct(run, items, _FIGURES)
        case Stage.LISTING:
            for refresh in dict.fromkeys(refresh for item in items for refresh in _refreshes(item)):
                refresh()
        case _:
            _sweep(items)
    return 0


def _sources(run: Run, items: Iterable[Item]) -> Iterator[Source]:
    """What counts, and what once did: of something that is gone only the mark is left."""
    for item in items:
        if item.KIND in PROJECTIONS:
            yield source(item.KIND, Key(item.pk, item.sk))
        elif isinstance(item, ProjectionMark) and item.run != run.id:
            yield source(item.source, keys.source_of(Key(item.pk, item.sk)))


def _chunks(sources: Iterator[Source]) -> Iterator[list[Source]]:
    while some := list(islice(sources, _TOGETHER)):
        yield some


def _correct(run: Run, items: Iterable[Item], kinds: tuple[type[Item], ...]) -> int:
    wrong = 0
    for item in items:
        where = rebuilding.made_for(item, run.id) or (Key(item.pk, item.sk), type(item))
        if where[1] in kinds:
            wrong += rebuilding.correct(run.id, *where)
    return wrong


def _refreshes(item: Item) -> Iterator[Callable[[], object]]:
    """What shows this item. A course is signed first: its lists show the name."""
    if isinstance(item, CardManifest):
        yield partial(listing.rebuild, item.pk.removeprefix("COURSE#"))
    elif isinstance(item, Course):
        yield Signing(item.instructor_id, item.course_id)
        yield partial(listing.rebuild, item.course_id, anew=True)
        yield Study(item.course_id)
        yield Activity(item.instructor_id, item.instructor_name, item.updated_at)
    elif isinstance(item, User | Payment):
        found = PROJECTIONS[item.KIND](subject(Key(item.pk, item.sk)), None, item).refreshes
        yield from (refresh for refresh in found if not isinstance(refresh, Renaming))


def _sweep(items: Iterable[Item]) -> None:
    store.delete_many([Key(item.pk, item.sk) for item in items if isinstance(item, MadeAnew)])
    rebuilding.sweep_cards([item for item in items if isinstance(item, CatalogueCard)])
