"""The items of disputes: one for each, beside the payment that contains it."""

from datetime import datetime
from typing import Any

from shared.db.entities import DisputeRecord, Payment
from shared.db.table import keys, store
from shared.db.table.base import listing_attributes
from shared.db.table.store import Listing, StartKey
from shared.db.table.unreadable_items import read_each
from shared.domain.captures import Dispute, DisputeStatus


def new_record(payment: Payment, payment_id: str, dispute_id: str, dispute: Dispute, now: datetime) -> DisputeRecord:
    """The item of a dispute of the captured payment `payment_id`, not stored yet."""
    listing = keys.dispute_listing(
        dispute_id, respond_by=dispute.respond_by, ended_at=None if dispute.status.is_open else now
    )
    deadline: dict[str, Any] = {"respond_by": dispute.respond_by} if dispute.respond_by else {}
    return DisputeRecord.build(
        keys.dispute(dispute_id),
        dispute_id=dispute_id,
        payment_id=payment_id,
        order_id=payment.order_id,
        user_id=payment.user_id,
        course_id=payment.course_id,
        amount=dispute.amount,
        currency=dispute.currency,
        status=dispute.status,
        phase=dispute.phase,
        reason=dispute.reason,
        deducted=dispute.deducted,
        updated_at=now,
        **deadline,
        **listing_attributes(listing),
    )


def get(dispute_id: str) -> DisputeRecord | None:
    return store.get(DisputeRecord, keys.dispute(dispute_id))


def list_all(status: DisputeStatus | None, limit: int, start: StartKey) -> Listing[DisputeRecord]:
    """A page of the disputes in that status (None: in any), open ones first, by deadline: one Query of the index. A
    page of one status may be short. Raises StoreUnavailable."""
    in_status = None if status is None else DisputeRecord.status == status
    page = store.query(keys.DISPUTES, index=keys.GSI1, filter_condition=in_status, limit=limit, start=start)
    return Listing(page.items_of(DisputeRecord), page.next_key)


def list_open() -> list[DisputeRecord]:
    """Every open dispute, by deadline: as many Queries of the index as they fill pages. One that cannot be read is left
    out, logged and counted. Raises StoreUnavailable."""
    open_ones = DisputeRecord.gsi1sk.startswith(keys.OPEN_DISPUTES)
    found = read_each(store.entity, store.query_all_raw(keys.DISPUTES, sk=open_ones, index=keys.GSI1))
    return [record for record in found if isinstance(record, DisputeRecord)]
