"""Orders at the gateway that are not ours. Other products may use the same account, and their webhooks come to us.

An order is remembered, so that it costs one question to the gateway and not one for each of its events.
"""

from datetime import datetime

from shared.db.entities import ForeignOrder
from shared.db.table import keys, store


def is_remembered(order_id: str, now: datetime) -> bool:
    """Whether the order is known not to be ours: one GetItem. Raises StoreUnavailable."""
    found = store.get(ForeignOrder, keys.foreign_order(order_id))
    return found is not None and now < found.remembered_until


def remember(order_id: str, until: datetime) -> None:
    """Remembers the order until that time (UTC), or longer if it is remembered longer already: one UpdateItem, safe to
    repeat. Raises StoreUnavailable."""
    store.update(
        ForeignOrder,
        keys.foreign_order(order_id),
        [
            ForeignOrder.kind.set(ForeignOrder.KIND),
            ForeignOrder.order_id.set(order_id),
            ForeignOrder.remembered_until.set(until),
            ForeignOrder.expires_at.set(int(until.timestamp())),
        ],
        ForeignOrder.pk.does_not_exist() | (ForeignOrder.remembered_until < until),
    )
