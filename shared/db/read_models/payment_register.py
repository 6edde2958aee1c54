"""Every payment, listed by time and by status."""

from datetime import datetime
from typing import Any

from shared import clock
from shared.db.entities import Payment, PaymentListing
from shared.db.payments import payments
from shared.db.table import keys, store
from shared.domain.lifecycle import PaymentStatus


def refresh_payment(order_id: str) -> None:
    """Lists the payment as it is now: one read and one write, harmless to repeat. Raises StoreUnavailable."""
    payment = payments.get(order_id)
    if payment is None:
        return
    p = PaymentListing
    by_status = keys.payment_listing(payment.created_at, order_id, payment.status)
    store.update(
        p,
        keys.payment_listing(payment.created_at, order_id),
        [
            p.kind.set(p.KIND),
            p.order_id.set(order_id),
            p.status.set(payment.status),
            p.version.set(payment.version),
            p.gsi1pk.set(by_status.pk),
            p.gsi1sk.set(by_status.sk),
        ],
        p.pk.does_not_exist() | (p.version <= payment.version),
    )


def list_newest(
    status: PaymentStatus | None,
    since: datetime | None,
    until: datetime | None,
    limit: int,
    start: dict[str, Any] | None,
) -> tuple[list[Payment], Any]:
    """Payments whose order was made from `since` to `until`, newest first, and the next key: one Query and one
    BatchGetItem. What has left the status since it was listed is left out, so a page may be short."""
    lowest = clock.text(since) if since else "0"
    highest = f"{clock.text(until)}~" if until else "~"
    p = PaymentListing
    page = store.query(
        keys.payments_by_status(status) if status else keys.PAYMENTS,
        sk=(p.gsi1sk if status else p.sk).between(lowest, highest),
        index=keys.GSI1 if status else None,
        limit=limit,
        start=start,
        newest_first=True,
    )
    wanted = [keys.payment(each.order_id) for each in page.items_of(PaymentListing)]
    found = store.get_many(wanted)
    listed = [payment for key in wanted if (payment := store.cast_to(Payment, found.get(key)))]
    return [payment for payment in listed if status in (None, payment.status)], page.next_key
