"""What the reconciliation with the gateway remembers: the position of each pass, the differences that an admin must
resolve, and the orders of payments."""

from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any, Final

from shared.db.entities import OpenDifference, OrderOfPayment, ReconciliationCursor
from shared.db.table import keys, store
from shared.db.table.changes import update_actions
from shared.db.table.transaction import Transaction
from shared.db.table.unreadable_items import read_each
from shared.domain.reconciliation import Difference, PassCounts, ReconciliationStage

MAX_OPEN_DIFFERENCES: Final = 500
"""More are not stored: they have one cause, which these are enough to find. The pass counts all of them."""
_ORDER_LIFETIME: Final = timedelta(days=180)
"""As long as a refund or a dispute of the payment is listed. Without the row, the gateway is asked again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PassState:
    """The position of a pass. See the entity ReconciliationCursor."""

    since: datetime
    until: datetime
    started_at: datetime
    stage: ReconciliationStage = ReconciliationStage.PAYMENTS
    position: str | None = None
    postponed: int = 0
    counts: PassCounts = field(default_factory=PassCounts)
    complete_until: datetime | None = None
    completed_at: datetime | None = None
    version: int = 0


@dataclass(frozen=True, slots=True)
class StoredDifference:
    """An open difference, and the time (UTC) at which it was found."""

    difference: Difference
    found_at: datetime


def read_pass(name: str) -> PassState | None:
    """The current or latest pass; None before the first. Raises StoreUnavailable."""
    cursor = store.get(ReconciliationCursor, keys.reconciliation_cursor(name))
    return _state(cursor) if cursor else None


def save_pass(name: str, state: PassState) -> bool:
    """Stores `state` if its version follows the stored one. False when another run has stored a position since: this
    run must stop. Raises StoreUnavailable."""
    is_next: Any = ReconciliationCursor.version == state.version - 1
    if state.version == 1:
        is_next = ReconciliationCursor.pk.does_not_exist()
    values = {"kind": ReconciliationCursor.KIND, **_attributes(state)}
    actions = update_actions(ReconciliationCursor, values)
    written = store.update(ReconciliationCursor, keys.reconciliation_cursor(name), actions, is_next)
    # The SDK may send the update twice after a lost response: the second one finds what the first one wrote.
    return written.succeeded or (written.item is not None and _state(written.item) == state)


def list_open() -> list[StoredDifference]:
    """Every stored difference, by order id. One that cannot be read is left out, logged and counted. Raises
    StoreUnavailable."""
    found = read_each(store.entity, store.query_all_raw(keys.OPEN_DIFFERENCES))
    return [_stored(item) for item in found if isinstance(item, OpenDifference)]


def save_difference(difference: Difference, now: datetime) -> None:
    """Stores the difference, unless it is stored as it is. Raises StoreUnavailable."""
    values = {
        "kind": OpenDifference.KIND,
        "order_id": difference.order_id,
        "difference": difference.kind,
        "entity_id": difference.entity_id,
        "gateway": difference.gateway,
        "local": difference.local,
        "found_at": now,
    }
    differs = (OpenDifference.gateway != difference.gateway) | (OpenDifference.local != difference.local)
    is_new: Any = OpenDifference.pk.does_not_exist() | differs
    store.update(OpenDifference, _difference_key(difference), update_actions(OpenDifference, values), is_new)


def delete_difference(difference: Difference) -> None:
    """Deletes a difference that is gone. Raises StoreUnavailable."""
    store.delete(_difference_key(difference))


def orders_of_payments(payment_ids: Iterable[str]) -> dict[str, str]:
    """Payment id > order id, as far as remembered: one BatchGetItem per hundred. Raises StoreUnavailable."""
    ids = {keys.order_of_payment(payment_id): payment_id for payment_id in payment_ids}
    found = read_each(store.entity, store.get_many_raw(list(ids)))
    return {ids[keys.Key(item.pk, item.sk)]: item.order_id for item in found if isinstance(item, OrderOfPayment)}


def remember_order_of_payment(payment_id: str, order_id: str, now: datetime) -> None:
    """Remembers the order of a payment, which never changes; "" for a payment that needs no attention. Raises
    StoreUnavailable."""
    expires_at = int((now + _ORDER_LIFETIME).timestamp())
    transaction = Transaction()
    transaction.put(
        "order", OrderOfPayment.build(keys.order_of_payment(payment_id), order_id=order_id, expires_at=expires_at)
    )
    transaction.commit()


def _difference_key(difference: Difference) -> keys.Key:
    return keys.open_difference(difference.order_id, difference.kind, difference.entity_id)


def _stored(item: OpenDifference) -> StoredDifference:
    difference = Difference(item.difference, item.order_id, item.entity_id, item.gateway, item.local)
    return StoredDifference(difference, item.found_at)


def _state(cursor: ReconciliationCursor) -> PassState:
    counts = {each.name: getattr(cursor, each.name) for each in fields(PassCounts)}
    names = [each.name for each in fields(PassState) if each.name != "counts"]
    return PassState(counts=PassCounts(**counts), **{name: getattr(cursor, name) for name in names})


def _attributes(state: PassState) -> dict[str, Any]:
    values = {each.name: getattr(state, each.name) for each in fields(PassState) if each.name != "counts"}
    return values | {each.name: getattr(state.counts, each.name) for each in fields(PassCounts)}
