"""Identifiers: a prefix for the kind of resource, then a ULID, which sorts by creation time.

Section and lesson ids contain the id of their course, so that a request for content knows its partition key without
an index.
"""

import re
import secrets
from typing import Final

from ulid import ULID

from shared import clock

_ULID: Final = "[0-9A-HJKMNP-TV-Z]{26}"
USER: Final = re.compile(rf"usr_{_ULID}")
COURSE: Final = re.compile(rf"crs_{_ULID}")
SECTION: Final = re.compile(rf"sec_({_ULID})_[0-9a-z]{{10}}")
LESSON: Final = re.compile(rf"les_({_ULID})_[0-9a-z]{{10}}")
REVIEW: Final = re.compile(rf"rev_{_ULID}")
CERTIFICATE: Final = re.compile(r"cert_[0-9A-HJKMNP-TV-Z]{26}")
ORDER: Final = re.compile(r"order_[A-Za-z0-9]{14}")
PAYMENT: Final = re.compile(r"pay_[A-Za-z0-9]{14}")
REFUND: Final = re.compile(r"rfnd_[A-Za-z0-9]{14}")
_ALPHABET: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_READABLE: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def ulid() -> str:
    """26 characters, sorted by the millisecond of creation."""
    return str(ULID.from_datetime(clock.now()))


def user() -> str:
    return f"usr_{ulid()}"


def course() -> str:
    return f"crs_{ulid()}"


def session() -> str:
    return f"ses_{ulid()}"


def review() -> str:
    return f"rev_{ulid()}"


def certificate() -> str:
    """An unguessable id (130 random bits), because the id alone gives access to the certificate. Its alphabet
    (Crockford's base 32) has no letters that are easily confused in print."""
    return "cert_" + "".join(secrets.choice(_READABLE) for _ in range(26))


def receipt() -> str:
    """Our reference of an order at Razorpay (not the GST receipt), sent as its `receipt`: unique, at most 40
    characters."""
    return f"rcpt_{ulid()}"


def section(course_id: str) -> str:
    return f"sec_{course_id.removeprefix('crs_')}_{_random_suffix()}"


def lesson(course_id: str) -> str:
    return f"les_{course_id.removeprefix('crs_')}_{_random_suffix()}"


def course_id_of(content_id: str) -> str | None:
    """The id of the course that a section or lesson id belongs to; None when it is neither."""
    match = SECTION.fullmatch(content_id) or LESSON.fullmatch(content_id)
    return f"crs_{match[1]}" if match else None


def _random_suffix() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(10))
