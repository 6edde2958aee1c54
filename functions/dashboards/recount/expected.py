"""Computes every counter from the items of the write model."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import TypeVar

from functions.dashboards.recount import counter_names, expected_documents
from functions.dashboards.recount.expected_account import count_account
from functions.dashboards.recount.expected_coupons import count_coupons
from shared import seller_day
from shared.db.entities import (
    CouponUse,
    Course,
    CreditNote,
    Enrollment,
    LedgerEntry,
    Outline,
    Payment,
    PaymentEvent,
    Progress,
    Receipt,
    Review,
    User,
)
from shared.db.read_models import catalogue_cards
from shared.db.table import keys
from shared.db.table.base import Item
from shared.db.table.keys import Key
from shared.db.table.unreadable_items import READ_ERRORS, UnreadableItems, report_unreadable
from shared.domain.lifecycle import PaymentStatus, StatusReason
from shared.settlement.balances import on_hold

I = TypeVar("I", bound=Item)  # noqa: E741

Counters = Counter[str]


class _SourceItems:
    """The items of the write model, by kind."""

    def __init__(self, items: Iterable[Item]) -> None:
        self._by_kind: defaultdict[type[Item], list[Item]] = defaultdict(list)
        for item in items:
            self._by_kind[type(item)].append(item)

    def of(self, kind: type[I]) -> list[I]:
        return [item for item in self._by_kind[kind] if isinstance(item, kind)]


def expected_counters(items: Iterable[Item]) -> Counters:
    """Name > value; an absent counter is 0. Raises UnreadableItems."""
    source = _SourceItems(items)
    counters: Counters = Counter()
    enrollments, payments, courses = source.of(Enrollment), source.of(Payment), source.of(Course)
    _count_users(counters, source.of(User))
    _count_courses(counters, courses)
    _count_enrollments(counters, enrollments)
    _count_completions(counters, enrollments, source.of(Progress))
    _count_reviews(counters, source.of(Review))
    _count_payments(counters, payments, source.of(PaymentEvent))
    count_coupons(counters, payments, source.of(CouponUse))
    expected_documents.count_documents(counters, source.of(Receipt), source.of(CreditNote))
    count_account(counters, source.of(LedgerEntry))
    _count_rankings(counters, payments)
    _count_lessons(counters, courses, source.of(Outline))
    _count_cards(counters, courses)
    _count_instructor_names(counters, courses, source.of(User))
    return counters


def _count_users(counters: Counters, users: Iterable[User]) -> None:
    for user in users:
        counters[counter_names.counter(counter_names.platform(), f"users_{user.role}")] += 1
        counters[counter_names.counter(counter_names.platform_day(seller_day.day(user.created_at)), "users_new")] += 1


def _count_courses(counters: Counters, courses: Iterable[Course]) -> None:
    for course in courses:
        instructor = counter_names.instructor(course.instructor_id)
        for owner, prefix in ((counter_names.platform(), "courses_"), (instructor, "")):
            counters[counter_names.counter(owner, f"{prefix}{course.status}")] += 1
            counters[counter_names.counter(owner, f"{prefix}hidden")] += course.hidden
        counters[counter_names.admin_list_entry(course.course_id)] += 1
        counters[counter_names.course_entry(course.course_id, course.title, course.status, course.hidden)] += 1


def _count_enrollments(counters: Counters, enrollments: Iterable[Enrollment]) -> None:
    students: defaultdict[str, set[str]] = defaultdict(set)
    for enrollment in enrollments:
        instructor_id, course_id, user_id = enrollment.instructor_id, enrollment.course_id, enrollment.user_id
        status = enrollment.status
        counters[counter_names.counter(counter_names.platform(), f"enrollments_{status}")] += 1
        counters[counter_names.counter(counter_names.instructor(instructor_id), status)] += 1
        counters[counter_names.counter(counter_names.course(course_id), status)] += 1
        _count_enrollment_days(counters, enrollment)
        if status.gives_access:
            students[instructor_id].add(user_id)
            counters[counter_names.student_courses(instructor_id, user_id)] += 1
            counters[counter_names.learners(course_id)] += 1
    for instructor_id, user_ids in students.items():
        counters[counter_names.counter(counter_names.instructor(instructor_id), "students")] = len(user_ids)


def _count_enrollment_days(counters: Counters, enrollment: Enrollment) -> None:
    for at, name in ((enrollment.activated_at, "enrolled"), (enrollment.completed_at, "completed")):
        if at:
            for owner in _instructor_days(enrollment.instructor_id, enrollment.course_id, seller_day.day(at)):
                counters[counter_names.counter(owner, name)] += 1


def _count_completions(counters: Counters, enrollments: Iterable[Enrollment], progress: Iterable[Progress]) -> None:
    """Completions by learners with access, including those of lessons that were deleted since."""
    completed = {(item.pk.removeprefix("USER#"), item.course_id): set(item.completed or ()) for item in progress}
    for enrollment in enrollments:
        if enrollment.status.gives_access:
            for lesson_id in completed.get((enrollment.user_id, enrollment.course_id), ()):
                counters[counter_names.lesson_completions(enrollment.course_id, lesson_id)] += 1


def _count_reviews(counters: Counters, reviews: Iterable[Review]) -> None:
    for review in reviews:
        counters[counter_names.reviews(review.course_id, review.rating)] += not review.hidden


def _count_payments(counters: Counters, payments: Iterable[Payment], events: Iterable[PaymentEvent]) -> None:
    events_by_order: defaultdict[str, list[PaymentEvent]] = defaultdict(list)
    for event in events:
        events_by_order[event.order_id].append(event)
    unreadable: list[Key] = []
    for payment in payments:
        history = sorted(events_by_order[payment.order_id], key=lambda event: event.number)
        try:
            _count_payment(counters, payment)
            _count_capture(counters, payment)
            _count_refunds(counters, payment, history)
        except READ_ERRORS:
            report_unreadable(pk=payment.pk, sk=payment.sk)
            unreadable.append(Key(payment.pk, payment.sk))
    if unreadable:
        raise UnreadableItems(unreadable)


def _count_payment(counters: Counters, payment: Payment) -> None:
    listing = keys.payment_listing(payment.created_at, payment.order_id)
    by_status = keys.payment_listing(payment.created_at, payment.order_id, payment.status)
    counters[counter_names.payment_register_entry(payment.order_id, payment.status, listing, by_status)] += 1
    refund_pending = counter_names.counter(counter_names.platform(), "payments_refund_pending")
    counters[refund_pending] += payment.status is PaymentStatus.REFUND_PENDING
    mismatch = counter_names.counter(counter_names.platform(), "payments_mismatch")
    counters[mismatch] += payment.reason is StatusReason.MISMATCH or bool(on_hold(payment))
    for owner in (counter_names.instructor(payment.instructor_id), counter_names.course(payment.course_id)):
        counters[counter_names.gross(owner, payment.currency)] += payment.captured_amount
        counters[counter_names.refunded(owner, payment.currency)] += payment.refunded_amount
        counters[counter_names.discount(owner, payment.currency)] += _discount(payment)


def _count_capture(counters: Counters, payment: Payment) -> None:
    """The captured amount and the discount in the day and month of the capture."""
    captured_at = payment.captured_at or payment.updated_at
    for owner in _periods(payment, captured_at):
        counters[counter_names.gross(owner, payment.currency)] += payment.captured_amount
        counters[counter_names.discount(owner, payment.currency)] += _discount(payment)


def _discount(payment: Payment) -> int:
    """0 until the order is captured. A refund leaves it: it is no part of what was captured."""
    return (payment.discount or 0) if payment.captured_amount else 0


def _count_refunds(counters: Counters, payment: Payment, history: Iterable[PaymentEvent]) -> None:
    """The refunded amount in the days and months in which the history records it. An amount that no step records counts
    at `updated_at` of the payment."""
    recorded = 0
    for step in history:
        refunded = json.loads(step.changes).get("refunded_amount", recorded)
        _count_refund(counters, payment, step.at, refunded - recorded)
        recorded = refunded
    _count_refund(counters, payment, payment.updated_at, payment.refunded_amount - recorded)


def _count_refund(counters: Counters, payment: Payment, at: datetime, amount: int) -> None:
    for owner in _periods(payment, at):
        counters[counter_names.refunded(owner, payment.currency)] += amount


def _periods(payment: Payment, at: datetime) -> list[str]:
    """The seller's day and month of the platform, and the days of instructor and course, that contain the time."""
    day = seller_day.day(at)
    platform = [counter_names.platform_day(day), counter_names.platform_month(day[:7])]
    return platform + _instructor_days(payment.instructor_id, payment.course_id, day)


