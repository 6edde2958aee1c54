"""Throttling of logins: the number of guesses per account and per source, sequential and parallel."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from functions.auth import passwords
from shared import clock
from shared.db.auth import throttles
from shared.db.table import keys
from tests.fixtures.api import Api, Reply
from tests.fixtures.dynamodb_faults import run_at_next_write
from tests.fixtures.roundtrips import recorded_roundtrips
from tests.fixtures.table_snapshot import snapshot

EMAIL, PASSWORD, WRONG_PASSWORD = "asha@example.com", "a long enough phrase", "wrong one"


class ManualClock:
    def __init__(self) -> None:
        self.now = datetime.fromisoformat("2026-05-01T12:00:00Z")

    def advance(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def fake_clock() -> Iterator[ManualClock]:
    """A clock that moves only when a test advances it."""
    manual = ManualClock()
    with clock.override(lambda: manual.now):
        yield manual


@pytest.fixture
def asha(anonymous: Api) -> Api:
    body = {"name": "Asha", "email": EMAIL, "password": PASSWORD, "role": "student"}
    reply = anonymous.post("/api/auth/register", body)
    assert reply.status == 201
    return Api(reply.json["access_token"], reply.json["user"]["id"])


def login(password: str = WRONG_PASSWORD, email: str = EMAIL) -> Reply:
    return Api().post("/api/auth/login", {"email": email, "password": password})


def lockout_seconds(reply: Reply) -> int:
    assert (reply.status, reply.code) == (429, "too_many_attempts")
    return int(reply.headers["Retry-After"])


def test_login_lockout_after_10_failures_doubles_from_30_s_to_900_s(fake_clock: ManualClock, asha: Api) -> None:
    assert [login().status for _ in range(10)] == [401] * 10
    for pause in (30, 60, 120, 240, 480, 900, 900, 900):
        assert lockout_seconds(login()) == pause
        fake_clock.advance(pause - 1)
        assert lockout_seconds(login(PASSWORD)) == 1
        fake_clock.advance(1)
        assert login().code == "credentials_invalid"
    fake_clock.advance(900)
    assert login(PASSWORD).status == 200


def test_login_success_resets_the_failure_count(fake_clock: ManualClock, asha: Api) -> None:
    for _ in range(3):
        assert {login().status for _ in range(9)} == {401}
        assert login(PASSWORD).status == 200


def test_login_failures_count_per_normalized_email_including_unknown_ones(fake_clock: ManualClock, asha: Api) -> None:
    for email in (EMAIL, EMAIL.upper()) * 5:
        assert login(email=email).status == 401
    assert lockout_seconds(login(email="Asha@Example.com")) == 30
    for _ in range(10):
        assert login(email="nobody@example.com").status == 401
    assert lockout_seconds(login(email="nobody@example.com")) == 30


def test_login_concurrent_failures_are_limited_to_10_attempts(fake_clock: ManualClock, asha: Api) -> None:
    with ThreadPoolExecutor(16) as pool:
        replies = list(pool.map(lambda _: login(), range(40)))
    assert sorted(reply.status for reply in replies) == [401] * 10 + [429] * 30
    assert lockout_seconds(login(PASSWORD)) == 30


def test_login_failures_from_one_source_lock_the_source_at_its_own_limit(
    fake_clock: ManualClock, asha: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "verify", lambda *_: False)
    for n in range(throttles.SOURCE.max_failures):
        assert login(email=f"user{n}@example.com").status == 401
    assert lockout_seconds(login(email="one.more@example.com")) == 30
    fake_clock.advance(900)
    assert login(email="one.more@example.com").status == 401


def test_login_does_same_work_for_known_and_unknown_email(
    fake_clock: ManualClock, asha: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashes: list[str] = []
    verify = passwords._hasher().verify

    class Counting:
        def verify(self, stored: str, password: str) -> bool:
            hashes.append(stored.rsplit("$", 2)[0])
            return bool(verify(stored, password))

    monkeypatch.setattr(passwords, "_hasher", Counting)
    with recorded_roundtrips() as known:
        login()
    with recorded_roundtrips() as unknown:
        login(email="nobody@example.com")
    assert known.operations == unknown.operations == ["BatchGetItem", "GetItem", "UpdateItem", "UpdateItem"]
    assert hashes == ["$argon2id$v=19$m=19456,t=2,p=1"] * 2


def test_password_change_failures_share_the_login_lockout(asha: Api) -> None:
    body = {"current_password": "wrong one", "new_password": "another long phrase"}
    for _ in range(10):
        reply = asha.post("/api/auth/me/password", body)
        assert (reply.status, reply.code) == (422, "current_password_wrong")
    assert 20 < lockout_seconds(asha.post("/api/auth/me/password", {**body, "current_password": PASSWORD})) <= 30
    assert 20 < lockout_seconds(login(PASSWORD)) <= 30


def test_register_failures_under_idempotency_key_count_toward_lockout(anonymous: Api, fake_clock: ManualClock) -> None:
    body = {"name": "Asha", "email": EMAIL, "password": PASSWORD, "role": "student"}
    key = {"Idempotency-Key": "k"}
    assert anonymous.post("/api/auth/register", body, headers=key).status == 201
    for _ in range(10):
        reply = anonymous.post("/api/auth/register", {**body, "password": "a wrong phrase"}, headers=key)
        assert (reply.status, reply.code) == (422, "idempotency_key_reused")
    assert lockout_seconds(anonymous.post("/api/auth/register", body, headers=key)) == 30


def test_login_racing_failures_that_lock_the_account_opens_no_session(
    fake_clock: ManualClock, asha: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The password was right. The answer must not confirm that to somebody who guesses in parallel."""
    before = sessions_of(asha)
    run_at_next_write(monkeypatch, lambda: [login() for _ in range(10)])
    assert lockout_seconds(login(PASSWORD)) == 30
    assert sessions_of(asha) == before


def test_login_racing_suspension_opens_no_session(
    fake_clock: ManualClock, asha: Api, admin: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = sessions_of(asha)
    change = {"status": "suspended", "reason": "Spam"}
    run_at_next_write(monkeypatch, lambda: admin.patch(f"/api/users/{asha.user_id}", change))
    reply = login(PASSWORD)
    assert (reply.status, reply.code) == (401, "credentials_invalid")
    assert sessions_of(asha) == before


def sessions_of(learner: Api) -> list[str]:
    """The keys of the stored sessions of a user."""
    return [key.sk for key in snapshot() if key.pk == keys.user(learner.user_id).pk and key.sk.startswith("SESSION#")]
