"""Which addresses are one, and which are none."""

import pytest

from functions.auth.emails import normalize, uniqueness_key
from shared import config

FULLWIDTH = "".join(chr(ord(letter) + 0xFEE0) for letter in "asha")


@pytest.mark.parametrize(
    "spelling",
    [
        "asha@example.com",
        "ASHA@EXAMPLE.COM",
        "Asha@Example.com",
        "  asha@example.com\n",
        f"{FULLWIDTH}@example.com",
        f"{FULLWIDTH.upper()}@example.com",
        "asha@ｅxample.com",  # noqa: RUF001 (the point)
    ],
)
def test_spellings_share_a_key(spelling: str) -> None:
    assert uniqueness_key(normalize(spelling)) == "asha@example.com"


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("jo\N{COMBINING ACUTE ACCENT}se@example.com", "j\N{LATIN SMALL LETTER O WITH ACUTE}se@example.com"),
        ("stra\N{LATIN SMALL LETTER SHARP S}e@example.com", "STRASSE@example.com"),
        ("a@b\N{LATIN SMALL LETTER U WITH DIAERESIS}cher.example", "a@xn--bcher-kva.example"),
    ],
)
def test_unicode_forms_share_a_key(one: str, two: str) -> None:
    assert uniqueness_key(normalize(one)) == uniqueness_key(normalize(two))


@pytest.mark.parametrize("other", ["asha+1@example.com", "a.sha@example.com", "asha@example.org"])
def test_other_mailboxes_stay_other_people(other: str) -> None:
    assert uniqueness_key(normalize(other)) != "asha@example.com"


def test_the_address_to_write_to_keeps_the_case_before_the_at_sign() -> None:
    assert normalize("Asha.Rao@EXAMPLE.com") == "Asha.Rao@example.com"


@pytest.mark.parametrize(
    "wrong",
    [
        *("", "asha", "asha@", "@example.com", "a@b", "a b@example.com", "a@example..com", "a@[127.0.0.1]"),
        *("a@localhost", "a@printer.local", "a@example.com, b@example.com", "a\x00@example.com"),
        *('"a"@example.com', "a" * 65 + "@example.com", "a" * 40 + "!" * 100 + "@"),
    ],
)
def test_what_cannot_be_written_to_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="not an e-mail address"):
        normalize(wrong)


def test_names_under_test_are_for_developers(monkeypatch: pytest.MonkeyPatch) -> None:
    config.clear_cache()
    assert normalize("asha@lectern.test") == "asha@lectern.test"
    monkeypatch.setenv("LMS_STAGE", "dev")
    config.clear_cache()
    with pytest.raises(ValueError, match="not an e-mail address"):
        normalize("asha@lectern.test")
    monkeypatch.undo()
    config.clear_cache()