def _instructor_days(instructor_id: str, course_id: str, day: str) -> list[str]:
    return [
        counter_names.instructor_day(instructor_id, None, day),
        counter_names.instructor_day(instructor_id, course_id, day),
    ]


def _count_rankings(counters: Counters, payments: Iterable[Payment]) -> None:
    """Each course and instructor that ever had revenue is ranked, even if all of it was refunded."""
    courses: defaultdict[str, Counter[str]] = defaultdict(Counter)
    instructors: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for payment in payments:
        if payment.captured_amount or payment.refunded_amount:
            net = payment.captured_amount - payment.refunded_amount
            courses[payment.course_id][payment.currency] += net
            instructors[payment.instructor_id][payment.currency] += net
    for course_id, nets in courses.items():
        listing = keys.course_revenue_listing(max(nets.values()), course_id)
        counters[counter_names.ranking_entry(listing)] += 1
    for instructor_id, nets in instructors.items():
        listing = keys.instructor_revenue_listing(max(nets.values()), instructor_id)
        counters[counter_names.ranking_entry(listing)] += 1


def _count_lessons(counters: Counters, courses: Iterable[Course], outlines: Iterable[Outline]) -> None:
    """The number of lessons of each course, and of their completions. `_count_completions` must have run before."""
    lesson_ids = {outline.course_id: outline.lesson_ids() for outline in outlines}
    for course in courses:
        course_lessons = lesson_ids.get(course.course_id, [])
        completions = [counters[counter_names.lesson_completions(course.course_id, each)] for each in course_lessons]
        counters[counter_names.lessons(course.course_id)] = len(course_lessons)
        counters[counter_names.lessons_done(course.course_id)] = sum(completions)


def _count_cards(counters: Counters, courses: Iterable[Course]) -> None:
    """The cards of each course. `_count_enrollments` and `_count_lessons` must have run before."""
    for course in courses:
        lessons = counters[counter_names.lessons(course.course_id)]
        learners = counters[counter_names.learners(course.course_id)]
        for card in catalogue_cards.build_cards(course, lessons, learners):
            counters[counter_names.card_key(card)] += 1
            counters[counter_names.card_entry(card)] = 1
            counters[counter_names.card_ratings(course.course_id)] = 1


def _count_instructor_names(counters: Counters, courses: Iterable[Course], users: Iterable[User]) -> None:
    """Each course has the current name of its instructor; the stored name where there is no such user."""
    names = {user.user_id: user.name for user in users}
    for course in courses:
        name = names.get(course.instructor_id, course.instructor_name)
        counters[counter_names.course_instructor_entry(course.course_id, name)] = 1
