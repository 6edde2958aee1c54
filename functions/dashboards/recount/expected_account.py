"""Computes the sums of the account's ledger from its entries, without the arithmetic that writes them."""

from collections import Counter
from collections.abc import Iterable

from functions.dashboards.recount import counter_names
from shared.db.entities import LedgerEntry
from shared.db.payments import account_ledger
from shared.domain.account_ledger import LedgerKind


def count_account(counters: Counter[str], entries: Iterable[LedgerEntry]) -> None:
    """The sums by month and currency, which add up to the balance, and by settlement. An entry counts in the month in
    which it is listed. A transfer to the bank must have its own entry among those of its settlement."""
    for entry in entries:
        owners = [counter_names.account_month(f"{account_ledger.month_of(entry)}#{entry.currency}")]
        if entry.settlement_id:
            owners.append(counter_names.settlement(entry.settlement_id))
        for owner in owners:
            counters[counter_names.counter(owner, "entries")] += 1
            counters[counter_names.counter(owner, entry.ledger_kind)] += entry.net + entry.fee
            counters[counter_names.counter(owner, LedgerKind.FEE)] -= entry.fee - entry.tax
            counters[counter_names.counter(owner, LedgerKind.FEE_TAX)] -= entry.tax
