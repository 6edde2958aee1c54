"""Everything that is stored about one learner of a course, for the invariant check: read consistently, by keys.

The keys of orders and certificates come from the index of the learner, which lags, and from the enrollment and its
history, which name the orders that they wait for or are granted by. An item that this version of the code cannot read
is part of the result; it is no error.
"""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, Self

from shared.db.entities import Enrollment, EnrollmentEvent, PaymentEvent
from shared.db.table import keys, store
from shared.db.table.base import Item
from shared.db.table.keys import Key
from shared.db.table.store import RawItem
from shared.db.table.unreadable_items import READ_ERRORS
from shared.domain.lifecycle import ADMIN_GRANT, FREE_GRANT

MAX_ORDERS: Final = 2_000
"""Of one learner for one course: create-order creates one in each order window, so this takes six weeks."""

_ENROLLMENT_PREFIX: Final = keys.enrollment("", "").sk
_NO_ORDERS: Final = ("", FREE_GRANT, ADMIN_GRANT)


class UnreadableItem(NamedTuple):
    """An item that this version of the code cannot read, by its keys, and the error."""

    pk: str
    sk: str
    error: str

    @classmethod
    def of(cls, pk: str, sk: str, error: Exception) -> Self:
        return cls(pk, sk, f"{type(error).__name__}: {error}")


class TooManyOrders(Exception):
    """The learner has more than MAX_ORDERS orders for the course: they are not read."""


@dataclass
class Records:
    """Entities, in no particular order, and the items that cannot be read."""

    items: list[Item] = field(default_factory=list)
    unreadable: list[UnreadableItem] = field(default_factory=list)

    def add(self, raw_items: Iterable[RawItem]) -> list[Item]:
        """Adds the items. Returns the readable ones."""
        added = []
        for raw in raw_items:
            entity = read_entity(raw)
            if isinstance(entity, UnreadableItem):
                self.unreadable.append(entity)
            elif entity is not None:
                added.append(entity)
        self.items += added
        return added


class ListedKeys(NamedTuple):
    """Course id > the ids of a user's orders and certificates, as the index lists them."""

    orders: dict[str, set[str]]
    certificates: dict[str, set[str]]


def read_entity(raw: RawItem) -> Item | UnreadableItem | None:
    """The entity of a raw item; None for an unknown kind."""
    try:
        return store.entity(raw)
    except READ_ERRORS as error:
        return UnreadableItem.of(raw["pk"]["S"], raw["sk"]["S"], error)


def list_keys(user_id: str) -> ListedKeys:
    """One Query of the index, more for hundreds of orders."""
    listed = ListedKeys({}, {})
    for raw in store.query_all_raw(keys.user(user_id).pk, index=keys.GSI1):
        for ids_by_course, name in ((listed.orders, "order_id"), (listed.certificates, "certificate_id")):
            if name in raw and "course_id" in raw:
                ids_by_course.setdefault(raw["course_id"]["S"], set()).add(raw[name]["S"])
    return listed


