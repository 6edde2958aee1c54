"""The audit entry of a transaction."""

import pytest

from shared import ids
from shared.db import audit
from shared.db.table.transaction import FailedConditions, Transaction

pytestmark = pytest.mark.usefixtures("table", "fake_clock")


def record() -> FailedConditions:
    transaction = Transaction()
    audit.record(transaction, admin_id="usr_9", action="test", subject="x", reason="why", before={}, after={})
    return transaction.commit()


def test_audit_entry_that_exists_already_is_reported_as_audit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ids, "ulid", lambda: "01J00000000000000000000001")
    assert record() == {}
    assert list(record()) == ["audit"]
