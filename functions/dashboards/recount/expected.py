"""Every figure as the write side has it."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime

from shared.db.entities import (
    CatalogueCard,
    Course,
    Enrollment,
    Outline,
    Payment,
    PaymentEvent,
    Progress,
    Review,
    User,
)
from shared.db.read_models import catalogue_cards
from shared.db.table import keys
from shared.db.table.base import Item
from shared.domain.lifecycle import PaymentStatus, StatusReason

Counters = Counter[str]


def expected_counters(items: Iterable[Item]) -> Counters:
    """name > value; what is absent is 0."""
    total: Counters = Counter()
    courses: list[Course] = []
    lessons: dict[str, list[str]] = {}
    people: defaultdict[str, set[str]] = defaultdict(set)
    enrollments: list[Enrollment] = []
    done: dict[tuple[str, str], set[str]] = {}
    users: dict[str, str] = {}
    payments: list[Payment] = []
    steps: defaultdict[str, list[PaymentEvent]] = defaultdict(list)
    for item in items:
        match item:
            case User():
                total[f"platform users_{item.role}"] += 1
                total[f"revenue DAY#{item.created_at:%Y-%m-%d} users_new"] += 1
                users[item.user_id] = item.name
            case Course():
                courses.append(item)
                _count_course(total, item)
            case Outline():
                lessons[item.course_id] = item.lesson_ids()
            case Enrollment():
                enrollments.append(item)
                _count_enrollment(total, item, people)
            case Progress():
                done[item.pk.removeprefix("USER#"), item.course_id] = set(item.completed or ())
            case Payment():
                payments.append(item)
            case Review():
                total[star_count(item.course_id, item.rating)] += not item.hidden
            case PaymentEvent():
                steps[item.order_id].append(item)
    for instructor_id, students in people.items():
        total[f"instructor {instructor_id} students"] = len(students)
    for payment in payments:
        _count_payment(total, payment, sorted(steps[payment.order_id], key=lambda step: step.number))
    _count_completions(total, enrollments, done)
    _count_rankings(total, payments)
    for course in courses:
        taught = lessons.get(course.course_id, [])
        total[f"lessons of {course.course_id}"] = len(taught)
        total[f"lessons done in {course.course_id}"] = sum(
            total[lesson_completion_count(course.course_id, each)] for each in taught
        )
        total[course_instructor_entry(course.course_id, users.get(course.instructor_id, course.instructor_name))] = 1
        _count_cards(total, course, len(taught))
    return total


def course_entry(course_id: str, title: str, status: str, hidden: bool) -> str:
    """A figure that exists when the course is told of like this."""
    return f"course {course_id} is {json.dumps([title, status, hidden])}"


def card_entry(shown: CatalogueCard) -> str:
    """A figure that exists when the course is shown like this."""
    told = [shown.title, shown.category, shown.level, shown.amount, shown.lesson_count, shown.enrollment_count]
    return f"card {shown.course_id} {json.dumps(told)}"


def star_count(course_id: str, stars: int) -> str:
    """How many give the course so many stars."""
    return f"{stars} stars of {course_id}"


def card_rating_entry(course_id: str) -> str:
    """How many different ratings the course's cards tell, all of them near the average."""
    return f"ratings on the cards of {course_id}"


def lesson_completion_count(course_id: str, lesson_id: str) -> str:
    """How many of those who have access have done the lesson."""
    return f"done in {course_id}: {lesson_id}"


def course_instructor_entry(course_id: str, name: str) -> str:
    """A figure that exists when the course carries its instructor's name."""
    return f"course {course_id} is by {json.dumps(name)}"


def ranking_entry(place: keys.Key) -> str:
    """A figure that exists when somebody's earnings have this place."""
    return f"stands at {place.pk} {place.sk}"


def payment_register_entry(order_id: str, status: str, place: str, among: str, place_there: str) -> str:
    """A figure that exists when the payment is listed like this."""
    return f"payment {order_id} is {status}, listed at {place} and at {among} {place_there}"


def _count_course(total: Counters, course: Course) -> None:
    for owner, prefix in (("platform", "courses_"), (f"instructor {course.instructor_id}", "")):
        total[f"{owner} {prefix}{course.status}"] += 1
        total[f"{owner} {prefix}hidden"] += course.hidden
    total[f"overseen {course.course_id}"] += 1
    total[course_entry(course.course_id, course.title, course.status, course.hidden)] += 1


