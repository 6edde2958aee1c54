"""Generate sales: copies of one real purchase, with ids of their own."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import inf
from typing import Any

from functions.payments.invariants import changed
from shared.db.table.base import table
from tests.fixtures.api import Api
from tests.fixtures.storefront import Storefront

Raw = dict[str, Any]


@dataclass(frozen=True)
class Purchase:
    """The items of one purchase as JSON, the ids and the receipt number in them, and the items that all sales share."""

    items: list[str]
    ids: list[str]
    shared_items: list[Raw]

    @property
    def stored_bytes(self) -> int:
        """The approximate size of one sale in the table, without indexes."""
        return sum(_item_size(json.loads(item)) for item in self.items)


def buy_once(shop: Storefront, learner: Api, project: Callable[[], object]) -> Purchase:
    """One purchase with everything that follows: webhooks, receipt, completion, certificate, read models, and an
    examination by the hourly check."""
    order_id = shop.create_order(learner)["order_id"]
    shop.clock.advance(seconds=40)
    checkout = shop.pay(order_id)
    shop.verify(learner, checkout)
    shop.deliver()
    shop.sweep()
    for lesson_id in _lesson_ids(shop):
        path = f"/api/enrollments/{shop.course.course_id}/lessons/{lesson_id}"
        assert learner.put(path, {"completed": True}).status == 200
    project()
    assert changed.examine_changed(lambda: inf).learners == 1
    stored = _stored_items()
    certificate_ids = [item["certificate_id"]["S"] for item in stored if item["kind"]["S"] == "certificate"]
    event_ids = [item["event_id"]["S"] for item in stored if item["kind"]["S"] == "webhook_event"]
    copied = [learner.user_id, order_id, checkout["razorpay_payment_id"], *certificate_ids, *event_ids]
    own = [item for item in stored if _is_own(item, copied)]
    shared = [item for item in stored if not _is_own(item, copied)]
    return Purchase([json.dumps(item) for item in own], copied, shared)


def copy_of(purchase: Purchase, number: int) -> list[Raw]:
    """The items of the sale with that number, from 1 on. Its receipt has that number too."""
    new_ids = {old: _new_id(old, place, number) for place, old in enumerate(purchase.ids)}
    return [_with_ids(item, new_ids, number) for item in purchase.items]


def _with_ids(item: str, new_ids: dict[str, str], number: int) -> Raw:
    for old, new in new_ids.items():
        item = item.replace(old, new)
    raw: Raw = json.loads(item.replace("/000001", f"/{number:06d}"))
    return raw


def shared_items(purchase: Purchase, number: int) -> Iterator[Raw]:
    """The items that all sales share; the counter of receipt numbers has counted all of them."""
    for item in purchase.shared_items:
        yield item | {"last": {"N": str(number)}} if item["kind"]["S"] == "receipt_counter" else item


def _new_id(old: str, place: int, number: int) -> str:
    """An id of the same kind and length, for the id at that place of the list. It ends with both numbers."""
    digits = f"{place}{number:09d}"
    return old[: -len(digits)] + digits


def _lesson_ids(shop: Storefront) -> list[str]:
    course = Api().get(f"/api/courses/{shop.course.course_id}").json
    return [lesson["id"] for section in course["sections"] for lesson in section["lessons"]]


def _stored_items() -> list[Raw]:
    response = table().scan(consistent_read=True)
    assert "LastEvaluatedKey" not in response
    items: list[Raw] = response["Items"]
    return items


def _is_own(item: Raw, copied: list[str]) -> bool:
    """Whether every sale has such an item of its own."""
    keys = f"{item['pk']['S']} {item['sk']['S']}"
    return any(each in keys for each in copied)


def _item_size(item: Raw) -> int:
    """Names and values in bytes; nested values as their JSON, which is slightly too large."""
    return sum(len(name) + len(json.dumps(value)) - len('{"S": ""}') for name, value in item.items())
