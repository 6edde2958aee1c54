"""One pace for all threads of a run: pauses, probes and stops are counted once, whichever thread meets them."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest

from functions.payments.polling import gateway_pace
from functions.payments.polling.gateway_pace import GatewayPace
from shared.errors import GatewayUnavailable
from shared.gateways import razorpay

THREADS = 8


@pytest.fixture
def sleeps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses; the monotonic clock counts only them."""
    seconds: list[float] = []
    clocks = SimpleNamespace(sleep=seconds.append, monotonic=lambda: sum(seconds))
    monkeypatch.setattr(gateway_pace, "time", clocks)
    return seconds


def answer_probes(monkeypatch: pytest.MonkeyPatch, *, is_up: bool) -> list[int]:
    """Returns the probes: the second of which orders were listed."""
    probes: list[int] = []

    def list_orders(since: int, until: int) -> Iterator[Any]:
        probes.append(since)
        if not is_up:
            raise GatewayUnavailable
        return iter(())

    monkeypatch.setattr(razorpay, "list_orders", list_orders)
    return probes


def in_threads(call: Any) -> list[Any]:
    barrier = threading.Barrier(THREADS)

    def start(number: int) -> Any:
        barrier.wait()
        return call(number)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(start, range(THREADS)))


def new_pace(seconds_left: float = 200) -> GatewayPace:
    return GatewayPace(lambda: seconds_left)


class TestBusy:
    def test_busy_of_calls_that_ran_at_once_pauses_once(self, sleeps: list[float]) -> None:
        pace = new_pace()
        turns = [pace.await_turn() for _ in range(THREADS)]
        in_threads(lambda number: pace.busy(turns[number] or 0, 10))
        assert (pace.pauses, pace.stopped, sleeps) == (1, False, [])
        assert [pace.await_turn() for _ in range(3)] == [1, 1, 1]
        assert sleeps == [10, 0.25, 0.25]

    def test_busy_longer_than_30_seconds_pauses_30_seconds(self, sleeps: list[float]) -> None:
        pace = new_pace()
        pace.busy(0, 60)
        pace.await_turn()
        assert sleeps == [30]

    @pytest.mark.parametrize(("seconds_left", "is_stopped"), [(10, True), (10.1, False)])
    @pytest.mark.usefixtures("sleeps")
    def test_busy_without_time_for_the_pause_stops(self, seconds_left: float, is_stopped: bool) -> None:
        pace = new_pace(seconds_left)
        pace.busy(0, 10)
        assert pace.stopped is is_stopped
        assert pace.await_turn() == (None if is_stopped else 1)

    @pytest.mark.usefixtures("sleeps")
    def test_busy_fifth_time_stops_all_threads(self) -> None:
        pace = new_pace()
        for turn in range(5):
            assert pace.await_turn() == turn
            pace.busy(turn, 1)
        assert in_threads(lambda _: pace.await_turn()) == [None] * THREADS
        assert pace.pauses == 4

    def test_await_turn_that_meets_a_new_pause_waits_again(
        self, sleeps: list[float], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pace = new_pace()
        pace.busy(0, 10)

        def sleep(seconds: float) -> None:
            sleeps.append(seconds)
            if len(sleeps) == 1:
                pace.busy(1, 20)

        monkeypatch.setattr(gateway_pace, "time", SimpleNamespace(sleep=sleep, monotonic=lambda: sum(sleeps)))
        assert pace.await_turn() == 2
        assert sleeps == [10, 20]

    @pytest.mark.usefixtures("sleeps")
    def test_busy_is_logged_once_for_each_pause(self, caplog: pytest.LogCaptureFixture) -> None:
        pace = new_pace()
        for _ in range(2):
            pace.busy(0, 10)
        for turn in range(1, 5):
            pace.busy(turn, 60)
        lines = [record.__dict__ for record in caplog.records if record.message == "gateway limits calls"]
        assert [(line["pause_seconds"], line["pauses"], line["stops"]) for line in lines] == [
            (10, 1, False),
            (30, 2, False),
            (30, 3, False),
            (30, 4, False),
            (30, 4, True),
        ]


class TestFailed:
    def test_failed_in_all_threads_probes_once_and_stops(self, monkeypatch: pytest.MonkeyPatch) -> None:
        probing = threading.Event()
        probes = answer_probes(monkeypatch, is_up=False)
        listed = razorpay.list_orders

        def slow(since: int, until: int) -> Any:
            assert probing.wait(10)
            return listed(since, until)

        monkeypatch.setattr(razorpay, "list_orders", slow)
        pace = new_pace()
        finished: list[int] = []

        def fail(number: int) -> None:
            pace.failed()
            finished.append(number)
            if len(finished) == THREADS - 1:
                probing.set()

        in_threads(fail)
        assert (len(probes), pace.stopped) == (1, True)

    def test_failed_three_times_with_answering_gateway_counts_anew(self, monkeypatch: pytest.MonkeyPatch) -> None:
        probes = answer_probes(monkeypatch, is_up=True)
        pace = new_pace()
        for _ in range(8):
            pace.failed()
        assert (len(probes), pace.stopped) == (2, False)

    def test_failed_with_a_probe_that_cannot_be_read_counts_as_answered(self, monkeypatch: pytest.MonkeyPatch) -> None:
        probes: list[int] = []

        def list_orders(since: int, until: int) -> Iterator[Any]:
            probes.append(since)
            raise KeyError

        monkeypatch.setattr(razorpay, "list_orders", list_orders)
        pace = new_pace()
        for _ in range(6):
            pace.failed()
        assert (len(probes), pace.stopped) == (2, False)

    def test_failed_with_a_probe_that_is_interrupted_probes_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        probes: list[int] = []

        def list_orders(since: int, until: int) -> Iterator[Any]:
            probes.append(since)
            if len(probes) == 1:
                raise KeyboardInterrupt
            raise GatewayUnavailable

        monkeypatch.setattr(razorpay, "list_orders", list_orders)
        pace = new_pace()
        pace.failed()
        pace.failed()
        with pytest.raises(KeyboardInterrupt):
            pace.failed()
        assert (len(probes), pace.stopped) == (1, False)
        for _ in range(3):
            pace.failed()
        assert (len(probes), pace.stopped) == (2, True)

    def test_answered_resets_the_failures(self, monkeypatch: pytest.MonkeyPatch) -> None:
        probes = answer_probes(monkeypatch, is_up=False)
        pace = new_pace()
        for _ in range(5):
            pace.failed()
            pace.failed()
            pace.answered()
        assert (probes, pace.stopped) == ([], False)