def read_learner(
    user_id: str, course_id: str, known_keys: ListedKeys | None = None, further_order_ids: Collection[str] = ()
) -> Records:
    """The learner's enrollment in the course with its history, all orders for it with histories, receipts and notes,
    the certificates, and what was examined before. `known_keys` spares the Query of the index. Five requests, one for
    each order, and one more for each order of which an amount was refunded. Raises TooManyOrders."""
    records = Records()
    # First: a change that is reported after this read makes the result of the examination outdated.
    own_keys = [keys.examination(user_id, course_id), keys.enrollment(user_id, course_id)]
    own = records.add(store.get_many_raw(own_keys))
    prefix = keys.enrollment_event(user_id, course_id, 0).sk.removesuffix("000000")
    own += records.add(store.query_all_raw(keys.user(user_id).pk, sk=EnrollmentEvent.sk.startswith(prefix)))
    listed = known_keys or list_keys(user_id)
    order_ids = listed.orders.get(course_id, set()) | _named_orders(own) | set(further_order_ids)
    if len(order_ids) > MAX_ORDERS:
        raise TooManyOrders(f"{len(order_ids)} orders are too many to examine")
    with_notes = set[str]()
    for order_id in sorted(order_ids):
        raw_order = store.query_all_raw(keys.payment(order_id).pk)
        if not _belongs_to_another(raw_order, user_id, course_id):
            records.add(raw_order)
        if _may_have_notes(raw_order):
            with_notes.add(order_id)
    certificate_ids = listed.certificates.get(course_id, set()) | _named_certificates(own)
    raw_receipts = [raw for order_id in sorted(with_notes) for raw in store.query_all_raw(keys.receipt(order_id).pk)]
    further = [keys.receipt(order_id) for order_id in sorted(order_ids - with_notes)]
    further += [keys.certificate(certificate_id) for certificate_id in sorted(certificate_ids)]
    found = [*raw_receipts, *store.get_many_raw(further)]
    records.add(raw for raw in found if not _belongs_to_another([raw], user_id, course_id))
    return records


def _belongs_to_another(raw_items: Iterable[RawItem], user_id: str, course_id: str) -> bool:
    """Whether the items are those of a payment, receipt or certificate of another learner or course."""
    learner = {"S": user_id}, {"S": course_id}
    return any("user_id" in raw and (raw["user_id"], raw.get("course_id")) != learner for raw in raw_items)


def _may_have_notes(raw_order: Iterable[RawItem]) -> bool:
    """Whether a step after the first one changed the refunded amount: only then is there a credit note."""
    later = (
        raw for raw in raw_order if raw.get("kind") == {"S": PaymentEvent.KIND} and raw.get("number") != {"N": "1"}
    )
    return any('"refunded_amount"' in raw.get("changes", {}).get("S", "") for raw in later)


def _named_orders(own: Iterable[Item]) -> set[str]:
    """The orders that the enrollment or a step of its history names. Values of another type name none: the checks
    report them."""
    values: list[Any] = []
    for item in own:
        if isinstance(item, Enrollment):
            values += [item.order_id, item.granted_by, *_listed(item.orders_on_hold)]
        elif isinstance(item, EnrollmentEvent):
            changes = _recorded_changes(item)
            values += [changes.get("order_id"), changes.get("granted_by"), *_listed(changes.get("orders_on_hold"))]
    return {value for value in values if isinstance(value, str) and value not in _NO_ORDERS}


def _listed(value: Any) -> Collection[Any]:
    return value if isinstance(value, list | set | tuple) else ()


def _recorded_changes(step: EnrollmentEvent) -> dict[str, Any]:
    """Empty when they cannot be read: the check of the history reports that."""
    try:
        changes = json.loads(step.changes)
    except (TypeError, ValueError):
        return {}
    return changes if isinstance(changes, dict) else {}


def _named_certificates(own: Iterable[Item]) -> set[str]:
    return {item.certificate_id for item in own if isinstance(item, Enrollment) and item.certificate_id}


def enrolled_courses(user_id: str) -> set[str]:
    """The courses in which a user has an enrollment in any state. One Query."""
    raw_items = store.query_all_raw(keys.user(user_id).pk, sk=Enrollment.sk.startswith(_ENROLLMENT_PREFIX))
    kind = {"S": Enrollment.KIND}
    return {raw["sk"]["S"].removeprefix(_ENROLLMENT_PREFIX) for raw in raw_items if raw.get("kind") == kind}


def existing_keys(requested: Collection[Key]) -> set[Key]:
    """Those of the keys under which there is an item. One BatchGetItem per hundred."""
    return {Key(raw["pk"]["S"], raw["sk"]["S"]) for raw in store.get_many_raw(list(requested))}


def read_order(order_id: str) -> Records:
    """A payment and its history. One Query."""
    records = Records()
    records.add(store.query_all_raw(keys.payment(order_id).pk))
    return records
