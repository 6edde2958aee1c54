"""Requirements for passwords, and password hashes."""

import pytest

from functions.auth import passwords


def common_passwords() -> list[str]:
    return passwords._COMMON_PASSWORDS_FILE.read_text("utf-8").splitlines()


def test_common_passwords_list_has_3000_sorted_unique_valid_entries() -> None:
    listed = common_passwords()
    assert len(listed) == len(set(listed)) == 3_000
    assert listed == sorted(listed)
    assert all(word == word.casefold() and 8 <= len(word) <= 128 for word in listed)


@pytest.mark.parametrize("password", ["12345678", "QWERTYUIOP", "Baseball", "TRUSTNO1"])
def test_require_acceptable_common_password_in_any_case_raises_value_error(password: str) -> None:
    with pytest.raises(ValueError, match="most common"):
        passwords.require_acceptable(password)


@pytest.mark.parametrize("password", ["x" * 7, "", "x" * 129])
def test_require_acceptable_below_8_or_above_128_characters_raises_value_error(password: str) -> None:
    with pytest.raises(ValueError, match="8 to 128"):
        passwords.require_acceptable(password)


@pytest.mark.parametrize(
    "password", ["aaaaaaaa0", "        .", "only small letters", "пароль длинный", "🐘" * 8, "x" * 128]
)
def test_require_acceptable_any_characters_are_returned_unchanged(password: str) -> None:
    assert passwords.require_acceptable(password) == password


def test_hash_password_same_input_yields_distinct_argon2id_hashes() -> None:
    one, two = passwords.hash_password("a phrase"), passwords.hash_password("a phrase")
    assert one != two
    assert one.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.verify(one, "a phrase")
    assert passwords.verify(two, "a phrase")
    assert not passwords.needs_rehash(one)


@pytest.mark.parametrize("other", ["A phrase", "a phrase ", "a phras", "", "a phrase\0"])
def test_verify_password_other_password_returns_false(other: str) -> None:
    assert not passwords.verify(passwords.hash_password("a phrase"), other)


@pytest.mark.parametrize("stored", [None, "", "-", "$argon2id$broken"])
def test_verify_password_missing_or_invalid_hash_returns_false(stored: str | None) -> None:
    assert not passwords.verify(stored, "a phrase")


def test_dummy_password_hash_has_current_cost_parameters() -> None:
    assert not passwords.needs_rehash(passwords._DUMMY_HASH)
