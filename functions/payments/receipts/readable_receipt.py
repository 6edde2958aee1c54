"""Answers requests for a receipt or a note that cannot be read."""

from collections.abc import Iterator
from contextlib import contextmanager

from functions.payments.errors import ReceiptUnreadable
from shared.db.table import keys
from shared.db.table.unreadable_items import READ_ERRORS, report_unreadable


@contextmanager
def readable_receipt(order_id: str) -> Iterator[None]:
    """Raises ReceiptUnreadable when the receipt of the order, a note of it, or an item that they state something of
    cannot be read or presented in the block. It is logged with the key of the receipt, and counted."""
    try:
        yield
    except READ_ERRORS as error:
        key = keys.receipt(order_id)
        report_unreadable(pk=key.pk, sk=key.sk)
        raise ReceiptUnreadable from error
