"""The caller's profile and password, on a real database engine."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from functions.auth import service
from functions.auth.errors import EmailTaken
from shared.db.entities import User
from shared.db.table import keys, store
from shared.errors import Invalid
from tests.fixtures.api import Api, Reply
from tests.fixtures.roundtrips import recorded_roundtrips

PASSWORD, NEW_PASSWORD = "a long enough phrase", "another long phrase"
ASHA = {"name": "Asha Rao", "email": "asha@example.com", "password": PASSWORD, "role": "student"}


@pytest.fixture
def asha(anonymous: Api) -> Api:
    reply = anonymous.post("/api/auth/register", ASHA)
    return Api(reply.json["access_token"], reply.json["user"]["id"])


def login(password: str = PASSWORD) -> Reply:
    return Api().post("/api/auth/login", {"email": ASHA["email"], "password": password})


def refresh(reply: Reply) -> Reply:
    return Api().post("/api/auth/refresh_token", {"refresh_token": reply.json["refresh_token"]})


def test_profile_patch_changes_given_fields_and_keeps_the_rest(asha: Api) -> None:
    before = asha.get("/api/auth/me").json
    edited = asha.patch("/api/auth/me", {"headline": " Learns things ", "bio": "Long\nstory"})
    assert edited.status == 200
    assert edited.json == {**before, "headline": "Learns things", "bio": "Long\nstory"}
    assert asha.patch("/api/auth/me", {"name": "Asha R", "bio": ""}).json["name"] == "Asha R"
    assert asha.get("/api/auth/me").json == {**before, "name": "Asha R", "headline": "Learns things", "bio": ""}


@pytest.mark.parametrize(
    "change", [{"role": "admin"}, {"email": "x@example.com"}, {"name": ""}, {"headline": "x" * 161}, {"bio": 7}]
)
def test_profile_patch_with_unknown_or_invalid_field_returns_422_and_changes_nothing(
    asha: Api, change: dict[str, Any]
) -> None:
    before = asha.get("/api/auth/me").json
    assert asha.patch("/api/auth/me", change).status == 422
    assert asha.get("/api/auth/me").json == before


def test_profile_routes_of_deleted_user_return_401_unauthenticated(asha: Api) -> None:
    store.delete(keys.user(asha.user_id))
    for reply in (asha.get("/api/auth/me"), asha.patch("/api/auth/me", {"bio": "x"})):
        assert (reply.status, reply.code) == (401, "unauthenticated")
    assert store.get(User, keys.user(asha.user_id)) is None


def test_password_change_ends_all_other_sessions_and_keeps_the_current_one(asha: Api) -> None:
    other_logins = [login() for _ in range(3)]
    current_login = login()
    current_session = Api(current_login.json["access_token"])
    body = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    assert current_session.post("/api/auth/me/password", body).status == 204
    assert {refresh(other).code for other in other_logins} == {"refresh_token_invalid"}
    assert refresh(current_login).status == 200
    assert current_session.get("/api/auth/me").status == 200
    assert (login().status, login(NEW_PASSWORD).status) == (401, 200)


def test_password_change_with_wrong_current_or_common_new_password_returns_422(asha: Api) -> None:
    wrong = asha.post("/api/auth/me/password", {"current_password": NEW_PASSWORD, "new_password": NEW_PASSWORD})
    assert (wrong.status, wrong.code) == (422, "current_password_wrong")
    assert wrong.json["errors"][0]["loc"] == ["body", "current_password"]
    weak = asha.post("/api/auth/me/password", {"current_password": PASSWORD, "new_password": "qwertyuiop"})
    assert weak.json["errors"][0]["type"] == "password_common"
    assert login().status == 200


def test_password_change_from_logged_out_session_returns_401_and_keeps_password(asha: Api) -> None:
    ended = login()
    Api().post("/api/auth/logout", {"refresh_token": ended.json["refresh_token"]})
    body = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    reply = Api(ended.json["access_token"]).post("/api/auth/me/password", body)
    assert (reply.status, reply.code) == (401, "unauthenticated")
    assert login().status == 200


def test_password_change_concurrent_with_logins_leaves_no_old_password_session(asha: Api) -> None:
    def act(n: int) -> Reply:
        if n == 4:
            return asha.post("/api/auth/me/password", {"current_password": PASSWORD, "new_password": NEW_PASSWORD})
        return login()

    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(act, range(12)))
    assert replies.pop(4).status == 204
    opened = [reply for reply in replies if reply.status == 200]
    assert {reply.status for reply in replies} <= {200, 401}
    assert {refresh(reply).status for reply in opened} <= {401}


def test_login_with_outdated_argon2_parameters_rehashes_the_password(asha: Api) -> None:
    from argon2 import PasswordHasher

    old = PasswordHasher(time_cost=1, memory_cost=8_192, parallelism=1).hash(PASSWORD)
    store.update(User, keys.user(asha.user_id), [User.password_hash.set(old)], User.pk.exists())
    assert login().status == 200
    stored = store.get(User, keys.user(asha.user_id))
    assert stored
    assert stored.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert login().status == 200


def test_create_admin_creates_loginable_admin_and_rejects_taken_or_invalid_input(anonymous: Api) -> None:
    user = service.create_admin("Root@example.com", PASSWORD, "Root")
    reply = anonymous.post("/api/auth/login", {"email": "root@example.com", "password": PASSWORD})
    assert (reply.json["user"]["id"], reply.json["user"]["role"]) == (user.user_id, "admin")
    with pytest.raises(EmailTaken):
        service.create_admin("root@example.com", NEW_PASSWORD, "Root")
    with pytest.raises(Invalid, match="most common"):
        service.create_admin("other@example.com", "password", "Root")
    with pytest.raises(Invalid, match="e-mail"):
        service.create_admin("other", PASSWORD, "Root")
    assert login(NEW_PASSWORD).status == 401


def test_jwks_route_with_private_jwk_configured_omits_private_component(
    anonymous: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    from shared import config
    from tests.fixtures.jwt_keys import PRIVATE_JWK

    monkeypatch.setenv("LMS_JWT_PUBLIC_KEYS", f'{{"keys": [{PRIVATE_JWK}]}}')
    config.clear_cache()
    reply = anonymous.get("/.well-known/jwks.json")
    assert reply.headers["Cache-Control"] == "public, max-age=300"
    [key] = reply.json["keys"]
    assert (key["kid"], key["kty"], key["crv"]) == ("test-1", "OKP", "Ed25519")
    assert "d" not in key


def test_auth_routes_make_exactly_the_documented_dynamodb_calls(asha: Api) -> None:
    with recorded_roundtrips() as seen:
        Api().post("/api/auth/register", {**ASHA, "email": "b@example.com"})
    assert seen.operations == ["TransactWriteItems"]
    with recorded_roundtrips() as seen:
        session = login()
    assert seen.operations == ["BatchGetItem", "GetItem", "TransactWriteItems"]
    with recorded_roundtrips() as seen:
        refresh(session)
    assert seen.operations == ["GetItem", "UpdateItem"]
    with recorded_roundtrips() as seen:
        Api().post("/api/auth/logout", {"refresh_token": session.json["refresh_token"]})
    assert seen.operations == ["UpdateItem"]
    with recorded_roundtrips() as seen:
        Api().get("/api/auth/refresh_token")
        Api().get("/.well-known/jwks.json")
    assert seen.operations == []
    asha.get("/api/auth/me")  # fills the cache of revocations, which lasts 30 seconds
    with recorded_roundtrips() as seen:
        asha.get("/api/auth/me")
    assert seen.operations == ["GetItem"]
    with recorded_roundtrips() as seen:
        asha.patch("/api/auth/me", {"bio": "x"})
    assert seen.operations == ["UpdateItem"]
    with recorded_roundtrips() as seen:
        asha.post("/api/auth/me/password", {"current_password": PASSWORD, "new_password": NEW_PASSWORD})
    assert seen.operations == ["GetItem", "GetItem", "TransactWriteItems"]
