"""Compares the counters that the dashboards display with a recount from the write model.

The recount does not use the projector's arithmetic: it adds up the current items, not the changes.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from functions.dashboards.recount import counter_names, expected
from shared.db import table_scan
from shared.db.entities import (
    CatalogueCard,
    Coupon,
    CouponCounters,
    Course,
    CourseCounters,
    CourseListing,
    DocumentMonth,
    InstructorCourse,
    InstructorDay,
    InstructorRanking,
    InstructorStudent,
    InstructorTotals,
    LedgerMonth,
    LessonCompletionCounters,
    PaymentListing,
    PlatformTotals,
    RevenuePeriod,
    Settlement,
)
from shared.db.entities.counters import RevenueCounters
from shared.db.read_models.counter_items import instructor_id_of
from shared.db.table.base import Item
from shared.db.table.keys import Key
from shared.domain.ratings import DisplayedRating, Ratings, is_close_enough

Counters = Counter[str]


class CounterComparison(NamedTuple):
    """The name of a counter, its displayed value and its recounted value."""

    counter: str
    displayed: int
    recounted: int

    def __str__(self) -> str:
        return f"{self.counter}: the dashboards show {self.displayed}, a recount yields {self.recounted}"


@dataclass(frozen=True)
class RecountReport:
    """Every counter that was compared."""

    comparisons: list[CounterComparison]

    @property
    def compared_count(self) -> int:
        return len(self.comparisons)

    @property
    def differences(self) -> list[CounterComparison]:
        return [comparison for comparison in self.comparisons if comparison.displayed != comparison.recounted]

    @property
    def is_equal(self) -> bool:
        return not self.differences

    def __str__(self) -> str:
        return "\n".join(map(str, self.differences)) or f"equal: {self.compared_count} counters"


def compare_counters() -> RecountReport:
    """Compares every counter of every read model. The result is exact only if the stream has been processed and nothing
    writes to the table. A counter without one item would differ wrongly, so none is compared if an item cannot be read.
    Raises UnreadableItems, StoreUnavailable."""
    items = list(table_scan.scan_all())
    displayed, recounted = _displayed_counters(items), expected.expected_counters(items)
    names = sorted(displayed.keys() | recounted.keys())
    return RecountReport([CounterComparison(name, displayed[name], recounted[name]) for name in names])


@dataclass
class _Displayed:
    """The counters of the read models. The content of cards is collected per course, because all cards of a course must
    show the same."""

    counters: Counters = field(default_factory=Counter)
    card_entries: set[str] = field(default_factory=set)
    card_ratings: defaultdict[str, set[DisplayedRating]] = field(default_factory=lambda: defaultdict(set))
    ratings: dict[str, Ratings] = field(default_factory=dict)


def _displayed_counters(items: Iterable[Item]) -> Counters:
    displayed = _Displayed()
    for item in items:
        add = _ADDERS.get(type(item))
        if add:
            add(displayed, item)
    displayed.counters.update(displayed.card_entries)
    for course_id, on_cards in displayed.card_ratings.items():
        exact = displayed.ratings.get(course_id, Ratings())
        is_close = all(is_close_enough(exact, rating) for rating in on_cards)
        displayed.counters[counter_names.card_ratings(course_id)] = len(on_cards) if is_close else -1
    return displayed.counters


def _add_platform_totals(displayed: _Displayed, item: PlatformTotals) -> None:
    _add_counters(displayed.counters, counter_names.platform(), item)


def _add_revenue_period(displayed: _Displayed, item: RevenuePeriod) -> None:
    kind, _, period = item.sk.partition("#")
    owner = counter_names.platform_day(period) if kind == "DAY" else counter_names.platform_month(period)
    _add_counters(displayed.counters, owner, item)


def _add_coupon(displayed: _Displayed, item: Coupon) -> None:
    """The orders that were paid late are counted on the coupon, in the transaction of the payment."""
    owner = counter_names.coupon(item.code)
    displayed.counters[counter_names.counter(owner, "redeemed_late")] += item.redeemed_late


def _add_coupon_counters(displayed: _Displayed, item: CouponCounters) -> None:
    _add_counters(displayed.counters, counter_names.coupon(item.sk), item)


def _add_document_month(displayed: _Displayed, item: DocumentMonth) -> None:
    _add_counters(displayed.counters, counter_names.documents(*item.sk.split("#")), item)


def _add_account_month(displayed: _Displayed, item: LedgerMonth) -> None:
    _add_counters(displayed.counters, counter_names.account_month(item.sk), item)


def _add_settlement(displayed: _Displayed, item: Settlement) -> None:
    _add_counters(displayed.counters, counter_names.settlement(item.settlement_id), item)


def _add_instructor_totals(displayed: _Displayed, item: InstructorTotals) -> None:
    _add_counters(displayed.counters, counter_names.instructor(item.instructor_id), item)


def _add_instructor_course(displayed: _Displayed, item: InstructorCourse) -> None:
    counters, course_id = displayed.counters, item.course_id
    _add_counters(counters, counter_names.course(course_id), item)
    if item.title is not None:
        counters[counter_names.course_entry(course_id, item.title, item.status, item.hidden)] += 1
        counters[counter_names.lessons(course_id)] += item.lesson_count or 0
        counters[counter_names.lessons_done(course_id)] += item.lessons_done or 0
    _add_ranking(displayed, item)


def _add_ranking(displayed: _Displayed, item: InstructorCourse | InstructorRanking) -> None:
    if item.listing:
        displayed.counters[counter_names.ranking_entry(item.listing)] += 1


def _add_instructor_day(displayed: _Displayed, item: InstructorDay) -> None:
    instructor_id = item.pk.removeprefix("INSTRUCTOR#").removesuffix("#DAYS")
    course, _, day = item.sk.rpartition("DAY#")
    course_id = course.removeprefix("COURSE#").removesuffix("#") or None
    _add_counters(displayed.counters, counter_names.instructor_day(instructor_id, course_id, day), item)


def _add_instructor_student(displayed: _Displayed, item: InstructorStudent) -> None:
    instructor_id = instructor_id_of(Key(item.pk, item.sk))
    displayed.counters[counter_names.student_courses(instructor_id, item.sk)] += item.courses


def _add_lesson_completions(displayed: _Displayed, item: LessonCompletionCounters) -> None:
    course_id = item.pk.removeprefix("COURSE#")
    for lesson_id, number in item.done.items():
        displayed.counters[counter_names.lesson_completions(course_id, lesson_id)] += number


def _add_course_counters(displayed: _Displayed, item: CourseCounters) -> None:
    course_id = item.pk.removeprefix("COURSE#")
    displayed.counters[counter_names.learners(course_id)] += item.enrollment_count
    for stars, number in enumerate(item.ratings, 1):
        displayed.counters[counter_names.reviews(course_id, stars)] += number
    displayed.ratings[course_id] = item.ratings


def _add_course(displayed: _Displayed, item: Course) -> None:
    displayed.counters[counter_names.course_instructor_entry(item.course_id, item.instructor_name)] += 1


def _add_course_listing(displayed: _Displayed, item: CourseListing) -> None:
    displayed.counters[counter_names.admin_list_entry(item.course_id)] += 1


_UNLISTED: Final = Key("", "")
"""Stands for the key in the list of its status, for a register entry that has none."""


def _add_payment_listing(displayed: _Displayed, item: PaymentListing) -> None:
    listing, by_status = Key(item.pk, item.sk), item.listing or _UNLISTED
    displayed.counters[counter_names.payment_register_entry(item.order_id, item.status, listing, by_status)] += 1


def _add_card(displayed: _Displayed, item: CatalogueCard) -> None:
    displayed.counters[counter_names.card_key(item)] += 1
    displayed.card_entries.add(counter_names.card_entry(item))
    displayed.card_ratings[item.course_id].add(DisplayedRating(item.rating, item.rating_count))


_ADDERS: Final[dict[type[Item], Callable[[_Displayed, Any], None]]] = {
    PlatformTotals: _add_platform_totals,
    RevenuePeriod: _add_revenue_period,
    Coupon: _add_coupon,
    CouponCounters: _add_coupon_counters,
    DocumentMonth: _add_document_month,
    LedgerMonth: _add_account_month,
    Settlement: _add_settlement,
    InstructorTotals: _add_instructor_totals,
    InstructorCourse: _add_instructor_course,
    InstructorRanking: _add_ranking,
    InstructorDay: _add_instructor_day,
    InstructorStudent: _add_instructor_student,
    LessonCompletionCounters: _add_lesson_completions,
    CourseCounters: _add_course_counters,
    Course: _add_course,
    CourseListing: _add_course_listing,
    PaymentListing: _add_payment_listing,
    CatalogueCard: _add_card,
}


def _add_counters(counters: Counters, owner: str, item: Item) -> None:
    """Adds the integer counters of the item, and its revenue if it has any."""
    for name, value in item.attribute_values.items():
        if type(value) is int and name not in item.NON_COUNTERS:
            counters[counter_names.counter(owner, name)] += value
    if isinstance(item, RevenueCounters):
        for currency, revenue in item.revenue.items():
            counters[counter_names.gross(owner, currency)] += revenue.gross
            counters[counter_names.refunded(owner, currency)] += revenue.refunded
            counters[counter_names.discount(owner, currency)] += revenue.discount
