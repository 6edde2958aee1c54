"""Entity tags of a course: `"course.outline.learners"`, the three numbers that what is shown depends on, and behind
them, when it was rated, how many gave one star, two, … five."""

import re
from typing import Final

from shared.db.courses.course_pages import CoursePage, Versions
from shared.errors import PreconditionFailed

_ETAG: Final = re.compile(r'"(\d{1,15})\.(\d{1,15})\.\d{1,15}(\.[\d-]{1,90})?"')


def course_etag(page: CoursePage) -> str:
    ratings = "." + "-".join(map(str, page.ratings)) if any(page.ratings) else ""
    return f'"{page.course.version}.{page.outline.version}.{page.enrollment_count}{ratings}"'


def matches(if_none_match: str | None, current: str) -> bool:
    """Whether the caller holds what it would get."""
    if if_none_match is None:
        return False
    held = [each.strip().removeprefix("W/") for each in if_none_match.split(",")]
    return "*" in held or current in held


def parse_if_match(if_match: str | None) -> Versions | None:
    """What the caller wants to change; None for whatever there is. The number of learners does not matter to an edit.
    Raises PreconditionFailed for what is not a tag of ours: it cannot be current."""
    if if_match is None or if_match.strip() == "*":
        return None
    match = _ETAG.fullmatch(if_match.strip())
    if match is None:
        raise PreconditionFailed
    return Versions(int(match[1]), int(match[2]))
