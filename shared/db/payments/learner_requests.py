"""Learners' requests for refunds: the stored map of a payment, and the items that list the open ones."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from shared import clock
from shared.db.entities import LearnerRequestListing, Payment
from shared.db.table import keys, store
from shared.db.table.base import listing_attributes
from shared.db.table.store import Listing, RawItem, StartKey
from shared.db.table.unreadable_items import READ_ERRORS, read_each, readable_page
from shared.domain.learner_requests import ClosedBy, LearnerRequest, RequestState


class OpenRequests(NamedTuple):
    """How many requests are open, and the time (UTC) since which the oldest one is."""

    number: int
    oldest: datetime | None


def learner_request(payment: Payment) -> LearnerRequest | None:
    """The learner's latest request for a refund of the payment; None if there was none."""
    stored = payment.learner_request.as_dict() if payment.learner_request else {}
    if not stored:
        return None
    return LearnerRequest(
        RequestState(stored["state"]),
        stored["payment_id"],
        stored["reason"],
        int(stored["progress"]),
        clock.parse(stored["requested_at"]),
        int(stored["number"]),
        clock.parse(stored["ended_at"]) if "ended_at" in stored else None,
        stored.get("decided_by"),
        stored.get("note"),
        ClosedBy(stored["closed_by"]) if "closed_by" in stored else None,
    )


def readable_request(payment: Payment) -> LearnerRequest | None:
    """As `learner_request`, but None also for one that cannot be read: no money waits until it is repaired."""
    try:
        return learner_request(payment)
    except READ_ERRORS:
        return None


def stored_request(request: LearnerRequest) -> Mapping[str, Any]:
    """The map of the payment. What is unknown before the end of the request is absent."""
    ended = {
        "ended_at": clock.text(request.ended_at) if request.ended_at else None,
        "decided_by": request.decided_by,
        "note": request.note,
        "closed_by": request.closed_by.value if request.closed_by else None,
    }
    return {
        "state": request.state.value,
        "payment_id": request.payment_id,
        "reason": request.reason,
        "progress": request.progress,
        "requested_at": clock.text(request.requested_at),
        "number": request.number,
        **{name: value for name, value in ended.items() if value is not None},
    }


def new_listing(order_id: str, request: LearnerRequest) -> LearnerRequestListing:
    """The item of the request, not stored yet."""
    listing = keys.open_request_listing(request.requested_at, order_id) if request.is_open else None
    return LearnerRequestListing.build(
        keys.learner_request(order_id),
        order_id=order_id,
        state=request.state,
        requested_at=request.requested_at,
        **(listing_attributes(listing) if listing else {}),
    )


def list_open(limit: int, start: StartKey, unreadable: Callable[[str], object]) -> Listing[Payment]:
    """The payments with an open request, the longest open first: one Query of the index and one BatchGetItem. A request
    that has ended since it was listed is omitted, so a page may be short. So is one whose item or payment cannot be
    read: it is logged and counted, and `unreadable` gets its order id. Raises StoreUnavailable."""

    def report(raw: RawItem) -> None:
        unreadable(raw["pk"]["S"].removeprefix(keys.payment("").pk))

    raw = store.query_raw(keys.OPEN_LEARNER_REQUESTS, index=keys.GSI1, limit=limit, start=start)
    page = readable_page(raw, LearnerRequestListing, report)
    order_ids = [listed.order_id for listed in page.items]
    raw_payments = store.get_many_raw([keys.payment(order_id) for order_id in order_ids])
    found = {item.order_id: item for item in read_each(_with_open_request, raw_payments, report) if item is not None}
    return Listing([found[order_id] for order_id in order_ids if order_id in found], page.next_key)


def count_open(limit: int) -> OpenRequests:
    """The requests that wait for an admin, up to `limit`: one Query of the index, which reads no payment. Raises
    StoreUnavailable."""
    page = store.query_raw(keys.OPEN_LEARNER_REQUESTS, index=keys.GSI1, limit=limit)
    times = read_each(_requested_at, page.items)
    return OpenRequests(len(page.items), min(times, default=None))


def _requested_at(raw: RawItem) -> datetime:
    return clock.parse(raw["requested_at"]["S"])


def _with_open_request(raw: RawItem) -> Payment | None:
    payment = store.entity(raw)
    if not isinstance(payment, Payment):
        return None
    request = learner_request(payment)
    return payment if request and request.is_open else None
