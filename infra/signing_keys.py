"""The keys of access tokens: made, announced, used and retired, so that no token is ever refused on the way.

python -m infra.signing_keys STAGE announce    makes the next key; deploy, so that every function knows it
python -m infra.signing_keys STAGE use         signs with it from now on; wait 20 minutes for old tokens to expire
python -m infra.signing_keys STAGE retire      forgets the key before; deploy
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
    """An Ed25519 key as JWK (RFC 8037): the private one, the public one."""
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


def announce(vault: SecretStore, stage: str) -> str:
    """Raises LookupError when another key is waiting to be used."""
    held = vault.secrets_of("auth")
    if _NEXT in held:
        raise LookupError("a next key is announced already: deploy, then `use` it")
    private, public = new_key(stage)
    known: list[Jwk] = json.loads(vault.parameter(PUBLIC) or '{"keys": []}')["keys"]
    vault.keep("auth", {**held, _NEXT: json.dumps(private)})
    vault.keep_parameter(PUBLIC, json.dumps({"keys": [*known, public]}))
    return f"{public['kid']} is announced: deploy, then `use` it"


def use(vault: SecretStore) -> str:
    """Raises LookupError when no key was announced."""
    held = vault.secrets_of("auth")
    if _NEXT not in held:
        raise LookupError("no key is announced: `announce` one, and deploy")
    kid = json.loads(held[_NEXT])["kid"]
    vault.keep("auth", {**{name: value for name, value in held.items() if name != _NEXT}, PRIVATE: held[_NEXT]})
    return f"{kid} signs within five minutes: `retire` the key before in twenty"


def retire(vault: SecretStore) -> str:
    """Raises LookupError when a key is waiting to be used."""
    held = vault.secrets_of("auth")
    if _NEXT in held:
        raise LookupError("a next key is announced: `use` it first")
    kid = json.loads(held[PRIVATE])["kid"]
    known: list[Jwk] = json.loads(vault.parameter(PUBLIC) or '{"keys": []}')["keys"]
    vault.keep_parameter(PUBLIC, json.dumps({"keys": [key for key in known if key["kid"] == kid]}))
    return f"only {kid} is known: deploy"


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
    except LookupError as reason:
        print(reason.args[0], file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
