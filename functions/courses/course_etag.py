"""Entity tags of a course: `"course.outline.enrollments"`. The representation depends on the versions of course and
outline and on the enrollment count. The tag of a rated course also contains the number of reviews with one star, two
stars, … five stars. That of a course whose sale is ahead or lasts ends with its phase, because the price changes
without an edit."""

import re
from typing import Final

from shared import clock
from shared.db.courses.course_pages import CoursePage, Versions
from shared.domain.prices import sale_phase
from shared.errors import PreconditionFailed

_ETAG: Final = re.compile(r'"(\d{1,15})\.(\d{1,15})\.\d{1,15}(\.[\d-]{1,90})?(\.s\d)?"')


def course_etag(page: CoursePage) -> str:
    """The entity tag of the course as it was read."""
    ratings = "." + "-".join(map(str, page.ratings)) if any(page.ratings) else ""
    phase = sale_phase(page.course.amount, page.course.sale, clock.now())
    sale = f".s{phase:d}" if phase else ""
    return f'"{page.course.version}.{page.outline.version}.{page.enrollment_count}{ratings}{sale}"'


def matches(if_none_match: str | None, current: str) -> bool:
    """Whether `If-None-Match` contains the current tag: the client already has the current representation."""
    if if_none_match is None:
        return False
    tags = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return "*" in tags or current in tags


def parse_if_match(if_match: str | None) -> Versions | None:
    """The versions on which the client's edit is based; None without `If-Match` or for `*`. The enrollment count and
    the ratings are ignored, because no edit depends on them.

    Raises PreconditionFailed for a malformed tag, which cannot be current."""
    if if_match is None or if_match.strip() == "*":
        return None
    match = _ETAG.fullmatch(if_match.strip())
    if match is None:
        raise PreconditionFailed
    return Versions(int(match[1]), int(match[2]))
