"""Normalization and uniqueness keys of e-mail addresses."""

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
        "asha@ｅxample.com",  # noqa: RUF001 (fullwidth e on purpose)
    ],
)
def test_email_key_spelling_variants_yield_one_key(spelling: str) -> None:
    assert uniqueness_key(normalize(spelling)) == "asha@example.com"


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("jo\N{COMBINING ACUTE ACCENT}se@example.com", "j\N{LATIN SMALL LETTER O WITH ACUTE}se@example.com"),
        ("stra\N{LATIN SMALL LETTER SHARP S}e@example.com", "STRASSE@example.com"),
        ("a@b\N{LATIN SMALL LETTER U WITH DIAERESIS}cher.example", "a@xn--bcher-kva.example"),
    ],
)
def test_email_key_equivalent_unicode_forms_yield_one_key(one: str, two: str) -> None:
    assert uniqueness_key(normalize(one)) == uniqueness_key(normalize(two))


@pytest.mark.parametrize("other", ["asha+1@example.com", "a.sha@example.com", "asha@example.org"])
def test_email_key_other_mailbox_yields_another_key(other: str) -> None:
    assert uniqueness_key(normalize(other)) != "asha@example.com"


def test_normalize_email_mixed_case_keeps_local_part_and_lowercases_domain() -> None:
    assert normalize("Asha.Rao@EXAMPLE.com") == "Asha.Rao@example.com"


@pytest.mark.parametrize(
    "address",
    [
        *("", "asha", "asha@", "@example.com", "a@b", "a b@example.com", "a@example..com", "a@[127.0.0.1]"),
        *("a@localhost", "a@printer.local", "a@example.com, b@example.com", "a\x00@example.com"),
        *('"a"@example.com', "a" * 65 + "@example.com", "a" * 40 + "!" * 100 + "@"),
    ],
)
def test_normalize_email_invalid_address_raises_value_error(address: str) -> None:
    with pytest.raises(ValueError, match="valid e-mail address"):
        normalize(address)


def test_normalize_email_test_domain_is_accepted_only_on_local_stage(monkeypatch: pytest.MonkeyPatch) -> None:
    config.clear_cache()
    assert normalize("asha@lectern.test") == "asha@lectern.test"
    monkeypatch.setenv("LMS_STAGE", "dev")
    config.clear_cache()
    with pytest.raises(ValueError, match="valid e-mail address"):
        normalize("asha@lectern.test")
    monkeypatch.undo()
    config.clear_cache()
