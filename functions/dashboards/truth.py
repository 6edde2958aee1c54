"""Every figure as the write side has it."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable

from shared.db import cards, keys
from shared.db.base import Item
from shared.db.entities import CatalogueCard, Course, Enrollment, Outline, Payment, PaymentEvent, Review, User
from shared.lifecycle import PaymentStatus, Reason

Figures = Counter[str]


def figures(items: Iterable[Item]) -> Figures:
    """name > value; what is absent is 0."""
    total: Figures = Counter()
    courses: list[Course] = []
    lessons: dict[str, int] = {}
    people: defaultdict[str, set[str]] = defaultdict(set)
    payments: list[Payment] = []
    steps: defaultdict[str, list[PaymentEvent]] = defaultdict(list)
    for item in items:
        match item:
            case User():
                total[f"platform users_{item.role}"] += 1
            case Course():
                courses.append(item)
                _course(total, item)
            case Outline():
                lessons[item.course_id] = item.lesson_count
            case Enrollment():
                _enrollment(total, item, people)
            case Payment():
                payments.append(item)
            case Review():
                total[rated(item.course_id, item.rating)] += not item.hidden
            case PaymentEvent():
                steps[item.order_id].append(item)
    for instructor_id, students in people.items():
        total[f"instructor {instructor_id} students"] = len(students)
    for payment in payments:
        _payment(total, payment, sorted(steps[payment.order_id], key=lambda step: step.number))
    for course in courses:
        _cards(total, course, lessons.get(course.course_id, 0))
    return total


def facts(course_id: str, title: str, status: str, hidden: bool) -> str:
    """A figure that exists when the course is told of like this."""
    return f"course {course_id} is {json.dumps([title, status, hidden])}"


def card(shown: CatalogueCard) -> str:
    """A figure that exists when the course is shown like this."""
    told = [shown.title, shown.category, shown.level, shown.amount, shown.lesson_count, shown.enrollment_count]
    return f"card {shown.course_id} {json.dumps(told)}"


def rated(course_id: str, stars: int) -> str:
    """How many give the course so many stars."""
    return f"{stars} stars of {course_id}"


def registered(order_id: str, status: str, place: str, among: str, place_there: str) -> str:
    """A figure that exists when the payment is listed like this."""
    return f"payment {order_id} is {status}, listed at {place} and at {among} {place_there}"


def _course(total: Figures, course: Course) -> None:
    for owner, prefix in (("platform", "courses_"), (f"instructor {course.instructor_id}", "")):
        total[f"{owner} {prefix}{course.status}"] += 1
        total[f"{owner} {prefix}hidden"] += course.hidden
    total[f"overseen {course.course_id}"] += 1
    total[facts(course.course_id, course.title, course.status, course.hidden)] += 1


def _enrollment(total: Figures, enrollment: Enrollment, people: defaultdict[str, set[str]]) -> None:
    instructor_id, course_id, student_id = enrollment.instructor_id, enrollment.course_id, enrollment.user_id
    total[f"platform enrollments_{enrollment.status}"] += 1
    total[f"instructor {instructor_id} {enrollment.status}"] += 1
    total[f"course {course_id} {enrollment.status}"] += 1
    if enrollment.status.gives_access:
        people[instructor_id].add(student_id)
        total[f"courses of {student_id} with INSTRUCTOR#{instructor_id}#STUDENTS"] += 1
        total[f"learners of {course_id}"] += 1


def _payment(total: Figures, payment: Payment, steps: list[PaymentEvent]) -> None:
    """Captured in the month it was captured; refunded in the months its history tells, the rest when last changed."""
    everywhere = keys.payment_listing(payment.created_at, payment.order_id)
    among = keys.payment_listing(payment.created_at, payment.order_id, payment.status)
    total[registered(payment.order_id, payment.status, everywhere.sk, among.pk, among.sk)] += 1
    total["platform payments_refund_pending"] += payment.status is PaymentStatus.REFUND_PENDING
    total["platform payments_mismatch"] += payment.reason is Reason.MISMATCH
    for owner in (f"instructor {payment.instructor_id}", f"course {payment.course_id}"):
        total[f"{owner} gross {payment.currency}"] += payment.captured_amount
        total[f"{owner} refunded {payment.currency}"] += payment.refunded_amount
    captured_at = payment.captured_at or payment.updated_at
    _period(total, captured_at.strftime("%Y-%m-%d"), f"gross {payment.currency}", payment.captured_amount)
    told = 0
    for step in steps:
        refunded = json.loads(step.changes).get("refunded_amount", told)
        _period(total, step.at.strftime("%Y-%m-%d"), f"refunded {payment.currency}", refunded - told)
        told = refunded
    rest = payment.refunded_amount - told
    _period(total, payment.updated_at.strftime("%Y-%m-%d"), f"refunded {payment.currency}", rest)


def _period(total: Figures, day: str, what: str, amount: int) -> None:
    total[f"revenue DAY#{day} {what}"] += amount
    total[f"revenue MONTH#{day[:7]} {what}"] += amount


def _cards(total: Figures, course: Course, lessons: int) -> None:
    for each in cards.cards(course, lessons, total[f"learners of {course.course_id}"]):
        total[f"listed at {each.pk} {each.sk}"] += 1
        total[card(each)] = 1
