"""The audit trail of admin actions: each entry is written by the transaction of the action, so that neither exists
without the other."""

from dataclasses import dataclass, field
from enum import StrEnum, auto
from typing import Any

from shared import clock, ids
from shared.db.entities import AuditEntry
from shared.db.table import keys
from shared.db.table.transaction import Transaction


def record(
    transaction: Transaction,
    *,
    admin_id: str,
    action: str,
    subject: str,
    reason: str,
    before: dict[str, Any],
    after: dict[str, Any],
) -> None:
    """Adds the entry to `transaction`, labelled "audit". `before` and `after` hold only the attributes that changed."""
    now = clock.now()
    transaction.put(
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


class AuditSubject(StrEnum):
    """The kind of item that an audit entry describes."""

    PAYMENT = auto()
    ENROLLMENT = auto()


@dataclass(frozen=True)
class AuditedAction:
    """An admin action that is audited in the transaction of its effect. Its entry adds the `requested` values to the
    state after. `subject` is the item that the entry describes, of those that a settlement changes."""

    admin_id: str
    action: str
    reason: str
    requested: dict[str, Any] = field(default_factory=dict)
    subject: AuditSubject = AuditSubject.PAYMENT

    def record(self, transaction: Transaction, subject: str, before: dict[str, Any], after: dict[str, Any]) -> None:
        record(
            transaction,
            admin_id=self.admin_id,
            action=self.action,
            subject=subject,
            reason=self.reason,
            before=before,
            after=self.requested | after,
        )
