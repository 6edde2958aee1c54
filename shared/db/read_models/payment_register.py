"""The payment register: all payments, listed by time and by status."""

from collections.abc import Callable
from datetime import datetime

from shared import clock
from shared.db.entities import Payment, PaymentListing
from shared.db.payments import payments
from shared.db.table import keys, store
from shared.db.table.store import Listing, RawItem, StartKey
from shared.db.table.unreadable_items import read_each
from shared.domain.lifecycle import PaymentStatus


def refresh_payment(order_id: str) -> None:
    """Lists the payment in its current state: one read and one write, safe to repeat. Raises StoreUnavailable."""
    payment = payments.get(order_id)
    if payment is None:
        return
    by_status = keys.payment_listing(payment.created_at, order_id, payment.status)
    store.update(
        PaymentListing,
        keys.payment_listing(payment.created_at, order_id),
        [
            PaymentListing.kind.set(PaymentListing.KIND),
            PaymentListing.order_id.set(order_id),
            PaymentListing.status.set(payment.status),
            PaymentListing.version.set(payment.version),
            PaymentListing.gsi1pk.set(by_status.pk),
            PaymentListing.gsi1sk.set(by_status.sk),
        ],
        PaymentListing.pk.does_not_exist() | (PaymentListing.version <= payment.version),
    )


def list_newest(
    status: PaymentStatus | None,
    since: datetime | None,
    until: datetime | None,
    limit: int,
    start: StartKey,
    unreadable: Callable[[str], object],
) -> Listing[Payment]:
    """Payments whose order was created from `since` to `until`, newest first: one Query and one BatchGetItem. A payment
    whose status changed since it was listed is omitted, so a page may be short. So is one
    that cannot be read: it is logged and counted, and `unreadable` gets its order id. Raises StoreUnavailable."""
    period = (clock.text(since) if since else "0", f"{clock.text(until)}~" if until else "~")
    if status:
        pk, sk, index = keys.payments_by_status(status), PaymentListing.gsi1sk.between(*period), keys.GSI1
    else:
        pk, sk, index = keys.PAYMENTS, PaymentListing.sk.between(*period), None
    page = store.query(pk, sk=sk, index=index, limit=limit, start=start, newest_first=True)
    listed = _read_payments(page.items_of(PaymentListing), unreadable)
    return Listing([payment for payment in listed if status in (None, payment.status)], page.next_key)


def _read_payments(listings: list[PaymentListing], unreadable: Callable[[str], object]) -> list[Payment]:
    """The readable listed payments in the same order: one BatchGetItem per hundred."""

    def report(raw: RawItem) -> None:
        unreadable(raw["pk"]["S"].removeprefix(keys.payment("").pk))

    raw_payments = store.get_many_raw([keys.payment(listing.order_id) for listing in listings])
    found = {item.order_id: item for item in read_each(store.entity, raw_payments, report) if isinstance(item, Payment)}
    return [found[listing.order_id] for listing in listings if listing.order_id in found]
