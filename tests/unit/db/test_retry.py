"""Retries of optimistic writes: number of attempts, pauses, and the error after the last attempt."""

from collections.abc import Callable

import pytest

from shared.db.table.retry import CONTENDED, DEFAULT, HOT_ITEM, RetryPolicy, WriteConflict, retry_on_conflict
from shared.errors import Conflict, NotFound, StoreUnavailable


def conflicting(times: int, calls: list[int]) -> Callable[[], str]:
    """An attempt that conflicts this many times and then succeeds."""

    def attempt() -> str:
        calls.append(len(calls))
        if len(calls) <= times:
            raise WriteConflict
        return "written"

    return attempt


@pytest.mark.parametrize(("policy", "attempts"), [(DEFAULT, 5), (CONTENDED, 8), (HOT_ITEM, 60)])
def test_retry_on_conflict_last_attempt_succeeds(
    policy: RetryPolicy, attempts: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.db.table.retry.time.sleep", lambda _seconds: None)
    calls: list[int] = []
    assert retry_on_conflict(conflicting(attempts - 1, calls), Conflict, policy) == "written"
    assert len(calls) == attempts


@pytest.mark.parametrize(("policy", "attempts"), [(DEFAULT, 5), (CONTENDED, 8), (HOT_ITEM, 60)])
def test_retry_on_conflict_every_attempt_conflicts_raises_busy(
    policy: RetryPolicy, attempts: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.db.table.retry.time.sleep", lambda _seconds: None)
    calls: list[int] = []
    with pytest.raises(StoreUnavailable):
        retry_on_conflict(conflicting(attempts, calls), StoreUnavailable, policy)
    assert len(calls) == attempts


def test_retry_on_conflict_other_error_is_raised_at_once() -> None:
    calls: list[int] = []

    def attempt() -> None:
        calls.append(1)
        raise NotFound

    with pytest.raises(NotFound):
        retry_on_conflict(attempt, Conflict)
    assert calls == [1]


def test_retry_on_conflict_default_policy_does_not_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("shared.db.table.retry.time.sleep", pauses.append)
    assert retry_on_conflict(conflicting(4, []), Conflict) == "written"
    assert pauses == []


def test_retry_on_conflict_hot_item_pauses_before_each_repetition(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("shared.db.table.retry.time.sleep", pauses.append)
    assert retry_on_conflict(conflicting(3, []), Conflict, HOT_ITEM) == "written"
    assert len(pauses) == 3
    assert all(0 <= pause <= 0.05 for pause in pauses)


def test_retry_on_conflict_timeout_ends_the_attempts(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    policy = RetryPolicy(attempts=60, timeout_seconds=8)
    seconds = iter([100.0, 104.0, 108.0, 108.1])
    monkeypatch.setattr("shared.db.table.retry.time.monotonic", lambda: next(seconds))
    with pytest.raises(Conflict):
        retry_on_conflict(conflicting(60, calls), Conflict, policy)
    assert len(calls) == 3
