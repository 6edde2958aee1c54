"""Registration, login, refresh and logout through the handlers, on a real database engine."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest

from shared import clock, ids
from shared.db.entities import EmailAddress, Session, User
from shared.db.table import keys, store
from shared.domain.lifecycle import Role
from shared.tokens import verify_access_token
from tests.fixtures.api import Api, Reply

ASHA = {"name": "Asha Rao", "email": "asha@example.com", "password": "a long enough phrase", "role": "student"}


def register(api: Api, **changes: Any) -> Reply:
    return api.post("/api/auth/register", {**ASHA, **changes})


def cookie_of(reply: Reply) -> str:
    [cookie] = reply.cookies
    return cookie.partition(";")[0]


def test_register_returns_201_with_user_tokens_and_documented_fields(anonymous: Api) -> None:
    reply = register(anonymous)
    assert reply.status == 201
    assert set(reply.json) == {"user", "access_token", "refresh_token", "token_type", "expires_in"}
    assert (reply.json["token_type"], reply.json["expires_in"]) == ("Bearer", 900)
    user = reply.json["user"]
    assert ids.USER.fullmatch(user["id"])
    assert (user["name"], user["email"], user["role"]) == ("Asha Rao", "asha@example.com", "student")
    assert "password_hash" not in user
    assert reply.headers["Cache-Control"] == "no-store"
    caller = verify_access_token(reply.json["access_token"])
    assert (caller.user_id, caller.role, caller.name) == (user["id"], Role.STUDENT, "Asha Rao")
    me = Api(reply.json["access_token"]).get("/api/auth/me")
    more = {"gstin": None, "firm_name": None, "firm_address": None, "state_required": False}
    assert (me.status, me.json) == (200, {**user, **more})


def test_refresh_cookie_is_httponly_samesite_strict_and_secure_outside_local_stage(
    anonymous: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    from shared import config

    reply = register(anonymous)
    assert (
        reply.cookies
        == [
            f"lectern_refresh={reply.json['refresh_token']}; Max-Age=2592000; Path=/api/auth; HttpOnly; SameSite=Strict"
        ]
        or "Max-Age=2591999" in reply.cookies[0]
    )
    monkeypatch.setenv("LMS_STAGE", "dev")
    config.clear_cache()
    [cookie] = anonymous.post("/api/auth/login", {"email": ASHA["email"], "password": ASHA["password"]}).cookies
    assert cookie.endswith("; Path=/api/auth; Secure; HttpOnly; SameSite=Strict")


def test_register_stores_only_an_argon2id_hash_of_the_password(anonymous: Api) -> None:
    user_id = register(anonymous).json["user"]["id"]
    stored = store.get(User, keys.user(user_id))
    assert stored
    assert stored.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


@pytest.mark.parametrize(
    "email", ["asha@example.com", "ASHA@EXAMPLE.COM", "Asha@Example.Com", " asha@example.com ", "\uff41sha@example.com"]
)
def test_register_with_equivalent_email_spelling_returns_409_email_taken(anonymous: Api, email: str) -> None:
    assert register(anonymous).status == 201
    again = register(anonymous, email=email)
    assert (again.status, again.code) == (409, "email_taken")
    assert anonymous.post("/api/auth/login", {"email": email, "password": ASHA["password"]}).status == 200


@pytest.mark.parametrize(
    ("changes", "loc", "kind"),
    [
        ({"role": "admin"}, ["body", "role"], "literal_error"),
        ({"is_verified": True}, ["body", "is_verified"], "extra_forbidden"),
        ({"id": "usr_1"}, ["body", "id"], "extra_forbidden"),
        ({"status": "active"}, ["body", "status"], "extra_forbidden"),
        ({"created_at": "2020-01-01T00:00:00.000Z"}, ["body", "created_at"], "extra_forbidden"),
        ({"email": "asha@"}, ["body", "email"], "email_invalid"),
        ({"email": {"$ne": ""}}, ["body", "email"], "string_type"),
        ({"password": "short"}, ["body", "password"], "string_too_short"),
        ({"password": "x" * 129}, ["body", "password"], "string_too_long"),
        ({"password": "Password1"}, ["body", "password"], "password_common"),
        ({"name": "   "}, ["body", "name"], "string_too_short"),
        ({"name": "a\x00b"}, ["body", "name"], "string_pattern_mismatch"),
    ],
)
def test_register_with_invalid_field_returns_422_naming_field_and_creates_nothing(
    anonymous: Api, changes: dict[str, Any], loc: list[str], kind: str
) -> None:
    reply = register(anonymous, **changes)
    assert (reply.status, reply.code) == (422, "invalid")
    assert [(error["loc"], error["type"]) for error in reply.json["errors"]] == [(loc, kind)]
    assert store.get(EmailAddress, keys.email("asha@example.com")) is None


def test_login_compares_passwords_case_sensitively_beyond_72_bytes(anonymous: Api) -> None:
    assert register(anonymous, password="a" * 72 + "b").status == 201
    for wrong in ("a" * 72 + "c", "a" * 72, "A" * 72 + "b"):
        reply = anonymous.post("/api/auth/login", {"email": ASHA["email"], "password": wrong})
        assert (reply.status, reply.code) == (401, "credentials_invalid")


def test_register_concurrent_same_email_creates_exactly_one_user(anonymous: Api) -> None:
    with ThreadPoolExecutor(16) as pool:
        replies = list(pool.map(lambda n: register(anonymous, name=f"Asha {n}"), range(50)))
    assert sorted(reply.status for reply in replies) == [201] + [409] * 49
    [winner] = [reply for reply in replies if reply.status == 201]
    claimed = store.get(EmailAddress, keys.email("asha@example.com"))
    assert claimed
    assert claimed.user_id == winner.json["user"]["id"]
    assert len(store.query_all("ROLE#student", index=keys.GSI1)) == 1


def test_register_repeated_with_same_key_returns_same_user_and_new_session(anonymous: Api) -> None:
    key = {"Idempotency-Key": "registration-1"}
    first = anonymous.post("/api/auth/register", ASHA, headers=key)
    again = anonymous.post("/api/auth/register", ASHA, headers=key)
    assert (first.status, again.status) == (201, 201)
    assert again.json["user"] == first.json["user"]
    assert again.json["refresh_token"] != first.json["refresh_token"]
    assert len([i for i in store.query_all(f"USER#{first.json['user']['id']}") if isinstance(i, Session)]) == 2
    for changes in ({"email": "other@example.com"}, {"password": "another long phrase"}, {"name": "Ravi"}):
        reply = anonymous.post("/api/auth/register", {**ASHA, **changes}, headers=key)
        assert (reply.status, reply.code) == (422, "idempotency_key_reused")
    assert store.get(EmailAddress, keys.email("other@example.com")) is None
    assert anonymous.post("/api/auth/register", ASHA, headers={"Idempotency-Key": "x y"}).status == 400


def test_register_concurrent_with_same_key_returns_201_with_one_user_to_all(anonymous: Api) -> None:
    key = {"Idempotency-Key": "double-click"}
    with ThreadPoolExecutor(10) as pool:
        replies = list(pool.map(lambda _: anonymous.post("/api/auth/register", ASHA, headers=key), range(20)))
    assert {reply.status for reply in replies} == {201}
    assert len({reply.json["user"]["id"] for reply in replies}) == 1


def test_login_with_unknown_email_or_wrong_password_returns_identical_401(anonymous: Api) -> None:
    register(anonymous)
    unknown = anonymous.post("/api/auth/login", {"email": "nobody@example.com", "password": "a wrong phrase"})
    wrong = anonymous.post("/api/auth/login", {"email": ASHA["email"], "password": "a wrong phrase"})
    assert unknown.status == wrong.status == 401
    assert unknown.code == "credentials_invalid"
    assert {**unknown.json, "trace_id": ""} == {**wrong.json, "trace_id": ""}
    assert set(unknown.headers) == set(wrong.headers)


@pytest.mark.parametrize("transport", ["cookie", "bearer", "body", "get cookie", "get bearer"])
def test_refresh_via_cookie_bearer_or_body_returns_next_token_pair(anonymous: Api, transport: str) -> None:
    first = register(anonymous)
    token = first.json["refresh_token"]
    method = "GET" if transport.startswith("get") else "POST"
    if transport.endswith("cookie"):
        reply = anonymous.call(method, "/api/auth/refresh_token", cookies=[cookie_of(first)])
    elif transport.endswith("bearer"):
        reply = anonymous.call(method, "/api/auth/refresh_token", headers={"Authorization": f"Bearer {token}"})
    else:
        reply = anonymous.post("/api/auth/refresh_token", {"refresh_token": token})
    assert reply.status == 200
    assert reply.json["user"] == first.json["user"]
    assert reply.json["refresh_token"] not in ("", token)
    assert cookie_of(reply) == f"lectern_refresh={reply.json['refresh_token']}"
    assert Api(reply.json["access_token"]).get("/api/auth/me").status == 200


def test_refresh_with_access_token_in_header_still_uses_the_cookie(anonymous: Api) -> None:
    first = register(anonymous)
    signed_in = Api(first.json["access_token"])
    assert signed_in.post("/api/auth/refresh_token", cookies=[cookie_of(first)]).status == 200


def refresh(token: str) -> Reply:
    return Api().post("/api/auth/refresh_token", {"refresh_token": token})


def test_refresh_reuse_of_previous_token_is_idempotent_for_10_s_then_ends_session(anonymous: Api) -> None:
    moment = datetime.fromisoformat("2026-05-01T12:00:00Z")
    with clock.override(lambda: moment):
        first = register(anonymous).json["refresh_token"]
        second = refresh(first).json["refresh_token"]
        moment += timedelta(seconds=10)
        assert refresh(first).json["refresh_token"] == second
        moment += timedelta(milliseconds=1)
        reused = refresh(first)
        assert (reused.status, reused.code) == (401, "refresh_token_reused")
        after = refresh(second)
        assert (after.status, after.code) == (401, "refresh_token_invalid")


def test_refresh_with_token_two_rotations_old_ends_the_session(anonymous: Api) -> None:
    first = register(anonymous).json["refresh_token"]
    second = refresh(first).json["refresh_token"]
    third = refresh(second).json["refresh_token"]
    assert refresh(first).code == "refresh_token_reused"
    assert refresh(third).code == "refresh_token_invalid"


def test_session_ends_30_days_after_login_regardless_of_refreshes(anonymous: Api) -> None:
    moment = datetime.fromisoformat("2026-05-01T12:00:00Z")
    with clock.override(lambda: moment):
        token = register(anonymous).json["refresh_token"]
        moment += timedelta(days=29)
        reply = refresh(token)
        assert "Max-Age=86400;" in reply.cookies[0]
        moment += timedelta(days=1)
        assert refresh(reply.json["refresh_token"]).code == "refresh_token_invalid"


def test_refresh_concurrent_from_several_tabs_returns_one_shared_token(anonymous: Api) -> None:
    token = register(anonymous).json["refresh_token"]
    for _ in range(3):
        with ThreadPoolExecutor(8) as pool:
            replies = list(pool.map(refresh, [token] * 8))
        assert {reply.status for reply in replies} == {200}
        [token] = {reply.json["refresh_token"] for reply in replies}


@pytest.mark.parametrize(
    "token",
    ["", "garbage", "v1.a.b.c.d", "v1." + "x" * 1900, "ключ", "eyJhbGciOiJub25lIn0.e30."],
)
def test_refresh_with_unknown_token_returns_401_and_sets_no_cookie(anonymous: Api, token: str) -> None:
    for reply in (
        refresh(token),
        anonymous.get("/api/auth/refresh_token", cookies=[f"lectern_refresh={token}"]),
        anonymous.post("/api/auth/refresh_token", headers={"Authorization": f"Bearer {token}"}),
        anonymous.get("/api/auth/refresh_token"),
    ):
        assert (reply.status, reply.code) == (401, "refresh_token_invalid")
        assert reply.cookies == []


def test_logout_ends_session_clears_cookie_and_always_returns_204(anonymous: Api) -> None:
    for method in ("GET", "POST"):
        first = anonymous.post("/api/auth/login", {"email": ASHA["email"], "password": ASHA["password"]})
        if first.status != 200:
            first = register(anonymous)
        reply = anonymous.call(method, "/api/auth/logout", cookies=[cookie_of(first)])
        assert (reply.status, reply.text) == (204, "")
        assert reply.cookies == ["lectern_refresh=; Max-Age=0; Path=/api/auth; HttpOnly; SameSite=Strict"]
        assert refresh(first.json["refresh_token"]).code == "refresh_token_invalid"
        for cookies in ([], ["lectern_refresh=garbage"], [cookie_of(first)]):
            assert anonymous.call(method, "/api/auth/logout", cookies=cookies).status == 204
    assert anonymous.post("/api/auth/logout", {"refresh_token": "garbage"}).status == 204
