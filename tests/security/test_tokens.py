"""Forged tokens, and secrets that must not be stored or logged: RFC 8725, RFC 9700, ASVS 5.0 chapter 9."""

import base64
import hashlib
import hmac
import json
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from functions.auth import tokens
from shared import clock, config
from shared.config import SettingUnusable
from shared.db.entities import Session
from shared.db.table import base, keys, store
from shared.observability import logger
from tests.fixtures.api import Api
from tests.fixtures.jwt_keys import PRIVATE_JWK, SIGNING_KEY, access_token

USER = "usr_01ARZ3NDEKTSV4RRFFQ69G5FAV"
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(b"an Ed25519 key of somebody else!")
PASSWORD = "canary-password-0f3a"
ASHA = {"name": "Asha", "email": "canary.address@example.com", "password": PASSWORD, "role": "student"}


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def claims(**changes: Any) -> dict[str, Any]:
    genuine = jwt.decode(access_token(USER, "student"), options={"verify_signature": False})
    return {name: value for name, value in {**genuine, **changes}.items() if value is not None}


def sign_token(payload: dict[str, Any], key: Any = SIGNING_KEY, algorithm: str = "EdDSA", **header: Any) -> str:
    whole = {"kid": "test-1", "typ": "at+jwt", **header}
    return jwt.encode(payload, key, algorithm=algorithm, headers={k: v for k, v in whole.items() if v is not None})


def build_token(header: dict[str, Any], payload: dict[str, Any], sign: Callable[[bytes], bytes]) -> str:
    signed = f"{b64(json.dumps(header).encode())}.{b64(json.dumps(payload).encode())}"
    return f"{signed}.{b64(sign(signed.encode()))}"


def hs256_with_public_key(public_key: bytes) -> str:
    header = {"alg": "HS256", "kid": "test-1", "typ": "at+jwt"}
    return build_token(header, claims(), lambda signed: hmac.digest(public_key, signed, hashlib.sha256))


def token_with_changed_role() -> str:
    head, payload, signature = access_token(USER, "student").split(".")
    decoded = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return f"{head}.{b64(json.dumps({**decoded, 'role': 'admin'}).encode())}.{signature}"


def foreign_jwk() -> dict[str, Any]:
    jwk: dict[str, Any] = jwt.algorithms.OKPAlgorithm.to_jwk(OTHER_KEY.public_key(), as_dict=True)
    return jwk


RAW = SIGNING_KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
PEM = SIGNING_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

FORGED: dict[str, Callable[[], str]] = {
    "alg none": lambda: build_token({"alg": "none", "kid": "test-1", "typ": "at+jwt"}, claims(), lambda _: b""),
    "alg None": lambda: build_token({"alg": "None", "kid": "test-1", "typ": "at+jwt"}, claims(), lambda _: b""),
    "hs256 with the public key, raw": lambda: hs256_with_public_key(RAW),
    "hs256 with the public key, pem": lambda: hs256_with_public_key(PEM),
    "hs256 with an empty key": lambda: hs256_with_public_key(b""),
    "alg hs256 over a genuine signature": lambda: build_token(
        {"alg": "HS256", "kid": "test-1", "typ": "at+jwt"}, claims(), SIGNING_KEY.sign
    ),
    "no alg": lambda: build_token({"kid": "test-1", "typ": "at+jwt"}, claims(), SIGNING_KEY.sign),
    "unknown kid": lambda: sign_token(claims(), kid="test-2"),
    "kid is a file path": lambda: sign_token(claims(), kid="../../dev/null"),
    "no kid": lambda: sign_token(claims(), kid=None),
    "another key under our kid": lambda: sign_token(claims(), OTHER_KEY),
    "another key in the jwk header": lambda: sign_token(claims(), OTHER_KEY, jwk=foreign_jwk()),
    "another key in the jwk header under its own kid": lambda: sign_token(
        claims(), OTHER_KEY, kid="mine", jwk=foreign_jwk()
    ),
    "another key at the jku header's URL": lambda: sign_token(
        claims(), OTHER_KEY, jku="https://evil.example/jwks.json"
    ),
    "typ JWT": lambda: sign_token(claims(), typ="JWT"),
    "typ refresh": lambda: sign_token(claims(), typ="rt+jwt"),
    "no typ": lambda: sign_token(claims(), typ=""),
    "expired": lambda: access_token(USER, "student", at=clock.now() - timedelta(seconds=910)),
    "issued tomorrow": lambda: access_token(USER, "student", at=clock.now() + timedelta(days=1)),
    **{
        f"without {name}": lambda name=name: sign_token(claims(**{name: None}))  # type: ignore[misc]
        for name in ("exp", "iat", "sub", "jti", "aud", "iss", "role", "sid")
    },
    "other issuer": lambda: sign_token(claims(iss="https://evil.example")),
    "other audience": lambda: sign_token(claims(aud="another-api")),
    "unknown role": lambda: sign_token(claims(role="owner")),
    "role changed after signing": token_with_changed_role,
    "signature cut off": lambda: access_token(USER, "student").rpartition(".")[0] + ".",
    "signature of another token": lambda: ".".join(
        (*access_token(USER, "admin").split(".")[:2], access_token(USER, "student").split(".")[2])
    ),
    "not a token": lambda: "garbage",
    "100,000 characters": lambda: "e" * 100_000,
    "nested 10,000 deep": lambda: f"{b64(b'[' * 10_000)}.{b64(b'[' * 10_000)}.x",
}


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED.keys())
def test_forged_or_expired_access_token_returns_401(anonymous: Api, forged: Callable[[], str]) -> None:
    for path in ("/api/auth/me", "/api/users"):
        reply = Api(forged()).get(path)
        assert (reply.status, reply.code) == (401, "unauthenticated")
        assert reply.headers["WWW-Authenticate"] == "Bearer"


