"""Rotates the signing key of access tokens in three steps, so that no function ever rejects a valid token.

python -m infra.signing_keys STAGE announce    generates the next key; then deploy, so that every function accepts it
python -m infra.signing_keys STAGE use         signs with the next key; then wait 20 minutes until old tokens expire
python -m infra.signing_keys STAGE retire      removes the previous key; then deploy
"""

import base64
import json
import secrets
import sys
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from infra.secret_store import SecretStore

PRIVATE: Final = "LMS_JWT_PRIVATE_KEY"
PUBLIC: Final = "LMS_JWT_PUBLIC_KEYS"
_NEXT: Final = "LMS_JWT_PRIVATE_KEY_NEXT"

Jwk = dict[str, Any]


def new_key(stage: str) -> tuple[Jwk, Jwk]:
    """Generates an Ed25519 key pair; returns the private and the public key as JWK (RFC 8037)."""
    key = Ed25519PrivateKey.generate()
    public = {
        "kty": "OKP",
        "crv": "Ed25519",
        "alg": "EdDSA",
        "use": "sig",
        "kid": f"{stage}-{secrets.token_hex(4)}",
        "x": _base64url(key.public_key().public_bytes_raw()),
    }
    return {**public, "d": _base64url(key.private_bytes_raw())}, public


def announce(store: SecretStore, stage: str) -> str:
    """Generates the next key and publishes its public key. Raises LookupError when there is a next key already."""
    auth_secrets = store.function_secrets("auth")
    if _NEXT in auth_secrets:
        raise LookupError("a next key is announced already: deploy, then `use` it")
    private, public = new_key(stage)
    store.put_function_secret("auth", {**auth_secrets, _NEXT: json.dumps(private)})
    _put_public_keys(store, [*_public_keys(store), public])
    return f"{public['kid']} is announced: deploy, then `use` it"


def use(store: SecretStore) -> str:
    """Makes the next key the signing key. Raises LookupError when there is no next key."""
    auth_secrets = store.function_secrets("auth")
    if _NEXT not in auth_secrets:
        raise LookupError("no key is announced: `announce` one, then deploy")
    next_key = auth_secrets.pop(_NEXT)
    store.put_function_secret("auth", {**auth_secrets, PRIVATE: next_key})
    return f"{json.loads(next_key)['kid']} signs within five minutes: `retire` the previous key in twenty"


def retire(store: SecretStore) -> str:
    """Removes every public key except that of the signing key. Raises LookupError when there is a next key."""
    auth_secrets = store.function_secrets("auth")
    if _NEXT in auth_secrets:
        raise LookupError("a next key is announced: `use` it first")
    kid = json.loads(auth_secrets[PRIVATE])["kid"]
    _put_public_keys(store, [key for key in _public_keys(store) if key["kid"] == kid])
    return f"{kid} is the only public key: deploy"


def _public_keys(store: SecretStore) -> list[Jwk]:
    keys: list[Jwk] = json.loads(store.parameter(PUBLIC) or '{"keys": []}')["keys"]
    return keys


def _put_public_keys(store: SecretStore, keys: list[Jwk]) -> None:
    store.put_parameter(PUBLIC, json.dumps({"keys": keys}))


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def main(arguments: list[str]) -> int:
    try:
        match arguments:
            case [stage, "announce"]:
                print(announce(SecretStore(stage), stage))
            case [stage, "use"]:
                print(use(SecretStore(stage)))
            case [stage, "retire"]:
                print(retire(SecretStore(stage)))
            case _:
                print(__doc__, file=sys.stderr)
                return 2
    except LookupError as error:
        print(error.args[0], file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
