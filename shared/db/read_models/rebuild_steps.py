"""What only a rebuild of the read side does with the table: scans it in pages, and puts right what is not."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pynamodb.constants import ITEM
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
from shared.db.table.store import translate_store_errors
from shared.db.table.transaction import Transaction
from shared.errors import StoreUnavailable

_MAX_ATTEMPTS: Final = 8
_OWNER_ATTRIBUTES: Final = ("instructor_id", "course_id")


def scan_page(position: str | None) -> tuple[list[Item], str | None]:
    """A page of the whole table, and where the next begins. What is there all the while the pages are read is in one of
    them."""
    items, last = table_scan.scan_page(json.loads(position) if position else None)
    return items, json.dumps(last) if last else None


@translate_store_errors
def approximate_item_count() -> int:
    """About how many items there are: DynamoDB counts every few hours."""
    return int(table().describe_table().get("ItemCount", 0))


def correct_counters(run: str, key: Key, kind: type[Item]) -> bool:
    """Sets the counters under `key` to those that were made anew; whether any differed. Raises StoreUnavailable.

    Both move by the same amounts from the moment on that everything is part of the run, in the same transactions: so
    whoever counts meanwhile makes this be tried again, and changes nothing about the difference."""
    for _ in range(_MAX_ATTEMPTS):
        raw, made = _get_raw(key), _get_raw(keys.rebuilt_counters(run, key))
        has, wanted = _counters(kind, raw), _counters(kind, made)
        if {n: v for n, v in has.items() if v} == {n: v for n, v in wanted.items() if v}:
            return False
        writing = Transaction()
        writing.update(
            "figures", key, _correction_actions(kind, has, wanted, made), _counters_unchanged(kind, has, raw)
        )
        if made:
            writing.check("anew", keys.rebuilt_counters(run, key), _counters_unchanged(kind, wanted, made))
        if kind is InstructorStudent:
            _correct_student_total(writing, key, has, wanted)
        if not writing.commit():
            return True
    raise StoreUnavailable("the figures keep changing")


def _correction_actions(
    kind: type[Item], has: Mapping[str, int], wanted: Mapping[str, int], made: dict[str, Any]
) -> list[Any]:
    actions: list[Any] = [kind.kind.set(kind.KIND)]
    actions += [Path(name).set(made[name]["S"]) for name in _OWNER_ATTRIBUTES if name in made]
    actions += [Path(name).set(value) for name, value in wanted.items()]
    actions += [Path(name).remove() for name in has if name not in wanted]
    if kind is LessonCompletionCounters:
        actions.append(LessonCompletionCounters.revision.add(1))
    return actions


def _counters_unchanged(kind: type[Item], counters: Mapping[str, int], raw: dict[str, Any]) -> Any:
    condition: Any = kind.pk.exists() if raw else kind.pk.does_not_exist()
    for name, value in counters.items():
        condition &= Path(name) == value
    return condition


def _correct_student_total(writing: Transaction, key: Key, has: Mapping[str, int], wanted: Mapping[str, int]) -> None:
    people = (wanted.get("courses", 0) > 0) - (has.get("courses", 0) > 0)
    if people:
        instructor_id, t = instructor_id_of(key), InstructorTotals
        actions = [t.kind.set(t.KIND), t.instructor_id.set(instructor_id), t.students.add(people)]
        writing.update("totals", keys.instructor_totals(instructor_id), actions, None)


@translate_store_errors
def _get_raw(key: Key) -> dict[str, Any]:
    found: dict[str, Any] = table().get_item(key.pk, range_key=key.sk, consistent_read=True).get(ITEM, {})
    return found


def _counters(kind: type[Item], raw: dict[str, Any]) -> dict[str, int]:
    return {name: int(value["N"]) for name, value in raw.items() if "N" in value and name not in kind.NON_COUNTERS}


def counters_rebuilt_in(item: Item, run: str) -> tuple[Key, type[Item]] | None:
    """Which figures were made anew here, and their kind; None when it is no item of this run."""
    prefix = f"REBUILD#{run}#"
    if not isinstance(item, RebuiltCounters) or not item.pk.startswith(prefix):
        return None
    return Key(item.pk.removeprefix(prefix), item.sk), KINDS[item.of]


def delete_orphaned_cards(cards: Sequence[CatalogueCard]) -> None:
    """Takes those away that their courses do not know of."""
    found = store.get_many([keys.card_manifest(card.course_id) for card in cards])
    m = CardManifest
    for card in cards:
        manifest = store.cast_to(m, found.get(keys.card_manifest(card.course_id)))
        if manifest is None or f"{card.pk} {card.sk}" not in manifest.places:
            writing = Transaction()
            as_read = m.revision == manifest.revision if manifest else m.pk.does_not_exist()
            writing.check("manifest", keys.card_manifest(card.course_id), as_read)
            writing.delete("card", Key(card.pk, card.sk), CatalogueCard.pk.exists())
            writing.commit()
