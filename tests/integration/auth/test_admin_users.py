"""Administration of users (list, suspend, reinstate, change role), on a real database engine."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from shared import clock
from shared.db.entities import Revocation, User
from shared.db.table import keys, store
from shared.tokens import verify_access_token
from tests.fixtures.api import Api, Reply
from tests.fixtures.audit_log import audit_entries
from tests.fixtures.dynamodb_faults import run_at_next_write

PASSWORD = "a long enough phrase"


@pytest.fixture
def asha(anonymous: Api) -> Reply:
    body = {"name": "Asha Rao", "email": "asha@example.com", "password": PASSWORD, "role": "student"}
    return anonymous.post("/api/auth/register", body)


def user_path(asha: Reply) -> str:
    return f"/api/users/{asha.json['user']['id']}"


def login() -> Reply:
    return Api().post("/api/auth/login", {"email": "asha@example.com", "password": PASSWORD})


def refresh(reply: Reply) -> Reply:
    return Api().post("/api/auth/refresh_token", {"refresh_token": reply.json["refresh_token"]})


def test_suspension_rejects_tokens_refresh_and_login_until_reinstated(admin: Api, asha: Reply) -> None:
    reply = admin.patch(user_path(asha), {"status": "suspended", "reason": "Spam"})
    assert (reply.status, reply.json["status"], reply.json["role"]) == (200, "suspended", "student")
    assert Api(asha.json["access_token"]).get("/api/auth/me").code == "unauthenticated"
    for rejected in (refresh(asha), login()):
        assert (rejected.status, rejected.code) == (403, "account_suspended")
    wrong = Api().post("/api/auth/login", {"email": "asha@example.com", "password": "not this one"})
    assert (wrong.status, wrong.code) == (401, "credentials_invalid")

    assert admin.patch(user_path(asha), {"status": "active", "reason": "Appeal"}).json["status"] == "active"
    assert refresh(asha).code == "refresh_token_invalid"
    again = login()
    assert again.status == 200
    assert Api(again.json["access_token"]).get("/api/auth/me").status == 200
    assert Api(asha.json["access_token"]).get("/api/auth/me").status == 401

    entries = [
        (e.admin_id, e.action, e.subject, e.reason, e.before["status"], e.after["status"]) for e in audit_entries()
    ]
    user_id = asha.json["user"]["id"]
    assert entries == [
        (admin.user_id, "user_changed", user_id, "Spam", "active", "suspended"),
        (admin.user_id, "user_changed", user_id, "Appeal", "suspended", "active"),
    ]


def test_role_change_invalidates_old_token_and_applies_on_refresh(admin: Api, asha: Reply) -> None:
    assert admin.patch(user_path(asha), {"role": "instructor", "reason": "Asked"}).json["role"] == "instructor"
    assert Api(asha.json["access_token"]).get("/api/auth/me").status == 401
    renewed = refresh(asha)
    assert verify_access_token(renewed.json["access_token"]).role == "instructor"
    assert Api(renewed.json["access_token"]).get("/api/auth/me").json["role"] == "instructor"
    ids = [user["id"] for user in admin.get("/api/users?role=instructor").json["items"]]
    assert asha.json["user"]["id"] in ids
    assert admin.get("/api/users").json["items"] == []
    revocation = store.get(Revocation, keys.revocation(asha.json["user"]["id"]))
    assert revocation
    assert revocation.expires_at > clock.now().timestamp() + 900


def test_user_update_without_change_writes_and_audits_nothing(admin: Api, asha: Reply) -> None:
    before = admin.get(user_path(asha)).json
    for body in ({"status": "active", "reason": "x"}, {"role": "student", "reason": "x"}):
        reply = admin.patch(user_path(asha), body)
        assert (reply.status, reply.json) == (200, before)
    assert audit_entries() == []
    assert Api(asha.json["access_token"]).get("/api/auth/me").status == 200


@pytest.mark.parametrize("body", [{"status": "suspended", "reason": "x"}, {"role": "student", "reason": "x"}])
def test_admin_updating_own_account_returns_409(admin: Api, body: dict[str, Any]) -> None:
    reply = admin.patch(f"/api/users/{admin.user_id}", body)
    assert (reply.status, reply.code) == (409, "own_account")
    assert admin.get(f"/api/users/{admin.user_id}").json["status"] == "active"
    assert audit_entries() == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"reason": "x"},
        {"status": "suspended"},
        {"status": "suspended", "reason": " "},
        {"status": "deleted", "reason": "x"},
        {"role": "owner", "reason": "x"},
        {"status": "suspended", "reason": "x", "email": "a@b.example"},
    ],
)
def test_user_update_with_incomplete_or_invalid_body_returns_422(admin: Api, asha: Reply, body: dict[str, Any]) -> None:
    assert admin.patch(user_path(asha), body).status == 422
    assert admin.get(user_path(asha)).json["status"] == "active"


def test_user_routes_return_401_or_403_to_non_admins(new_user: Callable[..., Api], anonymous: Api, asha: Reply) -> None:
    for caller, status in ((anonymous, 401), (new_user("student"), 403), (new_user("instructor"), 403)):
        for reply in (
            caller.get("/api/users"),
            caller.get(user_path(asha)),
            caller.patch(user_path(asha), {"role": "admin", "reason": "x"}),
        ):
            assert reply.status == status
    stored = store.get(User, keys.user(asha.json["user"]["id"]))
    assert stored
    assert stored.role == "student"


@pytest.mark.parametrize("user_id", ["usr_01ARZ3NDEKTSV4RRFFQ69G5FAV", "someone", "x" * 128])
def test_user_routes_with_unknown_id_return_404_before_reading_the_body(admin: Api, user_id: str) -> None:
    for reply in (admin.get(f"/api/users/{user_id}"), admin.patch(f"/api/users/{user_id}", raw=b"{")):
        assert (reply.status, reply.code) == (404, "user_not_found")


def test_list_users_pages_one_role_with_public_fields_only(admin: Api, new_user: Callable[..., Api]) -> None:
    instructor_ids = [new_user("instructor").user_id for _ in range(5)]
    new_user("student")
    seen, url = [], "/api/users?role=instructor&limit=2"
    while url:
        reply = admin.get(url)
        assert reply.status == 200
        seen += [user["id"] for user in reply.json["items"]]
        assert all(set(user) == USER_FIELDS for user in reply.json["items"])
        cursor = reply.json["next_cursor"]
        url = f"/api/users?role=instructor&limit=2&cursor={cursor}" if cursor else ""
        if cursor:
            assert 'rel="next"' in reply.headers["Link"]
            assert admin.get(f"/api/users?role=student&cursor={cursor}").code == "cursor_invalid"
    assert sorted(seen) == sorted(instructor_ids)
    assert admin.get("/api/users?role=owner").status == 422


USER_FIELDS = {
    *("id", "name", "email", "role", "status", "headline", "bio", "state"),
    *("avatar_url", "created_at", "updated_at"),
}


def test_suspension_by_several_admins_concurrently_applies_once(
    admin: Api, new_user: Callable[..., Api], asha: Reply
) -> None:
    admins = [new_user("admin") for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        replies = list(
            pool.map(lambda each: each.patch(user_path(asha), {"status": "suspended", "reason": each.user_id}), admins)
        )
    assert {reply.status for reply in replies} <= {200, 409}
    assert {reply.code for reply in replies if reply.status == 409} <= {"user_changed"}
    assert [(e.before["status"], e.after["status"]) for e in audit_entries()] == [("active", "suspended")]


def test_user_change_racing_another_change_returns_409_and_writes_nothing(
    admin: Api, asha: Reply, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_at_next_write(monkeypatch, lambda: admin.patch(user_path(asha), {"status": "suspended", "reason": "Spam"}))
    reply = admin.patch(user_path(asha), {"role": "instructor", "reason": "Teaches"})
    assert (reply.status, reply.code) == (409, "user_changed")
    stored = store.get(User, keys.user(asha.json["user"]["id"]))
    assert stored
    assert (stored.role, stored.status) == ("student", "suspended")
    assert [entry.reason for entry in audit_entries()] == ["Spam"]
