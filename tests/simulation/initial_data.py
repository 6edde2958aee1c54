"""The initial data of a history: an instructor, an admin, a few learners, and courses."""

from dataclasses import dataclass, field
from functools import cache
from random import Random
from typing import Any, Final

from shared import clock, ids
from shared.db.entities import Coupon, Course, Outline, User
from shared.db.table import keys
from shared.db.table.transaction import Transaction
from shared.domain.coupons import CouponKind
from shared.domain.lifecycle import CourseLevel, CourseStatus, Role, UserStatus
from tests.fixtures import product_environment

_ROLES: Final = ("student", "instructor", "admin")
SELLER_GSTIN: Final = "27AAPFU0939F1ZV"
PRICES: Final = (49_900, 29_900, 19_950, 0)


COUPONS: Final[dict[str, dict[str, Any]]] = {
    "LAST-ONE": {"discount_kind": CouponKind.PERCENT, "value": 25, "limit": 1, "per_learner": 2},
    "A-FEW": {"discount_kind": CouponKind.AMOUNT, "value": 5_000, "limit": 3, "per_learner": 3},
    "FIRST": {"discount_kind": CouponKind.PERCENT, "value": 10, "first_purchase": True},
    "GIFT": {"discount_kind": CouponKind.PERCENT, "value": 100, "limit": 2, "per_learner": 2},
}


@cache
def _user_and_token(role: str, number: int) -> tuple[str, str]:
    """(user id, token), the same in every history, so that each token is signed once."""
    user_id = f"usr_{_ROLES.index(role)}{number:025d}"
    return user_id, product_environment.access_token(user_id, role)


@dataclass
class Learner:
    """`checkouts`: Checkout's results in this learner's browsers. `orders`: the ids of the learner's orders."""

    name: str
    user_id: str
    token: str
    checkouts: list[dict[str, str]] = field(default_factory=list)
    orders: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class InitialData:
    learners: list[Learner]
    courses: list[str]
    instructor_id: str
    instructor_token: str
    admin_id: str
    admin_token: str


def write_initial_data(random: Random) -> InitialData:
    """Write users and courses into the table of the current environment."""
    instructor_id, instructor_token = _user_and_token("instructor", 1)
    admin_id, admin_token = _user_and_token("admin", 1)
    learners = [
        Learner(f"learner{number}", *_user_and_token("student", number))
        for number in range(1, random.choice((2, 2, 3, 4)))
    ]
    courses = [write_course(instructor_id, random) for _ in range(random.choice((1, 1, 1, 2)))]
    for user_id, role in [(instructor_id, Role.INSTRUCTOR), (admin_id, Role.ADMIN)]:
        write_user(user_id, role)
    for learner in learners:
        write_user(learner.user_id, Role.STUDENT)
    for code, terms in COUPONS.items():
        write_coupon(code, admin_id, **terms)
    return InitialData(learners, courses, instructor_id, instructor_token, admin_id, admin_token)


def write_user(user_id: str, role: Role) -> None:
    """Write an active user, named by the last four characters of the id."""
    now = clock.now()
    listing = keys.role_listing(role, now, user_id)
    transaction = Transaction()
    transaction.put(
        "user",
        User.build(
            keys.user(user_id),
            user_id=user_id,
            email=f"{user_id.lower()}@example.com",
            name=user_id[-4:],
            role=role,
            status=UserStatus.ACTIVE,
            password_hash="-",
            created_at=now,
            updated_at=now,
            gsi1pk=listing.pk,
            gsi1sk=listing.sk,
        ),
    )
    transaction.commit()


def write_coupon(code: str, admin_id: str, **terms: Any) -> None:
    now = clock.now()
    remaining = {"remaining": terms["limit"]} if "limit" in terms else {}
    transaction = Transaction()
    transaction.put(
        "coupon",
        Coupon.build(
            keys.coupon(code),
            code=code,
            currency="INR",
            created_by=admin_id,
            version=1,
            created_at=now,
            updated_at=now,
            **terms,
            **remaining,
        ),
    )
    transaction.commit()


def write_course(instructor_id: str, random: Random) -> str:
    """Write a published course with two lessons at one of three prices; returns its id."""
    course_id, now = ids.course(), clock.now()
    listing = keys.instructor_listing(instructor_id, now, course_id)
    section, lessons = ids.section(course_id), [ids.lesson(course_id) for _ in range(2)]
    transaction = Transaction()
    transaction.put(
        "course",
        Course.build(
            keys.course(course_id),
            course_id=course_id,
            instructor_id=instructor_id,
            instructor_name=instructor_id[-4:],
            title="Ragas for beginners",
            description="Ten evening ragas.",
            category="music",
            level=CourseLevel.BEGINNER,
            language="en",
            amount=random.choice(PRICES[:3]),
            currency="INR",
            status=CourseStatus.PUBLISHED,
            version=1,
            created_at=now,
            updated_at=now,
            published_at=now,
            gsi1pk=listing.pk,
            gsi1sk=listing.sk,
        ),
    )
    transaction.put(
        "outline",
        Outline.build(
            keys.outline(course_id),
            course_id=course_id,
            sections=[section],
            lessons={section: lessons},
            lesson_count=len(lessons),
            version=1,
        ),
    )
    transaction.commit()
    return course_id
