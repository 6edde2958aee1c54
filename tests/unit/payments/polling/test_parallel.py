"""Calls in threads."""

import threading
from contextvars import ContextVar

import pytest

from functions.payments.polling.parallel import WORKERS, map_in_threads

invocation: ContextVar[str] = ContextVar("invocation", default="none")


def test_map_in_threads_runs_eight_calls_at_once_and_keeps_the_order() -> None:
    barrier = threading.Barrier(WORKERS)

    def meet(number: int) -> int:
        barrier.wait(10)
        return number * 2

    assert WORKERS == 8
    assert map_in_threads(meet, range(16)) == [number * 2 for number in range(16)]


@pytest.mark.parametrize("count", [0, 1])
def test_map_in_threads_of_fewer_than_two_items_needs_no_thread(count: int) -> None:
    assert map_in_threads(lambda _: threading.current_thread(), range(count)) == [threading.main_thread()] * count


@pytest.mark.parametrize("count", [1, 3])
def test_map_in_threads_calls_see_the_context_of_the_caller_and_not_each_others(count: int) -> None:
    def change(number: int) -> str:
        before = invocation.get()
        invocation.set(f"call {number}")
        return before

    token = invocation.set("caller")
    assert map_in_threads(change, range(count)) == ["caller"] * count
    assert invocation.get() == "caller"
    invocation.reset(token)


def test_map_in_threads_raises_the_first_exception_after_all_calls_ended() -> None:
    ended = []

    def call(number: int) -> None:
        if number in (1, 3):
            raise ValueError(number)
        ended.append(number)

    with pytest.raises(ValueError, match="1"):
        map_in_threads(call, range(6))
    assert sorted(ended) == [0, 2, 4, 5]
