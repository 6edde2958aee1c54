"""The own profile and password, over a real engine."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from functions.auth import service
from functions.auth.errors import EmailTaken
from shared.db import keys, store
from shared.db.entities import User
from shared.errors import Invalid
from tests.api import Api, Reply
from tests.roundtrips import roundtrips

PASSWORD, OTHER = "a long enough phrase", "another long phrase"
ASHA = {"name": "Asha Rao", "email": "asha@example.com", "password": PASSWORD, "role": "student"}


@pytest.fixture
def asha(anyone: Api) -> Api:
    reply = anyone.post("/api/auth/register", ASHA)
    return Api(reply.json["access_token"], reply.json["user"]["id"])


def login(password: str = PASSWORD) -> Reply:
    return Api().post("/api/auth/login", {"email": ASHA["email"], "password": password})


def refresh(reply: Reply) -> Reply:
    return Api().post("/api/auth/refresh_token", {"refresh_token": reply.json["refresh_token"]})


def test_what_is_edited_changes_and_the_rest_stays(asha: Api) -> None:
    before = asha.get("/api/auth/me").json
    edited = asha.patch("/api/auth/me", {"headline": " Learns things ", "bio": "Long\nstory"})
    assert edited.status == 200
    assert edited.json == {**before, "headline": "Learns things", "bio": "Long\nstory"}
    assert asha.patch("/api/auth/me", {"name": "Asha R", "bio": ""}).json["name"] == "Asha R"
    assert asha.get("/api/auth/me").json == {**before, "name": "Asha R", "headline": "Learns things", "bio": ""}


@pytest.mark.parametrize(
    "change", [{"role": "admin"}, {"email": "x@example.com"}, {"name": ""}, {"headline": "x" * 161}, {"bio": 7}]
)
def test_nothing_else_can_be_edited(asha: Api, change: dict[str, Any]) -> None:
    before = asha.get("/api/auth/me").json
    assert asha.patch("/api/auth/me", change).status == 422
    assert asha.get("/api/auth/me").json == before


def test_an_account_that_is_gone_is_signed_out(asha: Api) -> None:
    store.delete(keys.user(asha.user_id))
    for reply in (asha.get("/api/auth/me"), asha.patch("/api/auth/me", {"bio": "x"})):
        assert (reply.status, reply.code) == (401, "unauthenticated")
    assert store.get(User, keys.user(asha.user_id)) is None


def test_a_new_password_ends_every_other_session_and_keeps_the_own(asha: Api) -> None:
    others = [login() for _ in range(3)]
    mine = login()
    here = Api(mine.json["access_token"])
    body = {"current_password": PASSWORD, "new_password": OTHER}
    assert here.post("/api/auth/me/password", body).status == 204
    assert {refresh(other).code for other in others} == {"refresh_token_invalid"}
    assert refresh(mine).status == 200
    assert here.get("/api/auth/me").status == 200
    assert (login().status, login(OTHER).status) == (401, 200)


def test_a_new_password_needs_the_current_one_and_must_be_a_good_one(asha: Api) -> None:
    wrong = asha.post("/api/auth/me/password", {"current_password": OTHER, "new_password": OTHER})
    assert (wrong.status, wrong.code) == (422, "current_password_wrong")
    assert wrong.json["errors"][0]["loc"] == ["body", "current_password"]
    weak = asha.post("/api/auth/me/password", {"current_password": PASSWORD, "new_password": "qwertyuiop"})
    assert weak.json["errors"][0]["type"] == "password_common"
    assert login().status == 200


def test_a_session_that_was_signed_out_cannot_change_the_password(asha: Api) -> None:
    mine = login()
    Api().post("/api/auth/logout", {"refresh_token": mine.json["refresh_token"]})
    body = {"current_password": PASSWORD, "new_password": OTHER}
    reply = Api(mine.json["access_token"]).post("/api/auth/me/password", body)
    assert (reply.status, reply.code) == (401, "unauthenticated")
    assert login().status == 200


def test_of_parallel_password_changes_and_logins_no_session_of_the_old_password_survives(asha: Api) -> None:
    def act(n: int) -> Reply:
        if n == 4:
            return asha.post("/api/auth/me/password", {"current_password": PASSWORD, "new_password": OTHER})
        return login()

    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(act, range(12)))
    assert replies.pop(4).status == 204
    opened = [reply for reply in replies if reply.status == 200]
    assert {reply.status for reply in replies} <= {200, 401}
    assert {refresh(reply).status for reply in opened} <= {401}


def test_a_login_raises_the_parameters_of_an_older_hash(asha: Api) -> None:
    from argon2 import PasswordHasher

    old = PasswordHasher(time_cost=1, memory_cost=8_192, parallelism=1).hash(PASSWORD)
    store.update(User, keys.user(asha.user_id), [User.password_hash.set(old)], User.pk.exists())
    assert login().status == 200
    stored = store.get(User, keys.user(asha.user_id))
    assert stored
    assert stored.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert login().status == 200


def test_an_admin_is_made_on_the_command_line_and_nowhere_else(anyone: Api) -> None:
    user = service.create_admin("Root@example.com", PASSWORD, "Root")
    reply = anyone.post("/api/auth/login", {"email": "root@example.com", "password": PASSWORD})
    assert (reply.json["user"]["id"], reply.json["user"]["role"]) == (user.user_id, "admin")
    with pytest.raises(EmailTaken):
        service.create_admin("root@example.com", OTHER, "Root")
    with pytest.raises(Invalid, match="most common"):
        service.create_admin("other@example.com", "password", "Root")
    with pytest.raises(Invalid, match="e-mail"):
        service.create_admin("other", PASSWORD, "Root")
    assert login(OTHER).status == 401


def test_the_public_keys_are_published_without_the_private_part(anyone: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    from shared import config
    from tests.keys import PRIVATE_JWK

    monkeypatch.setenv("LMS_JWT_PUBLIC_KEYS", f'{{"keys": [{PRIVATE_JWK}]}}')
    config.clear_cache()
    reply = anyone.get("/.well-known/jwks.json")
    assert reply.headers["Cache-Control"] == "public, max-age=300"
    [key] = reply.json["keys"]
    assert (key["kid"], key["kty"], key["crv"]) == ("test-1", "OKP", "Ed25519")
    assert "d" not in key


def test_each_route_makes_the_calls_it_promises(asha: Api) -> None:
    with roundtrips() as seen:
        Api().post("/api/auth/register", {**ASHA, "email": "b@example.com"})
    assert seen.operations == ["TransactWriteItems"]
    with roundtrips() as seen:
        session = login()
    assert seen.operations == ["BatchGetItem", "GetItem", "TransactWriteItems"]
    with roundtrips() as seen:
        refresh(session)
    assert seen.operations == ["GetItem", "UpdateItem"]
    with roundtrips() as seen:
        Api().post("/api/auth/logout", {"refresh_token": session.json["refresh_token"]})
    assert seen.operations == ["UpdateItem"]
    with roundtrips() as seen:
        Api().get("/api/auth/refresh_token")
        Api().get("/.well-known/jwks.json")
    assert seen.operations == []
    asha.get("/api/auth/me")  # has the list of revocations read, which is kept for half a minute
    with roundtrips() as seen:
        asha.get("/api/auth/me")
    assert seen.operations == ["GetItem"]
    with roundtrips() as seen:
        asha.patch("/api/auth/me", {"bio": "x"})
    assert seen.operations == ["UpdateItem"]
    with roundtrips() as seen:
        asha.post("/api/auth/me/password", {"current_password": PASSWORD, "new_password": OTHER})
    assert seen.operations == ["GetItem", "GetItem", "TransactWriteItems"]
