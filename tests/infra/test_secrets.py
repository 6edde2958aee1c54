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


class InMemorySecretStore:
    """A vault that keeps everything here."""

    def __init__(self) -> None:
        self.secrets: dict[str, dict[str, str]] = {}
        self.parameters: dict[str, str] = {}

    def secrets_of(self, function: str) -> dict[str, str]:
        return dict(self.secrets.get(function, {}))

    def all_secrets(self) -> dict[str, str]:
        return {name: value for held in self.secrets.values() for name, value in held.items()}

    def keep(self, function: str, values: dict[str, str]) -> None:
        self.secrets[function] = dict(values)

    def parameter(self, setting: str) -> str | None:
        return self.parameters.get(setting)

    def keep_parameter(self, setting: str, value: str) -> None:
        self.parameters[setting] = value

    def public_key_ids(self) -> list[str]:
        return [key["kid"] for key in json.loads(self.parameters[signing_keys.PUBLIC])["keys"]]

    def signing_key_id(self) -> str:
        return str(json.loads(self.secrets["auth"][signing_keys.PRIVATE])["kid"])


@pytest.fixture
def secret_store() -> InMemorySecretStore:
    made = InMemorySecretStore()
    put_secrets.write_secrets(made, "dev", GIVEN)  # type: ignore[arg-type]  # a vault by its methods
    return made


def test_put_secrets_gives_each_function_only_its_secrets(secret_store: InMemorySecretStore) -> None:
    for function, names in privileges.SECRETS.items():
        assert set(secret_store.secrets.get(function, {})) == set(names)
    assert secret_store.secrets["payments-sweep"] == {"LMS_RAZORPAY_KEY_SECRET": "key"}
    assert secret_store.parameters["LMS_RAZORPAY_KEY_ID"] == "rzp_test_x"


def test_put_secrets_generates_and_shares_missing_keys(secret_store: InMemorySecretStore) -> None:
    cursor_keys = {held["LMS_CURSOR_KEY"] for held in secret_store.secrets.values() if "LMS_CURSOR_KEY" in held}
    assert len(cursor_keys) == 1
    assert len(cursor_keys.pop()) >= 32
    assert len(secret_store.secrets["auth"]["LMS_REFRESH_KEY"]) >= 32
    assert secret_store.public_key_ids() == [secret_store.signing_key_id()]
    assert "d" not in json.loads(secret_store.parameters[signing_keys.PUBLIC])["keys"][0]


def test_put_secrets_rotation_changes_only_the_given_value(secret_store: InMemorySecretStore) -> None:
    before = {name: dict(held) for name, held in secret_store.secrets.items()}
    lines = put_secrets.write_secrets(secret_store, "dev", {"LMS_RAZORPAY_KEY_SECRET": "new,key"})  # type: ignore[arg-type]
    for function, held in secret_store.secrets.items():
        changed = {name for name in held if held[name] != before[function][name]}
        assert changed == ({"LMS_RAZORPAY_KEY_SECRET"} & set(held))
    assert not any("new" in line for line in lines)


def test_put_secrets_with_missing_or_invalid_values_writes_nothing() -> None:
    vault = InMemorySecretStore()
    with pytest.raises(InvalidValues, match="missing: LMS_CLOUDINARY_API_KEY"):
        put_secrets.write_secrets(vault, "dev", {"LMS_RAZORPAY_KEY_ID": "rzp_test_x"})  # type: ignore[arg-type]
    for wrong in ({"LMS_REFRESH_KEY": " "}, {"LMS_TYPO": "x"}):
        with pytest.raises(InvalidValues):
            put_secrets.write_secrets(vault, "dev", GIVEN | wrong)  # type: ignore[arg-type]
    assert (vault.secrets, vault.parameters) == ({}, {})


def test_signing_key_rotation_in_three_steps_keeps_tokens_valid(secret_store: InMemorySecretStore) -> None:
    first = secret_store.signing_key_id()
    signing_keys.announce(secret_store, "dev")  # type: ignore[arg-type]
    known = secret_store.public_key_ids()
    assert (known[0], len(known), secret_store.signing_key_id()) == (first, 2, first)
    with pytest.raises(LookupError):
        signing_keys.announce(secret_store, "dev")  # type: ignore[arg-type]
    with pytest.raises(LookupError):
        signing_keys.retire(secret_store)  # type: ignore[arg-type]
    signing_keys.use(secret_store)  # type: ignore[arg-type]
    assert (secret_store.signing_key_id(), secret_store.public_key_ids()) == (known[1], known)
    signing_keys.retire(secret_store)  # type: ignore[arg-type]
    assert secret_store.public_key_ids() == [known[1]]
    assert set(secret_store.secrets["auth"]) == set(privileges.SECRETS["auth"])
