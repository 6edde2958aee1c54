"""A temporary file with the gateway's entities of a period: a comparison of any length needs the same memory."""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, Final

from functions.payments import razorpay_evidence
from functions.payments.checkout.adopt_order import payer_from_notes
from functions.payments.razorpay_evidence import MalformedPayload
from functions.payments.reconciliation.ledger_comparison import is_captured
from shared.domain.captures import DisputeStatus
from shared.gateways.razorpay import Json

Row = tuple[Any, ...]

MONEY_WAS_KEPT: Final = "(is_kept AND id NOT IN (SELECT payment_id FROM disputes WHERE is_lost))"
"""The condition that a payment was neither refunded in full nor lost in a dispute."""
_TABLES: Final = """
CREATE TABLE orders (id TEXT PRIMARY KEY, is_ours INTEGER, entity TEXT);
CREATE TABLE payments (id TEXT PRIMARY KEY, order_id TEXT, is_captured INTEGER, is_kept INTEGER, entity TEXT);
CREATE INDEX payments_by_order ON payments (order_id);
CREATE TABLE refunds (id TEXT PRIMARY KEY, payment_id TEXT, entity TEXT);
CREATE INDEX refunds_by_payment ON refunds (payment_id);
CREATE TABLE disputes (id TEXT PRIMARY KEY, payment_id TEXT, is_lost INTEGER, entity TEXT);
CREATE INDEX disputes_by_payment ON disputes (payment_id);
CREATE TABLE unreadable_returns (payment_id TEXT PRIMARY KEY);
CREATE TABLE compared_orders (id TEXT PRIMARY KEY);
CREATE TABLE compared_payments (id TEXT PRIMARY KEY);
"""
_PAYER_FIELDS: Final = ("email", "contact", "vpa", "card", "card_id", "bank", "wallet", "description", "acquirer_data")
"""The fields of an entity that are not kept."""
_BATCH_SIZE: Final = 100
_UNREADABLE: Final = (MalformedPayload, KeyError, TypeError, ValueError, AttributeError)


class EntityFile:
    """Orders, payments, refunds and disputes by id. `unreadable` are the ids of entities without the documented form,
    which are left out; the table `unreadable_returns` has the payments of those refunds and disputes. The file has no
    name, and is deleted when it is closed."""

    def __init__(self) -> None:
        self.unreadable: list[str] = []
        self._file = sqlite3.connect("")
        self._file.executescript(_TABLES)

    def close(self) -> None:
        self._file.close()

    def add_orders(self, orders: Iterator[Any]) -> None:
        self._add("INSERT OR REPLACE INTO orders VALUES (?, ?, ?)", orders, _order_row)

    def add_payments(self, payments: Iterator[Any]) -> None:
        self._add("INSERT OR REPLACE INTO payments VALUES (?, ?, ?, ?, ?)", payments, _payment_row)

    def add_refunds(self, refunds: Iterator[Any]) -> None:
        self._add("INSERT OR REPLACE INTO refunds VALUES (?, ?, ?)", refunds, _refund_row)

    def add_disputes(self, disputes: Iterator[Any]) -> None:
        self._add("INSERT OR REPLACE INTO disputes VALUES (?, ?, ?, ?)", disputes, _dispute_row)

    def add_ids(self, table: str, ids: Iterable[str]) -> None:
        """Adds ids to `compared_orders` or `compared_payments`."""
        self._file.executemany(f"INSERT OR IGNORE INTO {table} VALUES (?)", ((each,) for each in ids))  # noqa: S608

    def entities(self, table: str, column: str, value: str) -> list[Json]:
        rows = self._file.execute(f"SELECT entity FROM {table} WHERE {column} = ?", (value,))  # noqa: S608
        return [json.loads(row[0]) for row in rows]

    def value(self, select: str, *parameters: str) -> Any:
        """The first value of the first row; None without a row."""
        row = self._file.execute(select, parameters).fetchone()
        return row[0] if row else None

    def batches(self, select: str) -> Iterator[list[Any]]:
        """The first value of each row, a hundred at a time. The rows must not change meanwhile."""
        offset = 0
        while batch := self._file.execute(f"{select} LIMIT ? OFFSET ?", (_BATCH_SIZE, offset)).fetchall():
            yield [row[0] for row in batch]
            offset += len(batch)

    def _add(self, insert: str, listed: Iterator[Any], row: Callable[[Json], Row]) -> None:
        rows = self._rows(listed, row)
        while batch := list(islice(rows, _BATCH_SIZE)):
            self._file.executemany(insert, batch)

    def _rows(self, listed: Iterator[Any], row: Callable[[Json], Row]) -> Iterator[Row]:
        for entity in listed:
            try:
                yield row(entity)
            except _UNREADABLE:
                self._add_unreadable(entity if isinstance(entity, dict) else {"id": entity})

    def _add_unreadable(self, entity: Json) -> None:
        self.unreadable.append(razorpay_evidence.entity_id(entity))
        if isinstance(payment_id := entity.get("payment_id"), str):
            self._file.execute("INSERT OR IGNORE INTO unreadable_returns VALUES (?)", (payment_id,))


def _order_row(order: Json) -> Row:
    is_ours = payer_from_notes(order) is not None
    if is_ours:
        _require_adoptable(order)
    return _text(order["id"]), is_ours, _without_payer(order)


def _require_adoptable(order: Json) -> None:
    """Raises MalformedPayload, KeyError when the order lacks what its adoption needs."""
    _text(order["currency"])
    if not all(type(order[name]) is int for name in ("amount", "created_at")):
        raise MalformedPayload


def _payment_row(payment: Json) -> Row:
    captured = is_captured(payment)
    kept = captured and payment["status"] != "refunded"
    return _text(payment["id"]), payment.get("order_id") or "", captured, kept, _without_payer(payment)


def _refund_row(refund: Json) -> Row:
    razorpay_evidence.from_refund(refund)
    return refund["id"], refund["payment_id"], _without_payer(refund)


def _dispute_row(dispute: Json) -> Row:
    reported = razorpay_evidence.from_dispute(dispute)
    is_lost = reported.dispute.status is DisputeStatus.LOST
    return dispute["id"], dispute["payment_id"], is_lost, _without_payer(dispute)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise MalformedPayload
    return value


def _without_payer(entity: Json) -> str:
    return json.dumps({name: value for name, value in entity.items() if name not in _PAYER_FIELDS})