def _count_enrollment(total: Counters, enrollment: Enrollment, people: defaultdict[str, set[str]]) -> None:
    instructor_id, course_id, student_id = enrollment.instructor_id, enrollment.course_id, enrollment.user_id
    for at, name in ((enrollment.activated_at, "enrolled"), (enrollment.completed_at, "completed")):
        if at:
            _count_instructor_day(total, instructor_id, course_id, at.strftime("%Y-%m-%d"), name, 1)
    total[f"platform enrollments_{enrollment.status}"] += 1
    total[f"instructor {instructor_id} {enrollment.status}"] += 1
    total[f"course {course_id} {enrollment.status}"] += 1
    if enrollment.status.gives_access:
        people[instructor_id].add(student_id)
        total[f"courses of {student_id} with INSTRUCTOR#{instructor_id}#STUDENTS"] += 1
        total[f"learners of {course_id}"] += 1


def _count_payment(total: Counters, payment: Payment, steps: list[PaymentEvent]) -> None:
    """Captured in the month it was captured; refunded in the months its history tells, the rest when last changed."""
    everywhere = keys.payment_listing(payment.created_at, payment.order_id)
    among = keys.payment_listing(payment.created_at, payment.order_id, payment.status)
    total[payment_register_entry(payment.order_id, payment.status, everywhere.sk, among.pk, among.sk)] += 1
    total["platform payments_refund_pending"] += payment.status is PaymentStatus.REFUND_PENDING
    total["platform payments_mismatch"] += payment.reason is StatusReason.MISMATCH
    for owner in (f"instructor {payment.instructor_id}", f"course {payment.course_id}"):
        total[f"{owner} gross {payment.currency}"] += payment.captured_amount
        total[f"{owner} refunded {payment.currency}"] += payment.refunded_amount
    captured_at = payment.captured_at or payment.updated_at
    _count_amount(total, payment, captured_at, "gross", payment.captured_amount)
    told = 0
    for step in steps:
        refunded = json.loads(step.changes).get("refunded_amount", told)
        _count_amount(total, payment, step.at, "refunded", refunded - told)
        told = refunded
    _count_amount(total, payment, payment.updated_at, "refunded", payment.refunded_amount - told)


def _count_amount(total: Counters, payment: Payment, at: datetime, what: str, amount: int) -> None:
    day, name = at.strftime("%Y-%m-%d"), f"{what} {payment.currency}"
    _count_period(total, day, name, amount)
    _count_instructor_day(total, payment.instructor_id, payment.course_id, day, name, amount)


def _count_instructor_day(
    total: Counters, instructor_id: str, course_id: str, day: str, name: str, amount: int
) -> None:
    for whose in ("", f"COURSE#{course_id}#"):
        total[f"INSTRUCTOR#{instructor_id}#DAYS {whose}DAY#{day} {name}"] += amount


def _count_period(total: Counters, day: str, what: str, amount: int) -> None:
    total[f"revenue DAY#{day} {what}"] += amount
    total[f"revenue MONTH#{day[:7]} {what}"] += amount


def _count_cards(total: Counters, course: Course, lessons: int) -> None:
    for each in catalogue_cards.build_cards(course, lessons, total[f"learners of {course.course_id}"]):
        total[f"listed at {each.pk} {each.sk}"] += 1
        total[card_entry(each)] = 1
        total[card_rating_entry(course.course_id)] = 1


def _count_completions(
    total: Counters, enrollments: Iterable[Enrollment], done: dict[tuple[str, str], set[str]]
) -> None:
    for enrollment in enrollments:
        if enrollment.status.gives_access:
            for lesson_id in done.get((enrollment.user_id, enrollment.course_id), ()):
                total[lesson_completion_count(enrollment.course_id, lesson_id)] += 1


def _count_rankings(total: Counters, payments: Iterable[Payment]) -> None:
    """Whoever took money once has a place, also when all of it went back."""
    earned: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for payment in payments:
        if payment.captured_amount or payment.refunded_amount:
            net = payment.captured_amount - payment.refunded_amount
            earned["course", payment.course_id][payment.currency] += net
            earned["instructor", payment.instructor_id][payment.currency] += net
    for (kind, whose), nets in earned.items():
        place = keys.course_revenue_listing if kind == "course" else keys.instructor_revenue_listing
        total[ranking_entry(place(max(nets.values()), whose))] += 1
