"""Guessing passwords: how many guesses an account and a source are given, whatever the pace."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from functions.auth import passwords
from shared import clock
from shared.db import throttles
from tests.api import Api, Reply
from tests.roundtrips import roundtrips

EMAIL, RIGHT, WRONG = "asha@example.com", "a long enough phrase", "wrong one"


class Time:
    def __init__(self) -> None:
        self.now = datetime.fromisoformat("2026-05-01T12:00:00Z")

    def pass_(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def time() -> Iterator[Time]:
    """A clock that stands still until it is moved."""
    held = Time()
    with clock.override(lambda: held.now):
        yield held


@pytest.fixture
def asha(anyone: Api) -> Api:
    body = {"name": "Asha", "email": EMAIL, "password": RIGHT, "role": "student"}
    reply = anyone.post("/api/auth/register", body)
    assert reply.status == 201
    return Api(reply.json["access_token"], reply.json["user"]["id"])


def login(password: str = WRONG, email: str = EMAIL) -> Reply:
    return Api().post("/api/auth/login", {"email": email, "password": password})


def seconds_locked(reply: Reply) -> int:
    assert (reply.status, reply.code) == (429, "too_many_attempts")
    return int(reply.headers["Retry-After"])


def test_ten_failures_lock_for_thirty_seconds_then_twice_as_long_up_to_a_quarter_of_an_hour(
    time: Time, asha: Api
) -> None:
    assert [login().status for _ in range(10)] == [401] * 10
    for pause in (30, 60, 120, 240, 480, 900, 900, 900):
        assert seconds_locked(login()) == pause
        time.pass_(pause - 1)
        assert seconds_locked(login(RIGHT)) == 1
        time.pass_(1)
        assert login().code == "credentials_invalid"
    time.pass_(900)
    assert login(RIGHT).status == 200


def test_a_success_forgets_the_failures(time: Time, asha: Api) -> None:
    for _ in range(3):
        assert {login().status for _ in range(9)} == {401}
        assert login(RIGHT).status == 200


def test_all_spellings_of_an_address_and_unknown_addresses_are_counted(time: Time, asha: Api) -> None:
    for email in (EMAIL, EMAIL.upper()) * 5:
        assert login(email=email).status == 401
    assert seconds_locked(login(email="Asha@Example.com")) == 30
    for _ in range(10):
        assert login(email="nobody@example.com").status == 401
    assert seconds_locked(login(email="nobody@example.com")) == 30


def test_guesses_in_parallel_get_no_more_answers_than_guesses_in_a_row(time: Time, asha: Api) -> None:
    with ThreadPoolExecutor(16) as pool:
        replies = list(pool.map(lambda _: login(), range(40)))
    assert sorted(reply.status for reply in replies) == [401] * 10 + [429] * 30
    assert seconds_locked(login(RIGHT)) == 30


def test_a_source_is_given_more_but_not_everything(time: Time, asha: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "verify", lambda *_: False)
    for n in range(throttles.SOURCE.max_failures):
        assert login(email=f"user{n}@example.com").status == 401
    assert seconds_locked(login(email="one.more@example.com")) == 30
    time.pass_(900)
    assert login(email="one.more@example.com").status == 401


def test_no_time_can_be_told_between_a_known_and_an_unknown_address(
    time: Time, asha: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashes: list[str] = []
    verify = passwords._hasher().verify

    class Counting:
        def verify(self, stored: str, password: str) -> bool:
            hashes.append(stored.rsplit("$", 2)[0])
            return bool(verify(stored, password))

    monkeypatch.setattr(passwords, "_hasher", Counting)
    with roundtrips() as known:
        login()
    with roundtrips() as unknown:
        login(email="nobody@example.com")
    assert known.operations == unknown.operations == ["BatchGetItem", "GetItem", "UpdateItem", "UpdateItem"]
    assert hashes == ["$argon2id$v=19$m=19456,t=2,p=1"] * 2


def test_the_current_password_is_guarded_by_the_same_count(asha: Api) -> None:
    body = {"current_password": "wrong one", "new_password": "another long phrase"}
    for _ in range(10):
        reply = asha.post("/api/auth/me/password", body)
        assert (reply.status, reply.code) == (422, "current_password_wrong")
    assert 20 < seconds_locked(asha.post("/api/auth/me/password", {**body, "current_password": RIGHT})) <= 30
    assert 20 < seconds_locked(login(RIGHT)) <= 30


def test_an_idempotency_key_is_no_way_around_the_count(anyone: Api, time: Time) -> None:
    body = {"name": "Asha", "email": EMAIL, "password": RIGHT, "role": "student"}
    key = {"Idempotency-Key": "k"}
    assert anyone.post("/api/auth/register", body, headers=key).status == 201
    for _ in range(10):
        reply = anyone.post("/api/auth/register", {**body, "password": "a wrong phrase"}, headers=key)
        assert (reply.status, reply.code) == (422, "idempotency_key_reused")
    assert seconds_locked(anyone.post("/api/auth/register", body, headers=key)) == 30
