"""Reads the sums of the receipts and notes by month."""

from collections.abc import Callable

from shared.db.entities import DocumentMonth
from shared.db.table import keys, store
from shared.db.table.unreadable_items import key_text, read_each


def document_months(
    first: str, last: str, unreadable: Callable[[str], object] = lambda _: None
) -> dict[tuple[str, str], DocumentMonth]:
    """The sums of the months from `first` to `last` ("2026-11", both included), by month and currency: one Query.
    `unreadable` gets the key of those that cannot be read. Raises StoreUnavailable."""
    months = DocumentMonth.sk.between(f"{first}#", f"{last}$")  # "$" follows "#"
    items = read_each(
        store.entity, store.query_all_raw(keys.DOCUMENT_MONTHS, sk=months), lambda each: unreadable(key_text(each))
    )
    return {_month_and_currency(item.sk): item for item in items if isinstance(item, DocumentMonth)}


def _month_and_currency(sk: str) -> tuple[str, str]:
    month, _, currency = sk.partition("#")
    return month, currency
