"""Which passwords are taken, and how they are kept."""

import pytest

from functions.auth import passwords


def common() -> list[str]:
    return passwords._COMMON_PASSWORDS_FILE.read_text("utf-8").splitlines()


def test_the_list_holds_three_thousand_passwords_that_could_be_chosen() -> None:
    listed = common()
    assert len(listed) == len(set(listed)) == 3_000
    assert listed == sorted(listed)
    assert all(word == word.casefold() and 8 <= len(word) <= 128 for word in listed)


@pytest.mark.parametrize("password", ["12345678", "QWERTYUIOP", "Baseball", "TRUSTNO1"])
def test_what_everybody_tries_first_is_refused_in_any_case(password: str) -> None:
    with pytest.raises(ValueError, match="most common"):
        passwords.require_acceptable(password)


@pytest.mark.parametrize("password", ["x" * 7, "", "x" * 129])
def test_too_short_and_too_long(password: str) -> None:
    with pytest.raises(ValueError, match="8 to 128"):
        passwords.require_acceptable(password)


@pytest.mark.parametrize(
    "password", ["aaaaaaaa0", "        .", "only small letters", "пароль длинный", "🐘" * 8, "x" * 128]
)
def test_any_kind_of_characters_is_taken_as_it_is(password: str) -> None:
    assert passwords.require_acceptable(password) == password


def test_the_hash_says_its_parameters_and_is_salted() -> None:
    one, two = passwords.hash_password("a phrase"), passwords.hash_password("a phrase")
    assert one != two
    assert one.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.verify(one, "a phrase")
    assert passwords.verify(two, "a phrase")
    assert not passwords.needs_rehash(one)


@pytest.mark.parametrize("other", ["A phrase", "a phrase ", "a phras", "", "a phrase\0"])
def test_another_password_is_not_the_password(other: str) -> None:
    assert not passwords.verify(passwords.hash_password("a phrase"), other)


@pytest.mark.parametrize("stored", [None, "", "-", "$argon2id$broken"])
def test_without_a_usable_hash_nothing_is_the_password(stored: str | None) -> None:
    assert not passwords.verify(stored, "a phrase")


def test_nobodys_hash_costs_as_much_as_everybodys() -> None:
    assert not passwords.needs_rehash(passwords._DUMMY_HASH)