def test_genuine_token_built_like_the_forged_ones_returns_200(student: Api) -> None:
    assert Api(sign_token(claims(sub=student.user_id))).get("/api/auth/me").status == 200


def test_access_and_refresh_tokens_are_not_interchangeable(anonymous: Api) -> None:
    pair = anonymous.post("/api/auth/register", ASHA).json
    as_access = Api(pair["refresh_token"]).get("/api/auth/me")
    assert (as_access.status, as_access.code) == (401, "unauthenticated")
    for refresh in (
        anonymous.post("/api/auth/refresh_token", {"refresh_token": pair["access_token"]}),
        Api(pair["access_token"]).get("/api/auth/refresh_token"),
        anonymous.get("/api/auth/refresh_token", cookies=[f"lectern_refresh={pair['access_token']}"]),
    ):
        assert (refresh.status, refresh.code) == (401, "refresh_token_invalid")


def test_refresh_token_with_any_part_changed_returns_401(anonymous: Api) -> None:
    token = anonymous.post("/api/auth/register", ASHA).json["refresh_token"]
    version, user, session, counter, mac = token.split(".")
    other = "usr_01ARZ3NDEKTSV4RRFFQ69G5FAV"
    for forged in (
        (version, other, session, counter, mac),
        (version, user, "ses_01ARZ3NDEKTSV4RRFFQ69G5FAV", counter, mac),
        (version, user, session, "1", mac),
        (version, user, session, "00", mac),
        (version, user, session, counter, "A" * 43),
        (version, user, session, counter, ""),
        (version, user, session, counter, mac[:-1]),
        ("v2", user, session, counter, mac),
        (version, user, session, counter, mac + "\n"),
    ):
        reply = anonymous.post("/api/auth/refresh_token", {"refresh_token": ".".join(forged)})
        assert (reply.status, reply.code) == (401, "refresh_token_invalid")
    assert anonymous.post("/api/auth/refresh_token", {"refresh_token": token}).status == 200


def test_stored_items_contain_no_token_password_or_idempotency_key(anonymous: Api) -> None:
    pair = anonymous.post("/api/auth/register", ASHA, headers={"Idempotency-Key": "canary-key"}).json
    mac = pair["refresh_token"].rpartition(".")[2]
    client: Any = base.table().connection.client
    response = client.scan(TableName=base.table().table_name)
    stored = json.dumps(response["Items"])
    assert mac not in stored
    assert pair["access_token"].rpartition(".")[2] not in stored
    assert PASSWORD not in stored
    assert "canary-key" not in stored


