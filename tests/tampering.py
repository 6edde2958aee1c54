"""Changes stored items behind the product's back, as no code of it could: what the invariants must find."""

from typing import Any

from shared.db.table import keys, store
from shared.db.table.base import Item
from shared.db.table.changes import update_actions
from shared.db.table.keys import Key


def tamper(item: Any, **changes: Any) -> None:
    """Sets attributes (None takes one away) without counting the version and without history."""
    kind: type[Item] = type(item)
    assert store.update(kind, Key(item.pk, item.sk), update_actions(kind, changes), kind.pk.exists()).succeeded


def delete_item(pk_and_sk: Key) -> None:
    store.delete(pk_and_sk)


def delete_payment_event(order_id: str, number: int) -> None:
    """As if the history entry had never been written."""
    delete_item(keys.payment_event(order_id, number))
