"""The steps of a rebuild of the read models: scanning the table in pages, correcting counters, deleting leftovers."""

import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final, NamedTuple

from pynamodb.constants import ITEM
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path

from shared.db import table_scan
from shared.db.entities import (
    CardManifest,
    CatalogueCard,
    InstructorStudent,
    InstructorTotals,
    LessonCompletionCounters,
    RebuiltCounters,
)
from shared.db.read_models.counter_items import instructor_id_of
from shared.db.table import keys, store
from shared.db.table.base import KINDS, Item, table
from shared.db.table.keys import Key
from shared.db.table.retry import CONTENDED, WriteConflict, retry_on_conflict
from shared.db.table.store import translate_store_errors
from shared.db.table.transaction import Transaction
from shared.errors import StoreUnavailable

_OWNER_ATTRIBUTES: Final = ("instructor_id", "course_id")


class StoredCounters(NamedTuple):
    """The key and the kind of an item that holds displayed counters."""

    key: Key
    kind: type[Item]


class RebuildPage(NamedTuple):
    """Items of the table, and the position of the next page (None on the last)."""

    items: list[Item]
    next_position: str | None


def scan_page(position: str | None) -> RebuildPage:
    """One page of the whole table. An item that exists throughout the scan is on one of the pages. Raises
    UnreadableItems, StoreUnavailable."""
    page = table_scan.scan_page(json.loads(position) if position else None)
    return RebuildPage(page.items, json.dumps(page.next_key) if page.next_key else None)


@translate_store_errors
def approximate_item_count() -> int:
    """The number of items in the table, which DynamoDB updates every few hours. Raises StoreUnavailable."""
    return int(table().describe_table().get("ItemCount", 0))


def correct_counters(run: str, counters: StoredCounters) -> bool:
    """Sets displayed counters to the rebuilt ones. Returns whether any differed. Raises StoreUnavailable.

    Once every source is part of the run, displayed and rebuilt counters receive the same increments in the same
    transactions, so their difference is constant. A concurrent increment only causes another attempt."""

    def attempt() -> bool:
        return _correct_once(run, counters.key, counters.kind)

    return retry_on_conflict(attempt, partial(StoreUnavailable, "the counters keep changing"), CONTENDED)


def _correct_once(run: str, key: Key, kind: type[Item]) -> bool:
    """As `correct_counters`, in one attempt. Raises WriteConflict when the counters changed since the read."""
    displayed_raw, rebuilt_raw = _get_raw(key), _get_raw(keys.rebuilt_counters(run, key))
    displayed, rebuilt = _counters(kind, displayed_raw), _counters(kind, rebuilt_raw)
    if _without_zeros(displayed) == _without_zeros(rebuilt):
        return False
    transaction = Transaction()
    transaction.update(
        "counters",
        key,
        _correction_actions(kind, displayed, rebuilt, rebuilt_raw),
        _counters_unchanged(kind, displayed, displayed_raw),
    )
    if rebuilt_raw:
        transaction.check("rebuilt", keys.rebuilt_counters(run, key), _counters_unchanged(kind, rebuilt, rebuilt_raw))
    if kind is InstructorStudent:
        _correct_student_total(transaction, key, displayed, rebuilt)
    if transaction.commit():
        raise WriteConflict
    return True


def _without_zeros(counters: Mapping[str, int]) -> dict[str, int]:
    return {name: value for name, value in counters.items() if value}


def _correction_actions(
    kind: type[Item], displayed: Mapping[str, int], rebuilt: Mapping[str, int], rebuilt_raw: dict[str, Any]
) -> list[Any]:
    actions: list[Any] = [kind.kind.set(kind.KIND)]
    actions += [Path(name).set(rebuilt_raw[name]["S"]) for name in _OWNER_ATTRIBUTES if name in rebuilt_raw]
    actions += [Path(name).set(value) for name, value in rebuilt.items()]
    actions += [Path(name).remove() for name in displayed if name not in rebuilt]
    if kind is LessonCompletionCounters:
        actions.append(LessonCompletionCounters.revision.add(1))
    return actions


def _counters_unchanged(kind: type[Item], counters: Mapping[str, int], raw: dict[str, Any]) -> Condition:
    condition: Condition = kind.pk.exists() if raw else kind.pk.does_not_exist()
    for name, value in counters.items():
        condition &= Path(name) == value
    return condition


def _correct_student_total(
    transaction: Transaction, key: Key, displayed: Mapping[str, int], rebuilt: Mapping[str, int]
) -> None:
    """Changes the instructor's number of distinct students when the correction adds or removes a student."""
    students = (rebuilt.get("courses", 0) > 0) - (displayed.get("courses", 0) > 0)
    if not students:
        return
    instructor_id = instructor_id_of(key)
    actions = [
        InstructorTotals.kind.set(InstructorTotals.KIND),
        InstructorTotals.instructor_id.set(instructor_id),
        InstructorTotals.students.add(students),
    ]
    transaction.update("totals", keys.instructor_totals(instructor_id), actions, None)


@translate_store_errors
def _get_raw(key: Key) -> dict[str, Any]:
    """The raw item, read consistently; empty if it does not exist."""
    found: dict[str, Any] = table().get_item(key.pk, range_key=key.sk, consistent_read=True).get(ITEM, {})
    return found


def _counters(kind: type[Item], raw: dict[str, Any]) -> dict[str, int]:
    return {name: int(value["N"]) for name, value in raw.items() if "N" in value and name not in kind.NON_COUNTERS}


def displayed_counters_of(item: Item, run: str) -> StoredCounters:
    """The displayed counters that belong to `item`: for rebuilt counters of this run, those that they will replace; for
    any other item, the item itself."""
    prefix = f"REBUILD#{run}#"
    if isinstance(item, RebuiltCounters) and item.pk.startswith(prefix):
        return StoredCounters(Key(item.pk.removeprefix(prefix), item.sk), KINDS[item.of])
    return StoredCounters(Key(item.pk, item.sk), type(item))


def delete_orphaned_cards(cards: Sequence[CatalogueCard]) -> None:
    """Deletes the cards that the manifests of their courses do not list, unless a manifest changed since the read.
    Raises StoreUnavailable."""
    found = store.get_many([keys.card_manifest(card.course_id) for card in cards])
    for card in cards:
        manifest = store.cast_to(CardManifest, found.get(keys.card_manifest(card.course_id)))
        if manifest is None or f"{card.pk} {card.sk}" not in manifest.places:
            _delete_card(card, manifest)


def _delete_card(card: CatalogueCard, manifest: CardManifest | None) -> None:
    """A refused transaction is no error: a refresh of the course has decided about the card, or it is deleted."""
    unchanged = CardManifest.revision == manifest.revision if manifest else CardManifest.pk.does_not_exist()
    transaction = Transaction()
    transaction.check("manifest", keys.card_manifest(card.course_id), unchanged)
    transaction.delete("card", Key(card.pk, card.sk), CatalogueCard.pk.exists())
    transaction.commit()
