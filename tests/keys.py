"""The signing key of the tests, and tokens made with it (not with the code under test)."""

import json
import uuid
from datetime import datetime, timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared import clock

SIGNING_KEY = Ed25519PrivateKey.from_private_bytes(b"lectern-test-signing-key-32-byte")
_JWK = jwt.algorithms.OKPAlgorithm.to_jwk(SIGNING_KEY, as_dict=True)
PRIVATE_JWK = json.dumps({**_JWK, "kid": "test-1"})
PUBLIC_JWKS = json.dumps({"keys": [{**{k: v for k, v in _JWK.items() if k != "d"}, "kid": "test-1", "use": "sig"}]})


def access_token(user_id: str, role: str, *, name: str = "Test", at: datetime | None = None, **claims: Any) -> str:
    now = at or clock.now()
    payload = {
        "iss": "lectern",
        "aud": "lectern-api",
        "sub": user_id,
        "role": role,
        "name": name,
        "sid": "ses_01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "jti": uuid.uuid4().hex,
        "iat": now.timestamp(),
        "exp": now + timedelta(seconds=900),
        **claims,
    }
    return jwt.encode(payload, SIGNING_KEY, algorithm="EdDSA", headers={"kid": "test-1", "typ": "at+jwt"})
