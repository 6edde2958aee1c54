"""Every key string of the table, one function each. docs/data-model.md shows them beside the access patterns."""

from datetime import datetime
from typing import Final, NamedTuple

from shared.clock import text

GSI1: Final = "gsi1"
"""Lists things by their owner; projects ALL. Lags behind the table: never decide from it."""
GSI2: Final = "gsi2"
"""Timers: whatever must be looked at later carries `gsi2pk`, and loses it when it is settled. KEYS_ONLY, sparse."""

DUE_PARTITIONS: Final = 4


class Key(NamedTuple):
    pk: str
    sk: str


def user(user_id: str) -> Key:
    return Key(f"USER#{user_id}", "PROFILE")


def email(normalised: str) -> Key:
    return Key(f"EMAIL#{normalised}", "EMAIL")


def session(user_id: str, session_id: str) -> Key:
    return Key(f"USER#{user_id}", f"SESSION#{session_id}")


def throttle(what: str, digest: str) -> Key:
    return Key(f"THROTTLE#{what}#{digest}", "WINDOW")


def revocation(user_id: str) -> Key:
    """Users whose access tokens must stop working before they expire: one small partition, swept by TTL."""
    return Key("REVOKED", f"USER#{user_id}")


def role_listing(role: str, created_at: datetime, user_id: str) -> Key:
    return Key(f"ROLE#{role}", f"{text(created_at)}#{user_id}")


def course(course_id: str) -> Key:
    return Key(f"COURSE#{course_id}", "COURSE")


def course_figures(course_id: str) -> Key:
    """Read side, but in the course's partition: one Query reads the page and its figures."""
    return Key(f"COURSE#{course_id}", "COURSE#FIGURES")


def outline(course_id: str) -> Key:
    return Key(f"COURSE#{course_id}", "OUTLINE")


def section(course_id: str, section_id: str) -> Key:
    return Key(f"COURSE#{course_id}", f"SECTION#{section_id}")


def lesson(course_id: str, lesson_id: str) -> Key:
    return Key(f"COURSE#{course_id}", f"LESSON#{lesson_id}")


def lesson_body(course_id: str, lesson_id: str) -> Key:
    """Sorts before COURSE, so the query for a course page passes the bodies by."""
    return Key(f"COURSE#{course_id}", f"BODY#{lesson_id}")


def instructor_listing(instructor_id: str, created_at: datetime, course_id: str) -> Key:
    return Key(f"INSTRUCTOR#{instructor_id}", f"{text(created_at)}#{course_id}")


def enrollment(user_id: str, course_id: str) -> Key:
    return Key(f"USER#{user_id}", f"ENROLLMENT#{course_id}")


def progress(user_id: str, course_id: str) -> Key:
    """Sorts right behind its enrollment: one Query reads a learner's dashboard."""
    return Key(f"USER#{user_id}", f"ENROLLMENT#{course_id}#PROGRESS")


def course_learner_listing(course_id: str, created_at: datetime, user_id: str) -> Key:
    return Key(f"COURSE#{course_id}", f"ENROLLMENT#{text(created_at)}#{user_id}")


def payment(order_id: str) -> Key:
    return Key(f"PAYMENT#{order_id}", "PAYMENT")


def payment_event(order_id: str, number: int) -> Key:
    """Numbered by the version it made: two writers cannot append the same step."""
    return Key(f"PAYMENT#{order_id}", f"EVENT#{number:06d}")


def payer_listing(user_id: str, created_at: datetime, order_id: str) -> Key:
    return Key(f"USER#{user_id}", f"PAYMENT#{text(created_at)}#{order_id}")


def webhook(event_id: str) -> Key:
    return Key(f"WEBHOOK#{event_id}", "EVENT")


def audit(at: datetime, ulid: str) -> Key:
    return Key(f"AUDIT#{at:%Y-%m}", ulid)


def idempotency(caller: str, digest: str) -> Key:
    return Key(f"IDEMPOTENCY#{caller}", digest)


def due(subject: str, at: datetime) -> Key:
    """Timer index key of `subject` (an order id, or a user and course): spread over DUE_PARTITIONS partitions."""
    return Key(due_partition(sum(subject.encode()) % DUE_PARTITIONS), text(at))


def due_partition(number: int) -> str:
    return f"DUE#{number}"
