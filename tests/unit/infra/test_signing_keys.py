"""Rotation of the signing key: no step makes a valid token invalid."""

import json

import pytest

from infra import privileges, signing_keys
from infra.secret_store import SecretStore


def public_key_ids(store: SecretStore) -> list[str]:
    return [key["kid"] for key in json.loads(store.parameter(signing_keys.PUBLIC) or "")["keys"]]


def signing_key_id(store: SecretStore) -> str:
    return str(json.loads(store.function_secrets("auth")[signing_keys.PRIVATE])["kid"])


def test_signing_key_rotation_in_three_steps_keeps_tokens_valid(store: SecretStore) -> None:
    first = signing_key_id(store)
    signing_keys.announce(store, "dev")
    _, second = public_key_ids(store)
    assert (public_key_ids(store), signing_key_id(store)) == ([first, second], first)
    signing_keys.use(store)
    assert (public_key_ids(store), signing_key_id(store)) == ([first, second], second)
    signing_keys.retire(store)
    assert (public_key_ids(store), signing_key_id(store)) == ([second], second)
    assert set(store.function_secrets("auth")) == set(privileges.SECRETS["auth"])


def test_signing_keys_announce_or_retire_with_a_next_key_raises_lookup_error(store: SecretStore) -> None:
    signing_keys.announce(store, "dev")
    with pytest.raises(LookupError, match="announced already"):
        signing_keys.announce(store, "dev")
    with pytest.raises(LookupError, match="`use` it first"):
        signing_keys.retire(store)


def test_signing_keys_use_without_a_next_key_exits_with_1_and_the_message(
    store: SecretStore, capsys: pytest.CaptureFixture[str]
) -> None:
    assert signing_keys.main(["dev", "use"]) == 1
    assert capsys.readouterr().err == "no key is announced: `announce` one, then deploy\n"
