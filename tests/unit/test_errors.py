"""Error classes: one class, one title and one status per code."""

from collections import Counter

from cli._openapi.error_classes import all_error_classes
from cli.errors import DOCUMENT
from shared.errors import DomainError, NotFound


def test_error_code_belongs_to_one_class() -> None:
    codes = Counter(error.code for error in all_error_classes())
    assert {code: count for code, count in codes.items() if count > 1} == {}


def test_error_title_belongs_to_one_code_and_has_no_full_stop() -> None:
    titles = Counter(error.title for error in all_error_classes())
    assert {title: count for title, count in titles.items() if count > 1} == {}
    assert [title for title in titles if title.endswith(".")] == []


def test_error_subclass_sets_its_own_code_and_title() -> None:
    inherited = [error.__name__ for error in all_error_classes() if not {"code", "title"} <= vars(error).keys()]
    assert inherited == []


def test_error_page_has_one_row_per_class() -> None:
    rows = [line for line in DOCUMENT.read_text().splitlines() if '<a id="' in line]
    assert len(rows) == len(all_error_classes())


def test_error_classes_of_tests_are_not_listed() -> None:
    class ThingNotFound(NotFound):
        code = "thing_not_found"
        title = "Thing not found"

    assert issubclass(ThingNotFound, DomainError)
    assert ThingNotFound not in all_error_classes()
