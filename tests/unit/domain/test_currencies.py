"""The decimal places of currencies, in Python and in the web page."""

import re
from pathlib import Path

import pytest

from shared.domain.currencies import EXPONENTS, exponent, whole_and_fraction

_WEB_TABLE = Path(__file__).parents[3] / "web/js/ui/currencies.js"


@pytest.mark.parametrize(("currency", "places"), [("INR", 2), ("USD", 2), ("JPY", 0), ("KWD", 3), ("CLF", 4)])
def test_exponent_is_that_of_iso_4217(currency: str, places: int) -> None:
    assert exponent(currency) == places


@pytest.mark.parametrize(
    ("minor", "currency", "parts"),
    [
        (49_900, "INR", ("499", "00")),
        (5, "INR", ("0", "05")),
        (0, "INR", ("0", "00")),
        (499, "JPY", ("499", "")),
        (0, "JPY", ("0", "")),
        (1_500, "KWD", ("1", "500")),
        (7, "KWD", ("0", "007")),
    ],
)
def test_whole_and_fraction_have_the_places_of_the_currency(minor: int, currency: str, parts: tuple[str, str]) -> None:
    assert whole_and_fraction(minor, currency) == parts


def test_web_page_has_the_same_exponents() -> None:
    found = re.findall(r"([A-Z]{3}): (\d)", _WEB_TABLE.read_text(encoding="utf-8"))
    assert {currency: int(places) for currency, places in found} == EXPONENTS
    assert len(found) == len(EXPONENTS)
