"""The names of the compared counters, as the recount prints them. Both sides of the comparison use them."""

import json
from typing import Final

from shared.db.entities import CatalogueCard
from shared.db.table.keys import Key
from shared.domain.lifecycle import CourseStatus, EnrollmentStatus, Role

_LABELS: Final = {
    **{f"users_{role}": f"users with role {role}" for role in Role},
    **{f"courses_{status}": f"{status} courses" for status in CourseStatus},
    **{f"enrollments_{status}": f"{status} enrollments" for status in EnrollmentStatus},
    **{status.value: f"{status} courses" for status in CourseStatus},
    **{status.value: f"{status} enrollments" for status in EnrollmentStatus},
    "courses_hidden": "hidden courses",
    "hidden": "hidden courses",
    "enrolled": "activated enrollments",
    "users_new": "new users",
    "redeemed": "orders paid in time",
    "redeemed_late": "orders paid late",
    "free": "free activations",
    "free_discount": "discount of free activations",
    "payments_refund_pending": "payments with a pending refund",
    "payments_mismatch": "payments with a mismatched amount",
}
"""Stored name of a counter > its label."""


def platform() -> str:
    return "platform"


def platform_day(day: str) -> str:
    """`day` is 2026-11-30, of the seller."""
    return f"platform on {day}"


def platform_month(month: str) -> str:
    """`month` is 2026-11, of the seller."""
    return f"platform in {month}"


def documents(month: str, currency: str) -> str:
    """The receipts and notes of a month of the seller."""
    return f"documents of {month} in {currency}"


def instructor(instructor_id: str) -> str:
    return f"instructor {instructor_id}"


def course(course_id: str) -> str:
    return f"course {course_id}"


def coupon(code: str) -> str:
    return f"coupon {code}"


def account_month(month: str) -> str:
    """The account at the gateway in a month and currency, such as 2026-11#INR."""
    return f"account in {month.replace('#', ', ')}"


def settlement(settlement_id: str) -> str:
    return f"settlement {settlement_id}"


def instructor_day(instructor_id: str, course_id: str | None, day: str) -> str:
    """The day of an instructor, or of one of their courses."""
    owner = f"{instructor(instructor_id)}, {course(course_id)}" if course_id else instructor(instructor_id)
    return f"{owner} on {day}"


def counter(owner: str, name: str) -> str:
    """A counter of an owner (one of the functions above) by its stored name."""
    return f"{owner}: {_LABELS.get(name, name.replace('_', ' '))}"


def gross(owner: str, currency: str) -> str:
    """The captured amount, in the minor unit of the currency."""
    return f"{owner}: gross {currency}"


def refunded(owner: str, currency: str) -> str:
    """The refunded amount, in the minor unit of the currency."""
    return f"{owner}: refunded {currency}"


def discount(owner: str, currency: str) -> str:
    """What sales and coupons took off the list prices of captured orders, in the minor unit of the currency."""
    return f"{owner}: discount {currency}"


def student_courses(instructor_id: str, student_id: str) -> str:
    """The number of the instructor's courses that the student has access to."""
    return f"{instructor(instructor_id)}, student {student_id}: courses with access"


def learners(course_id: str) -> str:
    return f"{course(course_id)}: learners"


def reviews(course_id: str, stars: int) -> str:
    """The number of visible reviews with this number of stars."""
    return f"{course(course_id)}: reviews with {stars} stars"


def lessons(course_id: str) -> str:
    return f"{course(course_id)}: lessons"


def lessons_done(course_id: str) -> str:
    """The sum of the completions of the lessons that the course has now."""
    return f"{course(course_id)}: lessons done"


def lesson_completions(course_id: str, lesson_id: str) -> str:
    """The number of learners with access who have completed the lesson."""
    return f"{course(course_id)}, lesson {lesson_id}: completions"


# Each entry below contains a state and is 1 when a read model holds exactly that state. A wrong state therefore yields
# two differences: the expected entry and the displayed one.


def course_entry(course_id: str, title: str, status: str, hidden: bool) -> str:
    """The course in the list of its instructor."""
    return f"{course(course_id)}: listed for its instructor as {json.dumps([title, status, hidden])}"


def course_instructor_entry(course_id: str, name: str) -> str:
    """The instructor's name on the course."""
    return f"{course(course_id)}: has the instructor name {json.dumps(name)}"


def admin_list_entry(course_id: str) -> str:
    """The course in the admin's list of courses."""
    return f"{course(course_id)}: entry in the admin's list"


def ranking_entry(listing: Key) -> str:
    """A course or an instructor at this position of a ranking by net revenue."""
    return f"ranking entry {listing.pk} {listing.sk}"


def payment_register_entry(order_id: str, status: str, listing: Key, by_status: Key) -> str:
    """The payment in the register, among all payments and among those of its status."""
    return f"payment {order_id}: listed as {status} at {listing.sk} and at {by_status.pk} {by_status.sk}"


def card_key(card: CatalogueCard) -> str:
    """A card under this key of the catalogue."""
    return f"catalogue card at {card.pk} {card.sk}"


def card_entry(card: CatalogueCard) -> str:
    """The content of the cards of a course."""
    content = [card.title, card.category, card.level, card.amount, card.lesson_count, card.enrollment_count]
    return f"{course(card.course_id)}: cards show {json.dumps(content)}"


def card_ratings(course_id: str) -> str:
    """The number of different ratings on the cards of the course; -1 if one of them is not close to the average."""
    return f"{course(course_id)}: ratings on its cards"
