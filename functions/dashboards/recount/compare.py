"""The books, counted again from the write side and held against what the dashboards say.

The recount does not use the projector's arithmetic: it adds up what is there now, not what changed.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import NamedTuple

from functions.dashboards.recount import expected
from shared.db import table_scan
from shared.db.entities import (
    CatalogueCard,
    Course,
    CourseCounters,
    CourseListing,
    InstructorCourse,
    InstructorDay,
    InstructorRanking,
    InstructorStudent,
    InstructorTotals,
    LessonCompletionCounters,
    PaymentListing,
    PlatformTotals,
    RevenuePeriod,
)
from shared.db.entities.counters import Revenue
from shared.db.table.base import Item
from shared.db.table.keys import Key
from shared.domain.ratings import DisplayedRating, Ratings, is_close_enough

Counters = Counter[str]


class CounterComparison(NamedTuple):
    counter: str
    displayed: int
    recounted: int

    def __str__(self) -> str:
        return f"{self.counter}: the dashboards say {self.displayed}, a recount says {self.recounted}"


@dataclass(frozen=True)
class RecountReport:
    """`every` figure that was looked at; `rows` are those that differ."""

    comparisons: list[CounterComparison]

    @property
    def compared_count(self) -> int:
        return len(self.comparisons)

    @property
    def differences(self) -> list[CounterComparison]:
        return [row for row in self.comparisons if row.displayed != row.recounted]

    @property
    def is_equal(self) -> bool:
        return not self.differences

    def __str__(self) -> str:
        return "\n".join(map(str, self.differences)) or f"equal: {self.compared_count} figures"


def compare_counters() -> RecountReport:
    """Compares every figure of every read model. Meant for a table at rest, its stream drained. Raises
    StoreUnavailable."""
    items = list(table_scan.scan_all())
    said, true = _displayed_counters(items), expected.expected_counters(items)
    return RecountReport(
        [CounterComparison(name, said[name], true[name]) for name in sorted(said.keys() | true.keys())]
    )


def _displayed_counters(items: list[Item]) -> Counters:
    """What the read models say."""
    said: Counters = Counter()
    shown: defaultdict[str, set[str]] = defaultdict(set)
    ratings: dict[str, Ratings] = {}
    told: defaultdict[str, set[DisplayedRating]] = defaultdict(set)
    for item in items:
        match item:
            case PlatformTotals():
                said.update({f"platform {name}": value for name, value in _integer_counters(item).items()})
            case InstructorTotals():
                _add_owner_counters(said, f"instructor {item.instructor_id}", item, item.revenue)
            case InstructorCourse():
                _add_owner_counters(said, f"course {item.course_id}", item, item.revenue)
                if item.title is not None:
                    said[expected.course_entry(item.course_id, item.title, item.status, item.hidden)] += 1
                    said[f"lessons of {item.course_id}"] += item.lesson_count or 0
                    said[f"lessons done in {item.course_id}"] += item.lessons_done or 0
                _add_ranking(said, item)
            case InstructorRanking():
                _add_ranking(said, item)
            case InstructorDay():
                _add_owner_counters(said, f"{item.pk} {item.sk}", item, item.revenue)
            case LessonCompletionCounters():
                course_id = item.pk.removeprefix("COURSE#")
                said.update(
                    {
                        expected.lesson_completion_count(course_id, lesson): number
                        for lesson, number in item.done.items()
                    }
                )
            case Course():
                said[expected.course_instructor_entry(item.course_id, item.instructor_name)] += 1
            case RevenuePeriod():
                _add_owner_counters(said, f"revenue {item.sk}", item, item.revenue)
            case InstructorStudent():
                said[f"courses of {item.sk} with {item.pk}"] += item.courses
            case CourseCounters():
                course_id = item.pk.removeprefix("COURSE#")
                said[f"learners of {course_id}"] += item.enrollment_count
                said.update({expected.star_count(course_id, stars): n for stars, n in enumerate(item.ratings, 1)})
                ratings[course_id] = item.ratings
            case CourseListing():
                said[f"overseen {item.course_id}"] += 1
            case PaymentListing():
                said[
                    expected.payment_register_entry(item.order_id, item.status, item.sk, item.gsi1pk, item.gsi1sk)
                ] += 1
            case CatalogueCard():
                said[f"listed at {item.pk} {item.sk}"] += 1
                shown[item.course_id].add(expected.card_entry(item))
                told[item.course_id].add(DisplayedRating(item.rating, item.rating_count))
    for each in shown.values():
        said.update(each)
    for course_id, cards in told.items():
        exact = ratings.get(course_id, Ratings())
        said[expected.card_rating_entry(course_id)] = (
            len(cards) if all(is_close_enough(exact, card) for card in cards) else -1
        )
    return said


def _add_owner_counters(said: Counters, owner: str, item: Item, earned: dict[str, Revenue]) -> None:
    said.update({f"{owner} {name}": value for name, value in _integer_counters(item).items()})
    _add_earnings(said, owner, earned)


def _add_earnings(said: Counters, owner: str, earned: dict[str, Revenue]) -> None:
    for currency, amounts in earned.items():
        said[f"{owner} gross {currency}"] += amounts.gross
        said[f"{owner} refunded {currency}"] += amounts.refunded


def _add_ranking(said: Counters, item: InstructorCourse | InstructorRanking) -> None:
    if item.gsi1pk and item.gsi1sk:
        said[expected.ranking_entry(Key(item.gsi1pk, item.gsi1sk))] += 1


def _integer_counters(item: Item) -> dict[str, int]:
    """Its counters; numbers that are facts are not counted."""
    numbers = {name: value for name, value in item.attribute_values.items() if type(value) is int}
    return {name: value for name, value in numbers.items() if name not in item.NON_COUNTERS}
