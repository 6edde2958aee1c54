"""Registering, signing in, staying signed in, signing out: through the handlers, over a real engine."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest

from shared import clock, ids
from shared.db import keys, store
from shared.db.entities import EmailAddress, Session, User
from shared.lifecycle import Role
from shared.tokens import verify_access_token
from tests.api import Api, Reply

ASHA = {"name": "Asha Rao", "email": "asha@example.com", "password": "a long enough phrase", "role": "student"}


def register(api: Api, **changes: Any) -> Reply:
    return api.post("/api/auth/register", {**ASHA, **changes})


def cookie_of(reply: Reply) -> str:
    [cookie] = reply.cookies
    return cookie.partition(";")[0]


def test_registering_signs_in_and_answers_exactly_what_clients_rely_on(anyone: Api) -> None:
    reply = register(anyone)
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
    assert (me.status, me.json) == (200, user)


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(anyone: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    from shared import config

    reply = register(anyone)
    assert (
        reply.cookies
        == [
            f"lectern_refresh={reply.json['refresh_token']}; Max-Age=2592000; Path=/api/auth; HttpOnly; SameSite=Strict"
        ]
        or "Max-Age=2591999" in reply.cookies[0]
    )
    monkeypatch.setenv("LMS_STAGE", "dev")
    config.clear_cache()
    [cookie] = anyone.post("/api/auth/login", {"email": ASHA["email"], "password": ASHA["password"]}).cookies
    assert cookie.endswith("; Path=/api/auth; Secure; HttpOnly; SameSite=Strict")


def test_only_an_argon2id_hash_of_the_password_is_stored(anyone: Api) -> None:
    user_id = register(anyone).json["user"]["id"]
    stored = store.get(User, keys.user(user_id))
    assert stored
    assert stored.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


@pytest.mark.parametrize(
    "email", ["asha@example.com", "ASHA@EXAMPLE.COM", "Asha@Example.Com", " asha@example.com ", "\uff41sha@example.com"]
)
def test_spellings_of_one_address_are_one_account(anyone: Api, email: str) -> None:
    assert register(anyone).status == 201
    again = register(anyone, email=email)
    assert (again.status, again.code) == (409, "email_taken")
    assert anyone.post("/api/auth/login", {"email": email, "password": ASHA["password"]}).status == 200


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
def test_what_may_not_be_registered_is_refused_by_name(
    anyone: Api, changes: dict[str, Any], loc: list[str], kind: str
) -> None:
    reply = register(anyone, **changes)
    assert (reply.status, reply.code) == (422, "invalid")
    assert [(error["loc"], error["type"]) for error in reply.json["errors"]] == [(loc, kind)]
    assert store.get(EmailAddress, keys.email("asha@example.com")) is None


def test_long_passwords_are_not_cut_and_case_counts(anyone: Api) -> None:
    assert register(anyone, password="a" * 72 + "b").status == 201
    for wrong in ("a" * 72 + "c", "a" * 72, "A" * 72 + "b"):
        reply = anyone.post("/api/auth/login", {"email": ASHA["email"], "password": wrong})
        assert (reply.status, reply.code) == (401, "credentials_invalid")


def test_fifty_registrations_of_one_address_make_one_user(anyone: Api) -> None:
    with ThreadPoolExecutor(16) as pool:
        replies = list(pool.map(lambda n: register(anyone, name=f"Asha {n}"), range(50)))
    assert sorted(reply.status for reply in replies) == [201] + [409] * 49
    [winner] = [reply for reply in replies if reply.status == 201]
    claimed = store.get(EmailAddress, keys.email("asha@example.com"))
    assert claimed
    assert claimed.user_id == winner.json["user"]["id"]
    assert len(store.query_all("ROLE#student", index=keys.GSI1)) == 1


def test_a_repeated_registration_gives_the_same_user_and_a_new_session(anyone: Api) -> None:
    key = {"Idempotency-Key": "one-and-the-same"}
    first = anyone.post("/api/auth/register", ASHA, headers=key)
    again = anyone.post("/api/auth/register", ASHA, headers=key)
    assert (first.status, again.status) == (201, 201)
    assert again.json["user"] == first.json["user"]
    assert again.json["refresh_token"] != first.json["refresh_token"]
    assert len([i for i in store.query_all(f"USER#{first.json['user']['id']}") if isinstance(i, Session)]) == 2
    for changes in ({"email": "other@example.com"}, {"password": "another long phrase"}, {"name": "Somebody"}):
        reply = anyone.post("/api/auth/register", {**ASHA, **changes}, headers=key)
        assert (reply.status, reply.code) == (422, "idempotency_key_reused")
    assert store.get(EmailAddress, keys.email("other@example.com")) is None
    assert anyone.post("/api/auth/register", ASHA, headers={"Idempotency-Key": "x y"}).status == 400


def test_twenty_registrations_with_one_key_are_all_answered_with_one_user(anyone: Api) -> None:
    key = {"Idempotency-Key": "double click"[:6]}
    with ThreadPoolExecutor(10) as pool:
        replies = list(pool.map(lambda _: anyone.post("/api/auth/register", ASHA, headers=key), range(20)))
    assert {reply.status for reply in replies} == {201}
    assert len({reply.json["user"]["id"] for reply in replies}) == 1


def test_unknown_address_and_wrong_password_get_the_same_answer(anyone: Api) -> None:
    register(anyone)
    unknown = anyone.post("/api/auth/login", {"email": "nobody@example.com", "password": "whatever it is"})
    wrong = anyone.post("/api/auth/login", {"email": ASHA["email"], "password": "whatever it is"})
    assert unknown.status == wrong.status == 401
    assert unknown.code == "credentials_invalid"
    assert {**unknown.json, "trace_id": ""} == {**wrong.json, "trace_id": ""}
    assert set(unknown.headers) == set(wrong.headers)


@pytest.mark.parametrize("way", ["cookie", "bearer", "body", "get cookie", "get bearer"])
def test_every_way_to_carry_a_refresh_token_gives_the_next_pair(anyone: Api, way: str) -> None:
    first = register(anyone)
    token = first.json["refresh_token"]
    method = "GET" if way.startswith("get") else "POST"
    if way.endswith("cookie"):
        reply = anyone.call(method, "/api/auth/refresh_token", cookies=[cookie_of(first)])
    elif way.endswith("bearer"):
        reply = anyone.call(method, "/api/auth/refresh_token", headers={"Authorization": f"Bearer {token}"})
    else:
        reply = anyone.post("/api/auth/refresh_token", {"refresh_token": token})
    assert reply.status == 200
    assert reply.json["user"] == first.json["user"]
    assert reply.json["refresh_token"] not in ("", token)
    assert cookie_of(reply) == f"lectern_refresh={reply.json['refresh_token']}"
    assert Api(reply.json["access_token"]).get("/api/auth/me").status == 200


def test_an_access_token_beside_the_cookie_does_not_hide_it(anyone: Api) -> None:
    first = register(anyone)
    signed_in = Api(first.json["access_token"])
    assert signed_in.post("/api/auth/refresh_token", cookies=[cookie_of(first)]).status == 200


def refreshed(token: str) -> Reply:
    return Api().post("/api/auth/refresh_token", {"refresh_token": token})


def test_the_token_before_gives_the_same_successor_for_ten_seconds_and_then_ends_the_session(anyone: Api) -> None:
    moment = datetime.fromisoformat("2026-05-01T12:00:00Z")
    with clock.override(lambda: moment):
        first = register(anyone).json["refresh_token"]
        second = refreshed(first).json["refresh_token"]
        moment += timedelta(seconds=10)
        assert refreshed(first).json["refresh_token"] == second
        moment += timedelta(milliseconds=1)
        reused = refreshed(first)
        assert (reused.status, reused.code) == (401, "refresh_token_reused")
        after = refreshed(second)
        assert (after.status, after.code) == (401, "refresh_token_invalid")


def test_a_token_two_steps_old_ends_the_session_at_once(anyone: Api) -> None:
    first = register(anyone).json["refresh_token"]
    second = refreshed(first).json["refresh_token"]
    third = refreshed(second).json["refresh_token"]
    assert refreshed(first).code == "refresh_token_reused"
    assert refreshed(third).code == "refresh_token_invalid"


def test_a_session_ends_thirty_days_after_it_was_opened_however_often_it_is_used(anyone: Api) -> None:
    moment = datetime.fromisoformat("2026-05-01T12:00:00Z")
    with clock.override(lambda: moment):
        token = register(anyone).json["refresh_token"]
        moment += timedelta(days=29)
        reply = refreshed(token)
        assert "Max-Age=86400;" in reply.cookies[0]
        moment += timedelta(days=1)
        assert refreshed(reply.json["refresh_token"]).code == "refresh_token_invalid"


def test_tabs_that_refresh_at_the_same_instant_all_stay_signed_in(anyone: Api) -> None:
    token = register(anyone).json["refresh_token"]
    for _ in range(3):
        with ThreadPoolExecutor(8) as pool:
            replies = list(pool.map(refreshed, [token] * 8))
        assert {reply.status for reply in replies} == {200}
        [token] = {reply.json["refresh_token"] for reply in replies}


@pytest.mark.parametrize(
    "token",
    ["", "garbage", "v1.a.b.c.d", "v1." + "x" * 1900, "ключ", "eyJhbGciOiJub25lIn0.e30."],
)
def test_a_token_of_nobody_is_always_answered(anyone: Api, token: str) -> None:
    for reply in (
        refreshed(token),
        anyone.get("/api/auth/refresh_token", cookies=[f"lectern_refresh={token}"]),
        anyone.post("/api/auth/refresh_token", headers={"Authorization": f"Bearer {token}"}),
        anyone.get("/api/auth/refresh_token"),
    ):
        assert (reply.status, reply.code) == (401, "refresh_token_invalid")
        assert reply.cookies == []


def test_signing_out_ends_the_session_and_clears_the_cookie_always(anyone: Api) -> None:
    for method in ("GET", "POST"):
        first = anyone.post("/api/auth/login", {"email": ASHA["email"], "password": ASHA["password"]})
        if first.status != 200:
            first = register(anyone)
        reply = anyone.call(method, "/api/auth/logout", cookies=[cookie_of(first)])
        assert (reply.status, reply.text) == (204, "")
        assert reply.cookies == ["lectern_refresh=; Max-Age=0; Path=/api/auth; HttpOnly; SameSite=Strict"]
        assert refreshed(first.json["refresh_token"]).code == "refresh_token_invalid"
        for cookies in ([], ["lectern_refresh=garbage"], [cookie_of(first)]):
            assert anyone.call(method, "/api/auth/logout", cookies=cookies).status == 204
    assert anyone.post("/api/auth/logout", {"refresh_token": "garbage"}).status == 204
