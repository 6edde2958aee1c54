"""The numbered receipts and notes of a month, for returns. They are listed from the moment they have their number."""

from collections.abc import Callable
from typing import Any, NamedTuple

from shared import seller_day
from shared.db.entities import CreditNote, Receipt
from shared.db.table import keys, store
from shared.db.table.base import Item, listing_attributes
from shared.db.table.changes import update_actions
from shared.db.table.keys import Key
from shared.db.table.store import Listing, RawItem, StartKey
from shared.db.table.unreadable_items import read_each, readable_page
from shared.observability import emit_metrics, logger


class TaxDocument(NamedTuple):
    """A numbered receipt, or a note of it. `note` is None for the receipt itself."""

    receipt: Receipt
    note: CreditNote | None

    @property
    def pk(self) -> str:
        return str(self.receipt.pk)

    @property
    def sk(self) -> str:
        return str((self.note or self.receipt).sk)


def listing_of_receipt(receipt: Receipt) -> dict[str, Any]:
    """The attributes that list a receipt in the month of its date."""
    day = receipt.day or seller_day.day(receipt.captured_at)
    return listing_attributes(keys.tax_document_listing(day, "L", receipt.order_id, 0))


def listing_of_note(note: CreditNote) -> dict[str, Any]:
    """The attributes that list a note in the month of its date."""
    day = note.day or seller_day.day(note.issued_at)
    return listing_attributes(keys.tax_document_listing(day, "N", note.order_id, note.step))


def list_month(
    month: str, limit: int, start: StartKey, unreadable: Callable[[str], object] = lambda _: None
) -> Listing[TaxDocument]:
    """A page of the documents of a month ("2026-11"), receipts first, by date: one Query of the index, and a
    BatchGetItem of the receipts of the notes. `unreadable` gets the order of each document that cannot be read, or
    whose receipt cannot, or does not exist. Raises StoreUnavailable."""

    def report(raw: RawItem) -> None:
        unreadable(_order_id(raw))

    raw = store.query_raw(keys.tax_documents(month), index=keys.GSI1, limit=limit, start=start)
    page = readable_page(raw, Item, report)
    note_orders = dict.fromkeys(item.order_id for item in page.items if isinstance(item, CreditNote))
    raw_receipts = store.get_many_raw([keys.receipt(order_id) for order_id in note_orders])
    existing = set(map(_order_id, raw_receipts))
    for order_id in (each for each in note_orders if each not in existing):
        _report_without_receipt(order_id)
        unreadable(order_id)
    receipts = {item.pk: item for item in read_each(store.entity, raw_receipts, report) if isinstance(item, Receipt)}
    documents = []
    for item in page.items:
        if isinstance(item, Receipt):
            documents.append(TaxDocument(item, None))
        elif isinstance(item, CreditNote) and item.pk in receipts:
            documents.append(TaxDocument(receipts[item.pk], item))
    return Listing(documents, page.next_key)


def _order_id(raw: RawItem) -> str:
    order_id: str = raw["pk"]["S"].removeprefix(keys.receipt("").pk)
    return order_id


def _report_without_receipt(order_id: str) -> None:
    logger().error("notes without their receipt", extra={"code": "receipt_missing", "order_id": order_id})
    emit_metrics("receipts", {"notes_without_receipt": 1})


def add_missing_listing(item: Item) -> bool:
    """Lists a numbered document of an earlier version, which is in no list. Safe to repeat. Returns whether it was
    missing. Raises StoreUnavailable."""
    list_by: dict[type[Item], Callable[[Any], dict[str, Any]]] = {
        Receipt: listing_of_receipt,
        CreditNote: listing_of_note,
    }
    if not isinstance(item, Receipt | CreditNote) or item.number is None or item.listing is not None:
        return False
    kind: Any = type(item)
    store.update(kind, Key(item.pk, item.sk), update_actions(kind, list_by[kind](item)), kind.number.exists())
    return True
