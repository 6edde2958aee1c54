"""`Idempotency-Key`: a repeated request has one effect and one response, even if its first attempt fails or crashes."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Event
from typing import Any

import pytest

from shared import clock
from shared.db import idempotency_keys
from shared.db.entities import IdempotencyRecord
from shared.db.table import base, keys, store
from shared.errors import Conflict, Unavailable
from shared.http.app import App
from shared.http.request import Request
from shared.http.response import Response
from shared.http.route import Access
from shared.schemas import In
from tests.fixtures.api import Api
from tests.fixtures.fake_clock import FakeClock
from tests.fixtures.roundtrips import recorded_roundtrips
from tests.fixtures.table_snapshot import snapshot
from tests.integration.payments.test_concurrency import run_concurrently
from tests.unit.http.app_client import AppResponse, call


class ThingIn(In):
    name: str


class ThingTaken(Conflict):
    code = "thing_taken"


@dataclass
class Things:
    """An app whose routes accept an idempotency key. Its next runs raise `failures`, the last first. A run waits for
    `gate` if it is set."""

    runs: int = 0
    failures: list[Exception] = field(default_factory=list)
    started: Event = field(default_factory=Event)
    gate: Event | None = None

    def __post_init__(self) -> None:
        self.app = App("things")
        for path in ("/things", "/others"):
            self.app.route("POST", path, Access.STUDENT, status=201, body=ThingIn, creates=True)(self.create)

    def create(self, _: Request[ThingIn, None]) -> Response:
        self.runs += 1
        number, gate = self.runs, self.gate
        self.started.set()
        if gate:
            assert gate.wait(20)
        if self.failures:
            raise self.failures.pop()
        return Response({"number": number}, cookies=("c=1",), headers={"Location": f"/things/{number}"})

    def post(
        self, caller: Api, key: str | None = "key-1", name: str = "a", path: str = "/things", **event_parts: Any
    ) -> AppResponse:
        headers = {"authorization": f"Bearer {caller.token}", **event_parts.pop("headers", {})}
        if key is not None:
            headers["idempotency-key"] = key
        return call(self.app, "POST", path, f'{{"name": "{name}"}}', headers=headers, **event_parts)


@pytest.fixture
def things(table: str) -> Things:
    return Things()


def test_idempotent_request_repeated_replays_response_without_second_run(things: Things, student: Api) -> None:
    first = things.post(student)
    with recorded_roundtrips() as seen:
        again = things.post(
            student,
            headers={"origin": "https://app.example.com"},
            requestContext={"requestId": "req-2", "http": {"method": "POST"}},
        )
    assert (first.status, first.json, "Idempotency-Replayed" in first.headers) == (201, {"number": 1}, False)
    assert (again.status, again.body, again.cookies) == (first.status, first.body, first.cookies)
    assert (again.headers["Location"], again.headers["Idempotency-Replayed"]) == ("/things/1", "true")
    assert again.headers["X-Request-Id"] == "req-2", "a replayed response has the request id of the repeated request"
    assert again.headers["Access-Control-Allow-Origin"] == "https://app.example.com"
    assert (things.runs, seen.operations) == (1, ["UpdateItem"])


def test_request_without_idempotency_key_runs_every_time(things: Things, student: Api) -> None:
    assert [things.post(student, None).json["number"] for _ in range(2)] == [1, 2]
    assert not [key for key in snapshot() if key.pk.startswith("IDEMPOTENCY#")]


def test_idempotency_key_reused_for_another_request_returns_422(things: Things, student: Api) -> None:
    things.post(student)
    for other in (things.post(student, name="b"), things.post(student, path="/others")):
        assert (other.status, other.code) == (422, "idempotency_key_reused")
    assert things.runs == 1


def test_idempotency_key_is_scoped_to_the_caller(things: Things, student: Api, new_user: Any) -> None:
    other = new_user("student")
    assert [things.post(each).json["number"] for each in (student, other, student, other)] == [1, 2, 1, 2]


def test_idempotency_key_in_progress_returns_409(things: Things, student: Api) -> None:
    things.gate = Event()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(things.post, student)
        assert things.started.wait(20)
        second, other = things.post(student), things.post(student, name="b")
        things.gate.set()
    assert (second.status, second.code) == (409, "idempotency_in_progress")
    assert (other.status, other.code) == (422, "idempotency_key_reused")
    assert first.result().status == 201
    assert things.post(student).body == first.result().body
    assert things.runs == 1


def test_idempotent_concurrent_requests_run_once(things: Things, student: Api) -> None:
    statuses = Counter(response.status for response in run_concurrently(lambda _: things.post(student), 16))
    assert set(statuses) <= {201, 409}
    assert statuses[201] >= 1
    assert things.runs == 1


@pytest.mark.parametrize(
    ("fault", "status"),
    [(Unavailable(), 503), (RuntimeError("boom"), 500), (ThingTaken(), 409)],
    ids=["503", "500", "409"],
)
def test_failed_or_rejected_request_can_be_retried_with_the_same_key(
    things: Things, student: Api, fault: Exception, status: int
) -> None:
    things.failures.append(fault)
    assert things.post(student).status == status
    assert things.post(student).json == {"number": 2}
    assert things.post(student).json == {"number": 2}
    assert things.runs == 2


def test_invalid_body_does_not_consume_the_idempotency_key(things: Things, student: Api) -> None:
    assert things.post(student, name="\\u0000\\ud800").status == 400
    assert things.post(student).status == 201


def test_idempotency_lock_of_crashed_owner_is_taken_over_after_60_s(
    things: Things, student: Api, fake_clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(idempotency_keys, "save_response", crash)
        patched.setattr(idempotency_keys, "release", crash)
        with pytest.raises(KeyboardInterrupt):
            things.post(student)
    assert things.post(student).code == "idempotency_in_progress"
    fake_clock.advance(seconds=60)
    assert things.post(student).code == "idempotency_in_progress"
    fake_clock.advance(seconds=1)
    assert things.post(student, name="b").code == "idempotency_key_reused"
    assert things.post(student).json == {"number": 2}
    assert things.post(student).json == {"number": 2}


def crash(*_: Any) -> None:
    raise KeyboardInterrupt


@dataclass
class SlowFirstRequest:
    """A request whose lock has expired while it runs, so that another request with the same key has taken over."""

    things: Things
    caller: Api
    clock: FakeClock
    pool: ThreadPoolExecutor

    def start(self) -> "Future[AppResponse]":
        """Returns when the request runs and its lock has expired; `finish` lets it end."""
        self.gate = self.things.gate = Event()
        running = self.pool.submit(self.things.post, self.caller)
        assert self.things.started.wait(20)
        self.things.started.clear()
        self.things.gate = None
        self.clock.advance(seconds=61)
        return running

    def finish(self, running: "Future[AppResponse]") -> AppResponse:
        self.gate.set()
        return running.result(20)


@pytest.fixture
def slow(things: Things, student: Api, fake_clock: FakeClock) -> Iterator[SlowFirstRequest]:
    with ThreadPoolExecutor(2) as pool:
        yield SlowFirstRequest(things, student, fake_clock, pool)


def test_slow_first_request_does_not_overwrite_the_response_of_the_second(
    things: Things, student: Api, slow: SlowFirstRequest
) -> None:
    first = slow.start()
    assert things.post(student).json == {"number": 2}
    assert slow.finish(first).json == {"number": 1}, "the caller of the first request gets the response of that request"
    assert things.post(student).json == {"number": 2}, "both repetitions of the second get its response"
    assert things.runs == 2


@pytest.mark.parametrize("fault", [Unavailable(), RuntimeError("boom"), ThingTaken()], ids=["503", "500", "409"])
def test_slow_first_request_that_fails_does_not_release_the_key_of_the_second(
    things: Things, student: Api, slow: SlowFirstRequest, fault: Exception
) -> None:
    first = slow.start()
    assert things.post(student).json == {"number": 2}
    things.failures.append(fault)
    assert slow.finish(first).status >= 400
    assert things.post(student).json == {"number": 2}
    assert things.runs == 2


@pytest.mark.parametrize("fails", [True, False])
def test_slow_first_request_leaves_the_lock_of_a_running_second(
    things: Things, student: Api, slow: SlowFirstRequest, fails: bool
) -> None:
    """Otherwise a third request would run beside the second, or get the response of the first."""
    first = slow.start()
    first_gate = slow.gate
    second_gate = things.gate = Event()
    second = slow.pool.submit(things.post, student)
    assert things.started.wait(20)
    if fails:
        things.failures.append(Unavailable())
    first_gate.set()
    assert first.result(20).status == (503 if fails else 201)
    assert things.post(student).code == "idempotency_in_progress"
    second_gate.set()
    assert second.result(20).json == {"number": 2}
    assert things.post(student).json == {"number": 2}
    assert things.runs == 2


def test_claim_whose_response_was_lost_is_not_in_progress(
    things: Things, student: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The SDK repeats the UpdateItem, and its condition fails then: the record found is that of the request itself."""
    client = base.table().connection.client
    real, operations = client._make_api_call, []

    def call(operation: str, arguments: dict[str, Any]) -> Any:
        if operation == "UpdateItem":
            operations.append(operation)
            real(operation, arguments)
        return real(operation, arguments)

    monkeypatch.setattr(client, "_make_api_call", call)
    assert things.post(student).json == {"number": 1}
    assert things.post(student).json == {"number": 1}
    assert (things.runs, operations) == (1, ["UpdateItem"] * 3)


