"""The ledger of the account at the gateway: its sums are those of its entries, and a settled entry is the gateway's."""

from collections import Counter
from collections.abc import Iterable, Iterator

from functions.payments.invariants.ledger import Breach
from local.razorpay.operations.transactions import transactions
from shared import seller_day
from shared.db.entities import LedgerEntry, LedgerMonth, Settlement
from shared.db.payments.account_ledger import transaction_of
from shared.db.table.base import Item
from shared.domain.account_ledger import LedgerKind, postings
from tests.simulation.session import SimulationSession

Sums = Counter[tuple[str, str]]
"""The item that holds the sum, and the kind of the posting > the sum."""


def check_account_sums(items: Iterable[Item]) -> Iterator[Breach]:
    """Entries and sums are written together: also after crashes, lost responses, and runs at the same time."""
    expected, stored = Sums(), Sums()
    for item in items:
        if isinstance(item, LedgerEntry):
            _count(expected, item)
        elif isinstance(item, LedgerMonth | Settlement):
            name = item.sk if isinstance(item, LedgerMonth) else item.settlement_id
            stored.update({(name, kind.value): amount for kind, amount in item.by_kind.items()})
            stored[name, "entries"] += item.entries
    for name, kind in sorted(expected.keys() | stored.keys()):
        if expected[name, kind] != stored[name, kind]:
            yield Breach("account", name, f"{kind} is {stored[name, kind]}, its entries are {expected[name, kind]}")


def _count(sums: Sums, entry: LedgerEntry) -> None:
    names = [f"{seller_day.month(entry.at)}#{entry.currency}", *filter(None, [entry.settlement_id])]
    for name in names:
        sums[name, "entries"] += 1
        sums.update({(name, kind.value): amount for kind, amount in postings(transaction_of(entry)).items()})


def check_account_agrees(session: SimulationSession, items: Iterable[Item]) -> Iterator[Breach]:
    """A settled entry, and one of a payment, changes the balance as the gateway's transaction does."""
    at_gateway = {each.entity_id: each.net for each in transactions(session.ledger)}
    for item in items:
        if not isinstance(item, LedgerEntry) or item.ledger_kind is LedgerKind.SETTLEMENT:
            continue
        is_final = bool(item.settlement_id) or item.ledger_kind is LedgerKind.PAYMENT
        if is_final and at_gateway.get(item.entity_id) != item.net:
            yield Breach("account", item.entity_id, f"{item.net} here, {at_gateway.get(item.entity_id)} at the gateway")
