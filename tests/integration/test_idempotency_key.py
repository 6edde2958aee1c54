"""`Idempotency-Key`: the same request has one effect and one answer, whatever happens to the first."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Event
from typing import Any

import pytest

from shared import clock
from shared.db import keys, replays
from shared.errors import Conflict, Unavailable
from shared.http.answer import Response
from shared.http.app import App
from shared.http.request import Request
from shared.http.route import Access
from shared.schemas import In
from tests.api import Api
from tests.clockwork import StandingClock
from tests.contents import contents
from tests.integration.test_concurrency import at_once
from tests.roundtrips import roundtrips
from tests.unit.http.calls import Told, call


class ThingIn(In):
    name: str


class ThingTaken(Conflict):
    code = "thing_taken"


@dataclass
class Things:
    """A route that creates. `meets` is raised by its next runs; it waits for `gate` when there is one."""

    runs: int = 0
    meets: list[Exception] = field(default_factory=list)
    started: Event = field(default_factory=Event)
    gate: Event | None = None

    def __post_init__(self) -> None:
        self.app = App("things")
        for path in ("/things", "/others"):
            self.app.route("POST", path, Access.STUDENT, status=201, body=ThingIn, creates=True)(self.make)

    def make(self, _: Request[ThingIn, None]) -> Response:
        self.runs += 1
        number = self.runs
        self.started.set()
        if self.gate:
            assert self.gate.wait(20)
        if self.meets:
            raise self.meets.pop()
        return Response({"number": number}, cookies=("c=1",), headers={"Location": f"/things/{number}"})

    def post(self, by: Api, key: str | None = "key-1", name: str = "a", path: str = "/things", **more: Any) -> Told:
        headers = {"authorization": f"Bearer {by.token}", **more.pop("headers", {})}
        if key is not None:
            headers["idempotency-key"] = key
        return call(self.app, "POST", path, f'{{"name": "{name}"}}', headers=headers, **more)


@pytest.fixture
def things(table: str) -> Things:
    return Things()


def test_the_same_request_is_answered_the_same_and_done_once(things: Things, student: Api) -> None:
    first = things.post(student)
    with roundtrips() as seen:
        again = things.post(
            student,
            headers={"origin": "https://app.example.com"},
            requestContext={"requestId": "req-2", "http": {"method": "POST"}},
        )
    assert (first.status, first.json, "Idempotency-Replayed" in first.headers) == (201, {"number": 1}, False)
    assert (again.status, again.body, again.cookies) == (first.status, first.body, first.cookies)
    assert (again.headers["Location"], again.headers["Idempotency-Replayed"]) == ("/things/1", "true")
    assert again.headers["X-Request-Id"] == "req-2", "the answer is the first's, the request is this one"
    assert again.headers["Access-Control-Allow-Origin"] == "https://app.example.com"
    assert (things.runs, seen.operations) == (1, ["UpdateItem"])


def test_without_a_key_every_request_is_a_request(things: Things, student: Api) -> None:
    assert [things.post(student, None).json["number"] for _ in range(2)] == [1, 2]
    assert not [key for key in contents() if key.pk.startswith("IDEMPOTENCY#")]


def test_another_request_under_the_same_key_is_refused(things: Things, student: Api) -> None:
    things.post(student)
    for other in (things.post(student, name="b"), things.post(student, path="/others")):
        assert (other.status, other.code) == (422, "idempotency_key_reused")
    assert things.runs == 1


def test_the_same_key_of_another_caller_is_another_key(things: Things, student: Api, new_user: Any) -> None:
    other = new_user("student")
    assert [things.post(each).json["number"] for each in (student, other, student, other)] == [1, 2, 1, 2]


def test_while_the_first_runs_the_second_is_told_so(things: Things, student: Api) -> None:
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


def test_of_many_at_once_one_is_done(things: Things, student: Api) -> None:
    told = Counter(each.status for each in at_once(lambda _: things.post(student), 16))
    assert set(told) <= {201, 409}
    assert told[201] >= 1
    assert things.runs == 1


@pytest.mark.parametrize(
    ("fault", "status"),
    [(Unavailable(), 503), (RuntimeError("boom"), 500), (ThingTaken(), 409)],
    ids=["503", "500", "409"],
)
def test_what_was_refused_or_failed_may_be_tried_again(
    things: Things, student: Api, fault: Exception, status: int
) -> None:
    things.meets.append(fault)
    assert things.post(student).status == status
    assert things.post(student).json == {"number": 2}
    assert things.post(student).json == {"number": 2}
    assert things.runs == 2


def test_an_invalid_body_does_not_use_the_key_up(things: Things, student: Api) -> None:
    assert things.post(student, name="\\u0000\\ud800").status == 400
    assert things.post(student).status == 201


def test_the_lock_of_a_dead_owner_is_taken_over_by_the_same_request(
    things: Things, student: Api, time: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(replays, "save_response", dies)
        patched.setattr(replays, "release", dies)
        with pytest.raises(KeyboardInterrupt):
            things.post(student)
    assert things.post(student).code == "idempotency_in_progress"
    time.pass_time(seconds=60)
    assert things.post(student).code == "idempotency_in_progress"
    time.pass_time(seconds=1)
    assert things.post(student, name="b").code == "idempotency_key_reused"
    assert things.post(student).json == {"number": 2}
    assert things.post(student).json == {"number": 2}


def dies(*_: Any) -> None:
    raise KeyboardInterrupt


def test_an_answer_is_kept_a_day_even_when_nobody_sweeps(things: Things, student: Api, time: StandingClock) -> None:
    things.post(student)
    time.pass_time(hours=23, minutes=59)
    assert things.post(student).json == {"number": 1}
    time.pass_time(minutes=2)
    assert things.post(student, name="b").json == {"number": 2}


def test_the_record_can_be_swept_and_holds_no_key(things: Things, student: Api) -> None:
    things.post(student, "a-key-somebody-chose")
    [(key, record)] = [(key, item) for key, item in contents().items() if key.pk.startswith("IDEMPOTENCY#")]
    assert key.pk == keys.idempotency(student.user_id, "").pk
    assert "a-key-somebody-chose" not in str(record) + str(key)
    assert int(record["expires_at"]["N"]) >= int((clock.now() + timedelta(hours=23)).timestamp())


@pytest.mark.parametrize("key", ["", " ", "a b", "a\tb", "é", "a" * 256, "\x7f"])
def test_an_unusable_key_is_a_400(things: Things, student: Api, key: str) -> None:
    told = things.post(student, key)
    assert (told.status, told.code) == (400, "bad_request")
    assert things.runs == 0
    assert things.post(student, "a" * 255).status == 201


def test_who_may_not_call_uses_no_key(things: Things, instructor: Api) -> None:
    assert things.post(instructor).status == 403
    assert things.post(Api("nonsense")).status == 401
    assert not [key for key in contents() if key.pk.startswith("IDEMPOTENCY#")]
