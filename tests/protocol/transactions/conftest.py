"""Records how the table refused transactions."""

import pytest

from shared.db.table.transaction import FailedConditions, Transaction


@pytest.fixture
def refusals(table: str, monkeypatch: pytest.MonkeyPatch) -> list[set[str]]:
    """The labels of the operations whose condition failed, of each refused transaction."""
    recorded: list[set[str]] = []
    commit = Transaction.commit

    def record(transaction: Transaction) -> FailedConditions:
        failed = commit(transaction)
        if failed:
            recorded.append(set(failed))
        return failed

    monkeypatch.setattr(Transaction, "commit", record)
    return recorded
