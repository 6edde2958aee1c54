"""Reads the sums of the receipts and notes by month."""

from shared.db.entities import DocumentMonth
from shared.db.table import keys, store


def document_months(first: str, last: str) -> dict[tuple[str, str], DocumentMonth]:
    """The sums of the months from `first` to `last` ("2026-11", both included), by month and currency: one Query.
    Raises StoreUnavailable."""
    items = store.query_all(
        keys.DOCUMENT_MONTHS, sk=DocumentMonth.sk.between(f"{first}#", f"{last}$")
    )  # "$" follows "#"
    return {_month_and_currency(item.sk): item for item in items if isinstance(item, DocumentMonth)}


def _month_and_currency(sk: str) -> tuple[str, str]:
    month, _, currency = sk.partition("#")
    return month, currency
