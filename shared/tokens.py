"""Verification of access tokens with public keys, in every function; functions/auth alone signs them (RFC 8725)."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

import jwt

from shared import clock
from shared.config import settings
from shared.domain.lifecycle import Role
from shared.errors import Unauthenticated

ISSUER: Final = "lectern"
AUDIENCE: Final = "lectern-api"
ALGORITHM: Final = "EdDSA"
TYPE: Final = "at+jwt"
ACCESS_SECONDS: Final = 900
_LEEWAY_SECONDS: Final = 5


@dataclass(frozen=True, slots=True)
class Caller:
    """The authenticated user of a request, from the access token. `issued_at` is exact to the millisecond, because a
    revocation compares it with its own time."""

    user_id: str
    role: Role
    name: str
    session_id: str
    issued_at: datetime


@cache
def _public_keys(jwks: str) -> dict[str, Any]:
    return {key["kid"]: jwt.PyJWK(key, algorithm=ALGORITHM).key for key in json.loads(jwks)["keys"]}


def verify_access_token(token: str) -> Caller:
    """The caller that the token identifies.

    Raises Unauthenticated for a token that is expired, lacks a claim, or has another algorithm, type, key, issuer or
    audience. Unusable public keys in the settings raise their own error: they are not the caller's fault."""
    public_keys = _public_keys(settings().jwt_public_keys)
    try:
        header = jwt.get_unverified_header(token)
        key = public_keys.get(str(header.get("kid")))
        if key is None or header.get("typ") != TYPE or header.get("alg") != ALGORITHM:
            raise Unauthenticated
        claims = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            issuer=ISSUER,
            audience=AUDIENCE,
            options={
                "require": ["exp", "iat", "sub", "jti", "aud", "iss", "role", "sid"],
                "verify_exp": False,
                "verify_iat": False,
            },
        )
        _check_times(claims["iat"], claims["exp"])
        return Caller(
            user_id=claims["sub"],
            role=Role(claims["role"]),
            name=str(claims.get("name", "")),
            session_id=claims["sid"],
            issued_at=datetime.fromtimestamp(claims["iat"], UTC),
        )
    except (jwt.PyJWTError, ValueError, TypeError, KeyError, OverflowError) as error:
        raise Unauthenticated from error


def _check_times(issued: float, expires: float) -> None:
    """Raises Unauthenticated outside of the validity period. Reads shared.clock instead of the system clock that PyJWT
    reads, so that tests can set the time."""
    now = clock.now().timestamp()
    if not issued - _LEEWAY_SECONDS <= now < expires + _LEEWAY_SECONDS:
        raise Unauthenticated
