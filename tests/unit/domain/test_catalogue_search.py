"""Search words and catalogue cards of a course, and the number of learners on a card."""

import pytest

from shared import clock
from shared.db.entities import Course
from shared.db.read_models.catalogue_cards import build_cards, search_words
from shared.db.table.keys import Key
from shared.domain.catalogue_search import (
    MAX_WORDS,
    displayed_learner_count,
    facet,
    fold,
    word_prefixes,
    words,
)
from shared.domain.lifecycle import CourseLevel, CourseStatus


def course(**overrides: object) -> Course:
    now = clock.now()
    attributes: dict[str, object] = {
        "course_id": "crs_1",
        "instructor_id": "usr_1",
        "instructor_name": "Asha Rao",
        "title": "Data Engineering",
        "description": "",
        "category": "data",
        "level": CourseLevel.BEGINNER,
        "language": "en",
        "amount": 0,
        "currency": "INR",
        "status": CourseStatus.PUBLISHED,
        "created_at": now,
        "published_at": now,
    }
    return Course.build(Key("pk", "sk"), **(attributes | overrides))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Data, data; DATA!", ["data"]),
        ("Café Straße ÅNGSTRÖM", ["cafe", "strasse", "angstrom"]),
        ("C++ & C#", ["c"]),
        ("3D-modelling", ["3d", "modelling"]),
        ("हिन्दी में डेटा", ["हिन्दी", "में", "डेटा"]),
        ("数据 科学", ["数据", "科学"]),
        ("!?", []),
    ],
)
def test_words_text_is_folded_split_and_deduplicated(text: str, expected: list[str]) -> None:
    assert words(text) == [fold(word) for word in expected]


def test_word_prefixes_word_yields_prefixes_up_to_six_letters() -> None:
    assert word_prefixes(["python", "pythonic", "c"]) == ["p", "py", "pyt", "pyth", "pytho", "python", "c"]


def test_search_words_long_title_keeps_category_and_instructor_first() -> None:
    long = course(title=" ".join(f"word{n}" for n in range(40)), category="developer-tools")
    assert search_words(long)[:4] == ["developer", "tools", "asha", "rao"]
    assert len(search_words(long)) == MAX_WORDS


def test_facet_label_yields_slug() -> None:
    assert facet("Data & AI") == "data-ai"
    assert facet("developer-tools") == "developer-tools"


def test_displayed_learner_count_is_rounded_down_to_power_of_two() -> None:
    assert [displayed_learner_count(n) for n in range(10)] == [0, 1, 2, 2, 4, 4, 4, 4, 8, 8]
    assert all(displayed_learner_count(n) <= n < 2 * displayed_learner_count(n) for n in range(1, 5000))
    assert len({displayed_learner_count(n) for n in range(1001)}) == 11


def test_build_cards_long_title_yields_bounded_number_of_unique_keys() -> None:
    long = course(title=" ".join(f"{n}abcdefg" for n in range(40)))
    keys = [(card.pk, card.sk) for card in build_cards(long, 3, 10**6)]
    assert len(keys) == len(set(keys)) <= 2 * 16 + 2 * 6 * MAX_WORDS


@pytest.mark.parametrize(
    "overrides", [{"status": CourseStatus.DRAFT}, {"status": CourseStatus.ARCHIVED}, {"hidden": True}]
)
def test_build_cards_draft_archived_or_hidden_course_yields_none(overrides: dict[str, object]) -> None:
    assert build_cards(course(**overrides), 3, 5) == []
