"""The transactions on the seller's account at the gateway, with their sums by month and by settlement.

An entry and the sums that contain it are written in one transaction, on the condition that the entry is as it was read,
so a transaction that the gateway lists again, or two runs at once, count once.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from functools import partial
from itertools import islice
from typing import Any, Final, NamedTuple

from pynamodb.constants import ITEMS, LAST_EVALUATED_KEY
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path

from shared import seller_day
from shared.db.entities import LedgerEntry, LedgerMonth, Settlement
from shared.db.table import keys, store
from shared.db.table.base import Item, listing_attributes, table
from shared.db.table.keys import Key
from shared.db.table.retry import CONTENDED, WriteConflict, retry_on_conflict
from shared.db.table.store import Listing, RawItem, StartKey, translate_store_errors
from shared.db.table.transaction import Transaction
from shared.db.table.unreadable_items import key_text, read_each, readable_page
from shared.domain.account_ledger import AccountTransaction, LedgerKind, postings
from shared.errors import StoreUnavailable

_BATCH_SIZE: Final = 30
"""Entries of one transaction, which has at most 100 operations: each entry may have a month and a settlement of its
own."""
_MONTHS: Final = "LEDGER#"
_RENAMED: Final = {"kind": "ledger_kind"}
"""Fields of AccountTransaction that are stored under another name."""


NameTaker = Callable[[str], object]


def _no_one(_name: str) -> None:
    """Takes the names that a caller does not ask for."""


class _Change(NamedTuple):
    """An entry as it was read and as it will be; None where there is none."""

    before: LedgerEntry | None
    after: AccountTransaction | None

    @property
    def entity_id(self) -> str:
        changed = self.after or self.before
        return str(changed.entity_id) if changed else ""


def record(transactions: Iterable[AccountTransaction]) -> int:
    """Stores each transaction that is new, or differs from the stored one. One that is not settled replaces no settled
    one: its list may be older. Returns how many were written. Raises StoreUnavailable."""
    wanted = {each.entity_id: each for each in transactions}
    return sum(_write(part, partial(_changes_to, {each: wanted[each] for each in part})) for part in _batches(wanted))


def remove_unsettled(entity_ids: Iterable[str]) -> int:
    """Removes the transactions that are stored and not settled. Returns how many were. Raises StoreUnavailable."""
    return sum(_write(part, _removals) for part in _batches(dict.fromkeys(entity_ids)))


def totals_until(month: str, unreadable: NameTaker = _no_one) -> list[LedgerMonth]:
    """The sums of each month up to `month` ("2026-11"), by month and currency: one Query. `unreadable` gets the key,
    such as "LEDGER 2026-11#INR", of those that cannot be read. Raises StoreUnavailable."""
    raw = store.query_all_raw(keys.LEDGER_MONTHS, sk=LedgerMonth.sk < f"{month}$")  # "$" follows "#"
    items = read_each(store.entity, raw, lambda each: unreadable(key_text(each)))
    return [item for item in items if isinstance(item, LedgerMonth)]


def list_month(month: str, limit: int, start: StartKey, unreadable: NameTaker = _no_one) -> Listing[LedgerEntry]:
    """A page of the transactions of a month, by time: one Query of the index. `unreadable` gets the id of each that
    cannot be read. Raises StoreUnavailable."""
    raw = store.query_raw(f"{_MONTHS}{month}", index=keys.GSI1, limit=limit, start=start)
    return readable_page(raw, LedgerEntry, lambda each: unreadable(_id_of(each)))


def list_settlements(month: str, limit: int, start: StartKey, unreadable: NameTaker = _no_one) -> Listing[Settlement]:
    """A page of the settlements of a month, by time: one Query of the index. `unreadable` gets the id of each that
    cannot be read. Raises StoreUnavailable."""
    raw = store.query_raw(f"SETTLEMENTS#{month}", index=keys.GSI1, limit=limit, start=start)
    return readable_page(raw, Settlement, lambda each: unreadable(_id_of(each)))


def get_settlement(settlement_id: str) -> Settlement | None:
    return store.get(Settlement, keys.settlement(settlement_id))


@translate_store_errors
def list_settled(
    settlement_id: str | None, limit: int, start: StartKey, unreadable: NameTaker = _no_one
) -> Listing[LedgerEntry]:
    """A page of the transactions that a settlement transfers, by time, with its own; for None, of those that none
    transfers yet: one Query of the index, and a BatchGetItem per hundred. `unreadable` gets the id of each that cannot
    be read. Raises StoreUnavailable."""
    pk = keys.settlement(settlement_id or "NONE").pk
    page = table().query(pk, index_name=keys.GSI2, limit=limit, exclusive_start_key=start)
    found = [Key(raw["pk"]["S"], raw["sk"]["S"]) for raw in page[ITEMS]]
    items = read_each(store.entity, store.get_many_raw(found), lambda each: unreadable(_id_of(each)))
    entries = {item.pk: item for item in items if isinstance(item, LedgerEntry)}
    return Listing([entries[key.pk] for key in found if key.pk in entries], page.get(LAST_EVALUATED_KEY))


def transaction_of(entry: LedgerEntry) -> AccountTransaction:
    """The stored transaction."""
    names = [field.name for field in fields(AccountTransaction)]
    return AccountTransaction(**{name: getattr(entry, _RENAMED.get(name, name)) for name in names})


def _id_of(raw: RawItem) -> str:
    """The gateway's id in the key of an entry or a settlement."""
    return str(raw["pk"]["S"].partition("#")[2])