def test_rotated_refresh_key_keeps_sessions_of_the_previous_key(
    anonymous: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = anonymous.post("/api/auth/register", ASHA).json["refresh_token"]
    old, new = "test-refresh-key-of-at-least-32-bytes", "the-refresh-key-after-the-rotation-is-done"
    monkeypatch.setenv("LMS_REFRESH_KEY", f"{new},{old}")
    reply = anonymous.post("/api/auth/refresh_token", {"refresh_token": token})
    assert reply.status == 200
    monkeypatch.setenv("LMS_REFRESH_KEY", new)
    assert anonymous.post("/api/auth/refresh_token", {"refresh_token": reply.json["refresh_token"]}).status == 200
    assert anonymous.post("/api/auth/refresh_token", {"refresh_token": token}).code == "refresh_token_invalid"


@pytest.mark.parametrize("key", ["short", "x" * 31, "test-refresh-key-of-at-least-32-bytes,short"])
def test_short_refresh_key_raises_setting_unusable(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv("LMS_REFRESH_KEY", key)
    with pytest.raises(SettingUnusable, match="LMS_REFRESH_KEY"):
        tokens.parse_refresh_token(f"v1.{USER}.ses_01ARZ3NDEKTSV4RRFFQ69G5FAV.0.{'A' * 43}")


@pytest.mark.parametrize(
    ("private_key", "message"),
    [
        ("{}", "must be an Ed25519 private key"),
        ("not json", "must be an Ed25519 private key"),
        (PRIVATE_JWK.replace("test-1", "test-9"), "missing from LMS_JWT_PUBLIC_KEYS"),
    ],
)
def test_invalid_or_unpublished_signing_key_raises_setting_unusable(
    anonymous: Api, monkeypatch: pytest.MonkeyPatch, private_key: str, message: str
) -> None:
    monkeypatch.setenv("LMS_JWT_PRIVATE_KEY", private_key)
    with pytest.raises(SettingUnusable, match=message):
        tokens.signing_key()


class _LineCollector(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


def test_auth_logs_contain_no_password_token_or_email(
    anonymous: Api, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LMS_LOG_LEVEL", "DEBUG")
    config.clear_cache()
    collector = _LineCollector()
    log: Any = logger()
    collector.setFormatter(log.registered_formatter)
    log.addHandler(collector)
    level = log.log_level
    log.setLevel(logging.DEBUG)
    try:
        signatures = _exercise_auth_failures(anonymous, monkeypatch)
    finally:
        log.setLevel(level)
        log.removeHandler(collector)
    output = "\n".join(collector.lines) + "".join(capsys.readouterr())
    assert "login_refused" in output
    assert "refresh_token_reused" in output
    assert "unhandled" in output
    for secret in (PASSWORD, "canary.address", *signatures):
        assert secret not in output


def _exercise_auth_failures(anonymous: Api, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Registers, signs in, refreshes and signs out, with and without errors. Returns the signatures of all tokens."""
    first = anonymous.post("/api/auth/register", ASHA)
    pair = [first.json["access_token"], first.json["refresh_token"]]
    anonymous.post("/api/auth/register", ASHA)
    anonymous.post("/api/auth/register", {**ASHA, "role": "admin", "password": PASSWORD + "2"})
    anonymous.post("/api/auth/login", {"email": ASHA["email"], "password": PASSWORD + "3"})
    anonymous.post(
        "/api/auth/login", raw=f'{{"password": "{PASSWORD}"'.encode(), headers={"Content-Type": "text/plain"}
    )
    anonymous.post(
        "/api/auth/login", raw=f'{{"password": "{PASSWORD}"'.encode(), headers={"Content-Type": "application/json"}
    )
    second = anonymous.get("/api/auth/refresh_token", cookies=[f"lectern_refresh={pair[1]}"]).json
    third = anonymous.post("/api/auth/refresh_token", {"refresh_token": second["refresh_token"]}).json
    anonymous.post("/api/auth/refresh_token", {"refresh_token": pair[1]})
    anonymous.get("/api/auth/logout", headers={"Authorization": f"Bearer {third['refresh_token']}"})
    Api(pair[0]).post("/api/auth/me/password", {"current_password": PASSWORD, "new_password": PASSWORD + "4"})
    Api(pair[0] + "x").get("/api/auth/me")
    monkeypatch.setattr("functions.auth.passwords.hash_password", lambda _: 1 / 0)
    assert anonymous.post("/api/auth/register", {**ASHA, "email": "canary.address2@example.com"}).status == 500
    tokens_seen = [*pair, *(tokens[name] for tokens in (second, third) for name in ("access_token", "refresh_token"))]
    return [token.rpartition(".")[2] for token in tokens_seen]


def test_session_item_stores_only_rotation_state(anonymous: Api) -> None:
    user_id = anonymous.post("/api/auth/register", ASHA).json["user"]["id"]
    [session] = [i for i in store.query_all(keys.user(user_id).pk) if isinstance(i, Session)]
    assert set(session.attribute_values) == {
        *("pk", "sk", "kind", "session_id", "user_id", "epoch", "counter", "rotated_at", "created_at"),
        *("revoked", "ends_at", "expires_at"),
    }
