"""How long money has been on its way back."""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta

from shared.db.entities import Payment, PaymentEvent
from shared.db.table.base import Item
from shared.domain.lifecycle import PaymentStatus


def oldest_refund_hours(items: Iterable[Item], now: datetime) -> int:
    """Whole hours since the oldest refund that is not done was decided; 0 when none is on its way."""
    known = list(items)
    waiting = {
        each.order_id for each in known if isinstance(each, Payment) and each.status is PaymentStatus.REFUND_PENDING
    }
    since: dict[str, datetime] = {}
    for each in known:
        if isinstance(each, PaymentEvent) and each.order_id in waiting and _starts_refund(each):
            since[each.order_id] = max(each.at, since.get(each.order_id, each.at))
    return max(((now - at) // timedelta(hours=1) for at in since.values()), default=0)


def _starts_refund(event: PaymentEvent) -> bool:
    return bool(json.loads(event.changes).get("status") == PaymentStatus.REFUND_PENDING)
