"""Entity tags of a course: `"course.outline.enrollments"`, the two versions and the enrollment count on which its
representation depends. A rated course adds the number of reviews with one star, two stars, … five stars."""

import re
from typing import Final

from shared.db.courses.course_pages import CoursePage, Versions
from shared.errors import PreconditionFailed

_ETAG: Final = re.compile(r'"(\d{1,15})\.(\d{1,15})\.\d{1,15}(\.[\d-]{1,90})?"')


def course_etag(page: CoursePage) -> str:
    """The entity tag of the course as it was read."""
    ratings = "." + "-".join(map(str, page.ratings)) if any(page.ratings) else ""
    return f'"{page.course.version}.{page.outline.version}.{page.enrollment_count}{ratings}"'


def matches(if_none_match: str | None, current: str) -> bool:
    """Whether the client already has the current representation."""
    if if_none_match is None:
        return False
    tags = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return "*" in tags or current in tags


def parse_if_match(if_match: str | None) -> Versions | None:
    """The versions that the client edits; None without `If-Match` or for `*`. The enrollment count and the ratings are
    ignored: they do not matter to an edit.

    Raises PreconditionFailed for a malformed tag, which cannot be current."""
    if if_match is None or if_match.strip() == "*":
        return None
    match = _ETAG.fullmatch(if_match.strip())
    if match is None:
        raise PreconditionFailed
    return Versions(int(match[1]), int(match[2]))
