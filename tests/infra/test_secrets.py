"""Secrets reach the functions that need them; the keys of tokens change without a refused token."""

import json

import pytest

from infra import privileges, put_secrets, signing_keys
from infra.put_secrets import InvalidValues

GIVEN = {
    "LMS_RAZORPAY_KEY_ID": "rzp_test_x",
    "LMS_RAZORPAY_KEY_SECRET": "key",
    "LMS_RAZORPAY_WEBHOOK_SECRET": "hook",
    "LMS_CLOUDINARY_CLOUD_NAME": "cloud",
    "LMS_CLOUDINARY_API_KEY": "1",
    "LMS_CLOUDINARY_API_SECRET": "media",
}


class Memory:
    """A vault that keeps everything here."""

    def __init__(self) -> None:
        self.kept: dict[str, dict[str, str]] = {}
        self.parameters: dict[str, str] = {}

    def secrets_of(self, function: str) -> dict[str, str]:
        return dict(self.kept.get(function, {}))

    def all_secrets(self) -> dict[str, str]:
        return {name: value for held in self.kept.values() for name, value in held.items()}

    def keep(self, function: str, values: dict[str, str]) -> None:
        self.kept[function] = dict(values)

    def parameter(self, setting: str) -> str | None:
        return self.parameters.get(setting)

    def keep_parameter(self, setting: str, value: str) -> None:
        self.parameters[setting] = value

    def kids(self) -> list[str]:
        return [key["kid"] for key in json.loads(self.parameters[signing_keys.PUBLIC])["keys"]]

    def signing(self) -> str:
        return str(json.loads(self.kept["auth"][signing_keys.PRIVATE])["kid"])


@pytest.fixture
def vault() -> Memory:
    made = Memory()
    put_secrets.write_secrets(made, "dev", GIVEN)  # type: ignore[arg-type]  # a vault by its methods
    return made


def test_each_function_gets_what_it_needs_and_nothing_else(vault: Memory) -> None:
    for function, names in privileges.SECRETS.items():
        assert set(vault.kept.get(function, {})) == set(names)
    assert vault.kept["payments-sweep"] == {"LMS_RAZORPAY_KEY_SECRET": "key"}
    assert vault.parameters["LMS_RAZORPAY_KEY_ID"] == "rzp_test_x"


def test_what_nobody_gives_is_made_and_shared(vault: Memory) -> None:
    cursor_keys = {held["LMS_CURSOR_KEY"] for held in vault.kept.values() if "LMS_CURSOR_KEY" in held}
    assert len(cursor_keys) == 1
    assert len(cursor_keys.pop()) >= 32
    assert len(vault.kept["auth"]["LMS_REFRESH_KEY"]) >= 32
    assert vault.kids() == [vault.signing()]
    assert "d" not in json.loads(vault.parameters[signing_keys.PUBLIC])["keys"][0]


def test_a_rotation_changes_one_value_wherever_it_is_needed(vault: Memory) -> None:
    before = {name: dict(held) for name, held in vault.kept.items()}
    lines = put_secrets.write_secrets(vault, "dev", {"LMS_RAZORPAY_KEY_SECRET": "new,key"})  # type: ignore[arg-type]
    for function, held in vault.kept.items():
        changed = {name for name in held if held[name] != before[function][name]}
        assert changed == ({"LMS_RAZORPAY_KEY_SECRET"} & set(held))
    assert not any("new" in line for line in lines)


def test_nothing_is_written_unless_everything_is_there() -> None:
    vault = Memory()
    with pytest.raises(InvalidValues, match="missing: LMS_CLOUDINARY_API_KEY"):
        put_secrets.write_secrets(vault, "dev", {"LMS_RAZORPAY_KEY_ID": "rzp_test_x"})  # type: ignore[arg-type]
    for wrong in ({"LMS_REFRESH_KEY": " "}, {"LMS_TYPO": "x"}):
        with pytest.raises(InvalidValues):
            put_secrets.write_secrets(vault, "dev", GIVEN | wrong)  # type: ignore[arg-type]
    assert (vault.kept, vault.parameters) == ({}, {})


def test_the_signing_key_changes_in_three_steps_that_keep_every_token_good(vault: Memory) -> None:
    first = vault.signing()
    signing_keys.announce(vault, "dev")  # type: ignore[arg-type]
    known = vault.kids()
    assert (known[0], len(known), vault.signing()) == (first, 2, first)
    with pytest.raises(LookupError):
        signing_keys.announce(vault, "dev")  # type: ignore[arg-type]
    with pytest.raises(LookupError):
        signing_keys.retire(vault)  # type: ignore[arg-type]
    signing_keys.use(vault)  # type: ignore[arg-type]
    assert (vault.signing(), vault.kids()) == (known[1], known)
    signing_keys.retire(vault)  # type: ignore[arg-type]
    assert vault.kids() == [known[1]]
    assert set(vault.kept["auth"]) == set(privileges.SECRETS["auth"])