def test_idempotency_record_of_earlier_version_without_owner_is_replayed(things: Things, student: Api) -> None:
    things.post(student)
    [(key, record)] = [(key, item) for key, item in snapshot().items() if key.pk.startswith("IDEMPOTENCY#")]
    assert record["owner"]["S"]
    owner = IdempotencyRecord.owner
    assert store.update(IdempotencyRecord, key, [owner.remove()], owner.exists()).succeeded
    assert things.post(student).json == {"number": 1}


def test_idempotency_record_expires_after_24_h_without_ttl_deletion(
    things: Things, student: Api, fake_clock: FakeClock
) -> None:
    things.post(student)
    fake_clock.advance(hours=23, minutes=59)
    assert things.post(student).json == {"number": 1}
    fake_clock.advance(minutes=2)
    assert things.post(student, name="b").json == {"number": 2}


def test_idempotency_record_has_ttl_and_does_not_contain_the_key(things: Things, student: Api) -> None:
    things.post(student, "a-key-of-the-client")
    [(key, record)] = [(key, item) for key, item in snapshot().items() if key.pk.startswith("IDEMPOTENCY#")]
    assert key.pk == keys.idempotency(student.user_id, "").pk
    assert "a-key-of-the-client" not in str(record) + str(key)
    assert int(record["expires_at"]["N"]) >= int((clock.now() + timedelta(hours=23)).timestamp())


@pytest.mark.parametrize("key", ["", " ", "a b", "a\tb", "é", "a" * 256, "\x7f"])
def test_malformed_idempotency_key_returns_400(things: Things, student: Api, key: str) -> None:
    response = things.post(student, key)
    assert (response.status, response.code) == (400, "bad_request")
    assert things.runs == 0
    assert things.post(student, "a" * 255).status == 201


def test_unauthorized_request_does_not_consume_the_idempotency_key(things: Things, instructor: Api) -> None:
    assert things.post(instructor).status == 403
    assert things.post(Api("nonsense")).status == 401
    assert not [key for key in snapshot() if key.pk.startswith("IDEMPOTENCY#")]
