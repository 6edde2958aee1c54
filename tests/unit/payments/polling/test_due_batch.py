"""Which due items a batch takes, and in which order."""

from datetime import datetime, timedelta

import pytest

from cli._payment_matrix import NOW, make_payment
from functions.payments.polling.due_batch import DueWork, by_priority, read_due_keys
from shared.db import due_index
from shared.db.due_index import DueItem
from shared.db.table import keys
from shared.domain.lifecycle import PaymentStatus


def due_item(name: str, minutes_ago: float) -> DueItem:
    return DueItem(keys.payment(name), NOW - timedelta(minutes=minutes_ago))


def work(name: str, *, created_minutes_ago: float | None, due_minutes_ago: float = 0) -> DueWork:
    """A due payment; `created_minutes_ago` None: an item of another kind."""
    due = due_item(name, due_minutes_ago)
    if created_minutes_ago is None:
        return DueWork(due)
    return DueWork(due, make_payment(PaymentStatus.PENDING, created_at=NOW - timedelta(minutes=created_minutes_ago)))


def names(works: list[DueWork]) -> list[str]:
    return [each.due.key.pk.removeprefix("PAYMENT#") for each in works]


def due_queue(monkeypatch: pytest.MonkeyPatch, count: int) -> list[DueItem]:
    """That many due items, the one that was due first first; replaces the index."""
    queue = [due_item(str(number), count - number) for number in range(count)]

    def list_due(_: datetime, limit: int, *, newest_first: bool = False) -> list[DueItem]:
        return (queue[::-1] if newest_first else queue)[:limit]

    monkeypatch.setattr(due_index, "list_due", list_due)
    return queue


class TestByPriority:
    def test_by_priority_every_fourth_place_is_for_the_others(self) -> None:
        works = [work(f"new {number}", created_minutes_ago=5) for number in range(5)]
        works += [work(f"old {number}", created_minutes_ago=90) for number in range(3)]
        assert names(by_priority(works, NOW)) == [
            *("new 0", "new 1", "new 2", "old 0"),
            *("new 3", "new 4", "old 1"),
            "old 2",
        ]

    def test_by_priority_each_group_is_ordered_by_due_time(self) -> None:
        works = [
            work("late", created_minutes_ago=5, due_minutes_ago=1),
            work("early", created_minutes_ago=6, due_minutes_ago=2),
            work("old late", created_minutes_ago=90, due_minutes_ago=3),
            work("old early", created_minutes_ago=90, due_minutes_ago=4),
        ]
        assert names(by_priority(works, NOW)) == ["early", "late", "old early", "old late"]

    def test_by_priority_order_is_new_for_an_hour(self) -> None:
        works = [
            work("hour", created_minutes_ago=60, due_minutes_ago=9),
            work("minutes", created_minutes_ago=59.9),
            work("enrollment", created_minutes_ago=None, due_minutes_ago=5),
        ]
        assert names(by_priority(works, NOW)) == ["minutes", "hour", "enrollment"]

    def test_by_priority_without_new_orders_keeps_due_order(self) -> None:
        works = [work(str(number), created_minutes_ago=90, due_minutes_ago=number) for number in (1, 3, 2)]
        assert names(by_priority(works, NOW)) == ["3", "2", "1"]


class TestReadDueKeys:
    def test_read_due_keys_below_limit_returns_everything(self, monkeypatch: pytest.MonkeyPatch) -> None:
        queue = due_queue(monkeypatch, 7)
        assert read_due_keys(NOW, 8) == (queue, True)

    def test_read_due_keys_takes_a_quarter_of_the_oldest_and_the_rest_of_the_newest(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        queue = due_queue(monkeypatch, 20)
        assert read_due_keys(NOW, 8) == ([*queue[:2], *queue[:13:-1]], False)

    @pytest.mark.parametrize("limit", [1, 2, 3])
    def test_read_due_keys_small_limit_takes_at_least_the_oldest(
        self, monkeypatch: pytest.MonkeyPatch, limit: int
    ) -> None:
        queue = due_queue(monkeypatch, 20)
        assert read_due_keys(NOW, limit) == ([queue[0], *queue[:-limit:-1]], False)

    def test_read_due_keys_overlapping_ends_name_each_item_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        queue = due_queue(monkeypatch, 8)
        found = read_due_keys(NOW, 8)
        assert (sorted(found.items), found.is_complete) == (sorted(queue), False)
