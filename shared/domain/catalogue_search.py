"""What the catalogue lists, and the words it is found by. Pure."""

import unicodedata
from collections.abc import Iterable
from itertools import chain
from typing import Final

from shared.db.entities import Course
from shared.domain.lifecycle import CourseStatus

MAX_PREFIX_LETTERS: Final = 6
"""Words are listed under their beginnings of 1 to 6 letters; what is longer is compared with the card."""
MAX_WORDS: Final = 14
"""Bounds how many lists one course is in."""

_FIRST_ACCENT_CLASS: Final = 200
"""Combining classes from here on are marks above and below letters; below are vowel signs that belong to the word."""


def is_listed(course: Course | None) -> bool:
    """Whether anyone may find the course."""
    return course is not None and course.status is CourseStatus.PUBLISHED and not course.hidden


def fold(text: str) -> str:
    """Without case and accents: "Café" is "cafe"."""
    spread = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in spread if unicodedata.combining(sign) < _FIRST_ACCENT_CLASS)


def words(text: str) -> list[str]:
    """The folded words of a text, each once, in order: runs of letters, digits and their marks, of any script."""
    runs = "".join(sign if unicodedata.category(sign)[0] in "LMN" else " " for sign in fold(text))
    return list(dict.fromkeys(runs.split()))


def facet(category: str) -> str:
    """A category as a filter value: "Data & AI" is "data-ai"."""
    return "-".join(words(category))


def search_words(course: Course) -> list[str]:
    """What the course is found by. The title comes last: if there is too much of it, its end is not found."""
    told = chain(words(course.category), words(course.instructor_name), words(course.title))
    return list(dict.fromkeys(told))[:MAX_WORDS]


def word_prefixes(found_by: Iterable[str]) -> list[str]:
    """The beginnings the words are listed under."""
    cut = (word[:letters] for word in found_by for letters in range(1, MAX_PREFIX_LETTERS + 1))
    return list(dict.fromkeys(cut))


def displayed_learner_count(learners: int) -> int:
    """The number of learners a card shows and is ranked by: at least so many, a power of two. A course is written into
    its lists again when the number doubles: eleven times on the way to a thousand learners, twenty to a million."""
    return 1 << (learners.bit_length() - 1) if learners > 0 else 0
