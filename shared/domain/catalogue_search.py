"""Normalization of text for the catalogue: search words, facets and the displayed number of learners."""

import unicodedata
from collections.abc import Iterable
from typing import Final

MAX_PREFIX_LETTERS: Final = 6
"""The index holds the prefixes of 1 to 6 letters of each word; a longer search term is compared with the cards."""
MAX_WORDS: Final = 14
"""The maximum number of search words of a course; it bounds the number of its cards."""

_FIRST_ACCENT_CLASS: Final = 200
"""Unicode combining classes from 200 are accents above and below letters. Lower classes are vowel signs, which belong
to the word."""


def fold(text: str) -> str:
    """The text without case and accents: "Café" is "cafe"."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in decomposed if unicodedata.combining(char) < _FIRST_ACCENT_CLASS)


def words(text: str) -> list[str]:
    """The distinct folded words of a text, in order: runs of letters, digits and marks of any script."""
    runs = "".join(char if unicodedata.category(char)[0] in "LMN" else " " for char in fold(text))
    return list(dict.fromkeys(runs.split()))


def facet(category: str) -> str:
    """A category as a filter value: "Data & AI" is "data-ai"."""
    return "-".join(words(category))


def word_prefixes(search_words: Iterable[str]) -> list[str]:
    """The distinct prefixes under which the words are indexed."""
    prefixes = (word[:letters] for word in search_words for letters in range(1, MAX_PREFIX_LETTERS + 1))
    return list(dict.fromkeys(prefixes))


def displayed_learner_count(learners: int) -> int:
    """The number of learners that a card shows and is ranked by: the exact number rounded down to a power of two.

    The cards of a course are rewritten only when this number changes: ten times up to a thousand learners, twenty times
    up to a million."""
    return 1 << (learners.bit_length() - 1) if learners > 0 else 0
