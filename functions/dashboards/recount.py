"""The books, counted again from the write side and held against what the dashboards say.

The recount does not use the projector's arithmetic: it adds up what is there now, not what changed.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import NamedTuple

from functions.dashboards import truth
from shared.db import recount
from shared.db.base import Item
from shared.db.entities import (
    CatalogueCard,
    Course,
    CourseFigures,
    CourseListing,
    CourseTally,
    InstructorCourse,
    InstructorStanding,
    InstructorStudent,
    InstructorTotals,
    PaymentListing,
    PlatformTotals,
    RevenuePeriod,
    TeachingDay,
)
from shared.db.entities.figures import Earned
from shared.db.keys import Key
from shared.ratings import Ratings, Told, near

Figures = Counter[str]


class Row(NamedTuple):
    figure: str
    dashboards: int
    recounted: int

    def __str__(self) -> str:
        return f"{self.figure}: the dashboards say {self.dashboards}, a recount says {self.recounted}"


@dataclass(frozen=True)
class Recount:
    """`every` figure that was looked at; `rows` are those that differ."""

    every: list[Row]

    @property
    def compared(self) -> int:
        return len(self.every)

    @property
    def rows(self) -> list[Row]:
        return [row for row in self.every if row.dashboards != row.recounted]

    @property
    def equal(self) -> bool:
        return not self.rows

    def __str__(self) -> str:
        return "\n".join(map(str, self.rows)) or f"equal: {self.compared} figures"


def report() -> Recount:
    """Compares every figure of every read model. Meant for a table at rest, its stream drained. Raises
    StoreUnavailable."""
    items = list(recount.everything())
    said, true = _said(items), truth.figures(items)
    return Recount([Row(name, said[name], true[name]) for name in sorted(said.keys() | true.keys())])


def _said(items: list[Item]) -> Figures:
    """What the read models say."""
    said: Figures = Counter()
    shown: defaultdict[str, set[str]] = defaultdict(set)
    ratings: dict[str, Ratings] = {}
    told: defaultdict[str, set[Told]] = defaultdict(set)
    for item in items:
        match item:
            case PlatformTotals():
                said.update({f"platform {name}": value for name, value in _integers(item).items()})
            case InstructorTotals():
                _owned(said, f"instructor {item.instructor_id}", item, item.earned)
            case InstructorCourse():
                _owned(said, f"course {item.course_id}", item, item.earned)
                if item.title is not None:
                    said[truth.facts(item.course_id, item.title, item.status, item.hidden)] += 1
                    said[f"lessons of {item.course_id}"] += item.lesson_count or 0
                    said[f"lessons done in {item.course_id}"] += item.lessons_done or 0
                _standing(said, item)
            case InstructorStanding():
                _standing(said, item)
            case TeachingDay():
                _owned(said, f"{item.pk} {item.sk}", item, item.earned)
            case CourseTally():
                course_id = item.pk.removeprefix("COURSE#")
                said.update({truth.tally(course_id, lesson): number for lesson, number in item.done.items()})
            case Course():
                said[truth.signed(item.course_id, item.instructor_name)] += 1
            case RevenuePeriod():
                _owned(said, f"revenue {item.sk}", item, item.earned)
            case InstructorStudent():
                said[f"courses of {item.sk} with {item.pk}"] += item.courses
            case CourseFigures():
                course_id = item.pk.removeprefix("COURSE#")
                said[f"learners of {course_id}"] += item.enrollment_count
                said.update({truth.rated(course_id, stars): n for stars, n in enumerate(item.ratings, 1)})
                ratings[course_id] = item.ratings
            case CourseListing():
                said[f"overseen {item.course_id}"] += 1
            case PaymentListing():
                said[truth.registered(item.order_id, item.status, item.sk, item.gsi1pk, item.gsi1sk)] += 1
            case CatalogueCard():
                said[f"listed at {item.pk} {item.sk}"] += 1
                shown[item.course_id].add(truth.card(item))
                told[item.course_id].add(Told(item.rating, item.rating_count))
    for each in shown.values():
        said.update(each)
    for course_id, cards in told.items():
        exact = ratings.get(course_id, Ratings())
        said[truth.rating_told(course_id)] = len(cards) if all(near(exact, card) for card in cards) else -1
    return said


def _owned(said: Figures, owner: str, item: Item, earned: dict[str, Earned]) -> None:
    said.update({f"{owner} {name}": value for name, value in _integers(item).items()})
    _earned(said, owner, earned)


def _earned(said: Figures, owner: str, earned: dict[str, Earned]) -> None:
    for currency, amounts in earned.items():
        said[f"{owner} gross {currency}"] += amounts.gross
        said[f"{owner} refunded {currency}"] += amounts.refunded


def _standing(said: Figures, item: InstructorCourse | InstructorStanding) -> None:
    if item.gsi1pk and item.gsi1sk:
        said[truth.standing(Key(item.gsi1pk, item.gsi1sk))] += 1


def _integers(item: Item) -> dict[str, int]:
    """Its counters; numbers that are facts are not counted."""
    numbers = {name: value for name, value in item.attribute_values.items() if type(value) is int}
    return {name: value for name, value in numbers.items() if name not in item.FACTS}
