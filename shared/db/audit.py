"""What admins did: written inside the transaction of the deed, so that neither exists without the other."""

from dataclasses import dataclass
from typing import Any

from shared import clock, ids
from shared.db.entities import AuditEntry
from shared.db.table import keys
from shared.db.table.transaction import Transaction


def record(
    writing: Transaction,
    *,
    admin_id: str,
    action: str,
    subject: str,
    reason: str = "",
    before: dict[str, Any],
    after: dict[str, Any],
) -> None:
    """Adds the entry to `writing` under the label "audit". `before` and `after` hold only what changed."""
    now = clock.now()
    writing.put(
        "audit",
        AuditEntry.build(
            keys.audit(now, ids.ulid()),
            at=now,
            admin_id=admin_id,
            action=action,
            subject=subject,
            reason=reason,
            before=before,
            after=after,
        ),
    )


@dataclass(frozen=True)
class AuditedAction:
    """A deed that is written down together with what follows from it: who, what, why, and what was `asked`."""

    admin_id: str
    action: str
    reason: str
    requested: dict[str, Any]

    def record(self, writing: Transaction, subject: str, before: dict[str, Any], after: dict[str, Any]) -> None:
        record(
            writing,
            admin_id=self.admin_id,
            action=self.action,
            subject=subject,
            reason=self.reason,
            before=before,
            after=self.requested | after,
        )
