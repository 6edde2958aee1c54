"""Signs access tokens; creates and parses refresh tokens. This is the only module with the private key.

A refresh token is `v1.<user>.<session>.<counter>.<HMAC-SHA256 of the preceding text>`. It is computed and never stored:
the session stores only the counter. A stolen copy of the table therefore contains no credentials, and the next token
can be issued again if the response with it was lost (docs/decisions/0001-refresh-tokens-from-a-counter.md).
"""

import base64
import hashlib
import hmac
import json
import re
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final

import jwt

from shared import tokens
from shared.config import SettingUnusable, settings
from shared.db.entities import Session, User
from shared.secrets import Secret, secret, secret_values

_REFRESH_TOKEN: Final = re.compile(
    r"(v1\.(usr_[0-9A-HJKMNP-TV-Z]{26})\.(ses_[0-9A-HJKMNP-TV-Z]{26})\.(0|[1-9][0-9]{0,8}))\.([A-Za-z0-9_-]{43})"
)
_MIN_KEY_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """The contents of an authentic refresh token. Whether it is still valid depends on its session."""

    user_id: str
    session_id: str
    counter: int


def sign_access_token(user: User, session_id: str, now: datetime) -> str:
    """An access token that is valid for 15 minutes. `now` must be a time before the user was read, so that a later
    change of the user invalidates the token."""
    key, kid = signing_key()
    claims = {
        "iss": tokens.ISSUER,
        "aud": tokens.AUDIENCE,
        "sub": user.user_id,
        "role": user.role.value,
        "name": user.name,
        "sid": session_id,
        "jti": uuid.uuid4().hex,
        "iat": now.timestamp(),
        "exp": now + timedelta(seconds=tokens.ACCESS_SECONDS),
    }
    return jwt.encode(claims, key, algorithm=tokens.ALGORITHM, headers={"kid": kid, "typ": tokens.TYPE})


def refresh_token_for(session: Session) -> str:
    """The newest refresh token of the session; the same for the same counter. Raises SettingUnusable."""
    payload = f"v1.{session.user_id}.{session.session_id}.{session.counter}"
    return f"{payload}.{_mac(payload, _refresh_keys()[0])}"


def parse_refresh_token(token: str) -> RefreshToken | None:
    """The contents of a refresh token; None unless it was signed with one of the current keys."""
    match = _REFRESH_TOKEN.fullmatch(token)
    if not match:
        return None
    payload, user_id, session_id, counter, mac = match.groups()
    if not any(hmac.compare_digest(mac, _mac(payload, key)) for key in _refresh_keys()):
        return None
    return RefreshToken(user_id, session_id, int(counter))


def public_keys() -> str:
    """The JSON Web Key Set with which other parties verify tokens. Private members are left out, even if the setting
    contains them."""
    public_members = ("kty", "crv", "x", "kid", "use", "alg")
    keys = json.loads(settings().jwt_public_keys)["keys"]
    return json.dumps({"keys": [{name: key[name] for name in public_members if name in key} for key in keys]})


def signing_key() -> tuple[Any, str]:
    """The private key and its `kid`. Raises SettingUnusable for an invalid key, and for a key that is missing from the
    public set, because its tokens could not be verified."""
    return _private_key(secret(Secret.JWT_PRIVATE_KEY), settings().jwt_public_keys)


@cache
def _private_key(jwk: str, public: str) -> tuple[Any, str]:
    try:
        kid = str(json.loads(jwk)["kid"])
        key = jwt.PyJWK(json.loads(jwk), algorithm=tokens.ALGORITHM).key
    except (ValueError, KeyError, TypeError, jwt.PyJWTError) as error:
        raise SettingUnusable(f"{Secret.JWT_PRIVATE_KEY} must be an Ed25519 private key as JWK, with a kid") from error
    if kid not in {key.get("kid") for key in json.loads(public)["keys"]}:
        raise SettingUnusable(f"{Secret.JWT_PRIVATE_KEY}: its kid is missing from LMS_JWT_PUBLIC_KEYS")
    return key, kid


def _refresh_keys() -> tuple[str, ...]:
    keys = secret_values(Secret.REFRESH_KEY)
    if any(len(key.encode()) < _MIN_KEY_BYTES for key in keys):
        raise SettingUnusable(f"{Secret.REFRESH_KEY} must have at least {_MIN_KEY_BYTES} bytes")
    return keys


def _mac(payload: str, key: str) -> str:
    return base64.urlsafe_b64encode(hmac.digest(key.encode(), payload.encode(), hashlib.sha256)).decode().rstrip("=")
