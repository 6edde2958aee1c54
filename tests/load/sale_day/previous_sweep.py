"""The sweep before decision 0036 (commit 2f1b59c), for comparison: 500 items a run, oldest first, one after another,
receipts among the polls, one call for each order."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from typing import Any, Final
from unittest.mock import patch

from functions.payments.polling.back_off import back_off
from functions.payments.polling.poll_order import poll_order
from functions.payments.receipts.receipt_service import ensure_numbered
from shared import clock
from shared.db import due_index
from shared.db.due_index import due_attributes
from shared.db.entities import Payment, Receipt
from shared.db.payments.documents import receipts
from shared.db.table import store
from shared.settlement import poll_schedule

_ITEMS_PER_RUN: Final = 500
_SECONDS_PER_ITEM: Final = 20


@contextmanager
def previous_rules() -> Iterator[None]:
    """Receipts are due among the polls, and an open order is polled after 5 and 15 minutes."""
    with ExitStack() as stack:
        stack.enter_context(patch.object(receipts, "due_receipt_attributes", due_attributes))
        delays = (timedelta(minutes=5), timedelta(minutes=15))
        stack.enter_context(patch.object(poll_schedule, "_POLL_DELAYS_WHILE_OPEN", delays))
        yield


def lambda_handler(_: dict[str, Any], context: Any) -> dict[str, Any]:
    now, processed, numbered = clock.now(), 0, 0
    for due in due_index.list_due(now, _ITEMS_PER_RUN):
        if context.get_remaining_time_in_millis() < 1000 * _SECONDS_PER_ITEM:
            break
        item = store.get_many([due.key]).get(due.key)
        if isinstance(item, Receipt):
            ensure_numbered(item)
            numbered += 1
        elif isinstance(item, Payment):
            poll_order(item)
        processed += 1
        back_off(due, item, now)
    return {"processed": processed, "receipts": numbered}
