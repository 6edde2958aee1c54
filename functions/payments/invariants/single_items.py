"""Checks of items outside the keys of a learner: webhooks, and certificates that no enrollment refers to."""

from collections.abc import Iterable, Sequence

from functions.payments.invariants.confirmation import confirmed
from functions.payments.invariants.ledger import Breach, Ledger, build_ledger
from functions.payments.invariants.rules import certificates, webhooks
from functions.payments.invariants.rules.readability import check_readable
from shared import clock
from shared.db.entities import Certificate, WebhookEvent
from shared.db.payments import webhook_inbox
from shared.db.payments.learner_records import Records
from shared.db.table import keys, store
from shared.db.table.base import Item
from shared.db.table.keys import Key


def examine_webhooks(event_keys: Sequence[Key]) -> list[Breach]:
    """I12 for these rows of the inbox. A row without a breach is not listed again. Raises StoreUnavailable."""
    records = Records()
    records.add(store.get_many_raw(event_keys))
    events = [item for item in records.items if isinstance(item, WebhookEvent) and item.due_at]
    breaches = find_unapplied_webhooks(events)
    broken = {breach.subject for breach in breaches}
    for event in events:
        if event.order_id not in broken:
            webhook_inbox.mark_examined(event)
    return [*breaches, *check_readable(Ledger(clock.now(), unreadable=records.unreadable))]


def find_unapplied_webhooks(events: Sequence[WebhookEvent]) -> list[Breach]:
    """I12: the captures that these events report are in the ledger. Raises StoreUnavailable."""
    payment_keys = [keys.payment(event.order_id) for event in events if event.order_id]
    return confirmed(lambda: list(webhooks.check_applied(_ledger_of(events, payment_keys))))


def find_stray_certificates(found: Sequence[Certificate]) -> list[Breach]:
    """I16: each certificate is the one that the enrollment of its learner names. Raises StoreUnavailable."""
    enrollment_keys = [keys.enrollment(certificate.user_id, certificate.course_id) for certificate in found]
    return confirmed(lambda: list(certificates.check_certificates(_ledger_of(found, enrollment_keys))))


def _ledger_of(items: Iterable[Item], further: Sequence[Key]) -> Ledger:
    """The ledger of the items and of those under the `further` keys, without unreadable ones: the examination of their
    learner reports them."""
    records = Records(list(items))
    records.add(store.get_many_raw(further))
    return build_ledger(records.items, clock.now())