def _batches(entity_ids: Iterable[str]) -> Iterator[list[str]]:
    waiting = iter(entity_ids)
    while batch := list(islice(waiting, _BATCH_SIZE)):
        yield batch


def _changes_to(wanted: Mapping[str, AccountTransaction], stored: Mapping[str, LedgerEntry]) -> list[_Change]:
    """The changes that store the wanted ones of these entity ids."""
    found = []
    for entity_id, transaction in wanted.items():
        before = stored.get(entity_id)
        if before is None:
            found.append(_Change(None, transaction))
        elif transaction.settlement_id is None and before.settlement_id is not None:
            continue
        elif transaction_of(before) != transaction:
            found.append(_Change(before, transaction))
    return found


def _removals(stored: Mapping[str, LedgerEntry]) -> list[_Change]:
    return [_Change(entry, None) for entry in stored.values() if entry.settlement_id is None]


def _write(entity_ids: Sequence[str], changes_of: Callable[[Mapping[str, LedgerEntry]], list[_Change]]) -> int:
    """Reads the entries, and writes the changes that follow from them. An entry that cannot be read is logged, counted,
    and left as it is: what it adds to the sums is not known."""

    def attempt() -> int:
        raw = store.get_many_raw([keys.ledger_entry(entity_id) for entity_id in entity_ids])
        unreadable: set[str] = set()
        found = read_each(store.entity, raw, lambda each: unreadable.add(_id_of(each)))
        stored = {item.entity_id: item for item in found if isinstance(item, LedgerEntry)}
        changes = [change for change in changes_of(stored) if change.entity_id not in unreadable]
        if changes and _transaction(changes).commit():
            raise WriteConflict
        return len(changes)

    return retry_on_conflict(attempt, partial(StoreUnavailable, "the account's ledger keeps changing"), CONTENDED)


def _transaction(changes: Sequence[_Change]) -> Transaction:
    transaction = Transaction()
    months: defaultdict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    settlements: defaultdict[str, dict[str, int]] = defaultdict(dict)
    listed: dict[str, AccountTransaction] = {}
    for change in changes:
        before, after = change
        _add_entry(transaction, change)
        counted = [(transaction_of(before), month_of(before), -1)] if before else []
        for each, month, sign in [*counted, (after, seller_day.month(after.at), 1)] if after else counted:
            _count(months[(month, each.currency)], each, sign)
            if each.settlement_id:
                _count(settlements[each.settlement_id], each, sign)
        if after and after.kind is LedgerKind.SETTLEMENT:
            listed[after.entity_id] = after
    for (month, currency), amounts in months.items():
        _add_sums(transaction, LedgerMonth, keys.ledger_month(month, currency), amounts, {})
    for settlement_id, amounts in settlements.items():
        named = {"settlement_id": settlement_id, **_named(listed.get(settlement_id))}
        _add_sums(transaction, Settlement, keys.settlement(settlement_id), amounts, named)
    return transaction


def month_of(entry: LedgerEntry) -> str:
    """The month in which the entry was counted. It stays the same when the setting of the time zone changes."""
    month: str = entry.gsi1pk.removeprefix(_MONTHS)
    return month


def _add_entry(transaction: Transaction, change: _Change) -> None:
    before, after, entity_id = *change, change.entity_id
    key = keys.ledger_entry(entity_id)
    unchanged: Condition = LedgerEntry.pk.does_not_exist()
    if before:
        unchanged = LedgerEntry.version == before.version
    if after is None:
        transaction.delete(entity_id, key, unchanged)
        return
    values = {_RENAMED.get(field.name, field.name): getattr(after, field.name) for field in fields(after)}
    settled = keys.settled_listing(after.settlement_id, after.at, entity_id)
    entry = LedgerEntry.build(
        key,
        **{name: value for name, value in values.items() if value is not None},
        **listing_attributes(keys.ledger_listing(seller_day.month(after.at), after.at, entity_id)),
        gsi2pk=settled.pk,
        gsi2sk=settled.sk,
        version=before.version + 1 if before else 1,
    )
    transaction.put(entity_id, entry, unchanged)


def _count(amounts: dict[str, int], transaction: AccountTransaction, sign: int) -> None:
    amounts["entries"] = amounts.get("entries", 0) + sign
    for kind, amount in postings(transaction).items():
        amounts[kind] = amounts.get(kind, 0) + sign * amount


def _add_sums(
    transaction: Transaction, kind: type[Item], key: Key, amounts: Mapping[str, int], values: Mapping[str, Any]
) -> None:
    increments = [Path(name).add(amount) for name, amount in amounts.items() if amount]
    actions = [kind.kind.set(kind.KIND), *(getattr(kind, name).set(value) for name, value in values.items())]
    transaction.update(f"{key.pk} {key.sk}", key, [*actions, *increments], None)


def _named(settlement: AccountTransaction | None) -> dict[str, Any]:
    """What the gateway's list of settlements states of a settlement."""
    if settlement is None:
        return {}
    listing = keys.settlement_listing(seller_day.month(settlement.at), settlement.at, settlement.entity_id)
    stated = {"utr": settlement.utr, "status": settlement.status}
    return {
        "currency": settlement.currency,
        "created_at": settlement.at,
        **{name: value for name, value in stated.items() if value is not None},
        **listing_attributes(listing),
    }
