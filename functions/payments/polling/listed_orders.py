"""Fetches the payments of many orders with few calls: Razorpay lists orders by their creation, up to a hundred in a
call, with their payments.

A list may lag. So an order is polled in this way only if no payment of it is known: otherwise it matters that Razorpay
reports a payment no longer. And an order without a listed payment is polled by itself before it expires, and when no
poll follows.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from shared import clock
from shared.db.entities import Payment
from shared.db.payments.payment_attributes import extra_captures, unresolved_payments
from shared.domain.lifecycle import PaymentStatus
from shared.gateways import razorpay
from shared.settlement.poll_schedule import next_poll_while_unpaid

Json = dict[str, Any]

MIN_ORDERS_PER_CALL: Final = 4
"""Fewer due orders than this are polled one by one, and no further page is read for them: a list call takes longer than
the poll of one order, and most of its orders may be those of other learners, or of other products."""
_ORDERS_PER_CALL: Final = 100
_MAX_GAP: Final = timedelta(minutes=1)
"""Between the creation of two orders of a window. A longer gap may hold any number of orders that are not due."""
_CREATED_EARLIER: Final = timedelta(seconds=5)
_CREATED_LATER: Final = timedelta(seconds=10)
"""How far Razorpay's creation time may be from ours, which is taken before the call: it takes up to five seconds, and
the clocks may differ."""
_MAX_AGE: Final = timedelta(seconds=60)
_UNPAID: Final = frozenset({PaymentStatus.PENDING, PaymentStatus.FAILED})


class Window(NamedTuple):
    """Due orders whose creation times (unix seconds at Razorpay) are between `since` and `until`."""

    since: int
    until: int
    order_ids: frozenset[str]


@dataclass(frozen=True)
class ListedPayments:
    """The payments of an order in a list that was fetched at `fetched_at` (UTC)."""

    payments: list[Json]
    fetched_at: datetime

    def suffices(self, payment: Payment, now: datetime) -> bool:
        """Whether the list is fresh, and contains a payment, or a later poll follows while the order is what it is."""
        if now - self.fetched_at >= _MAX_AGE:
            return False
        is_open = payment.status is PaymentStatus.FAILED or now < payment.window_ends_at
        return bool(self.payments) or (is_open and next_poll_while_unpaid(payment, now) is not None)


def windows(payments: Sequence[Payment]) -> list[Window]:
    """Windows of 4 to 100 orders that can be polled by a list, newest first. Orders that were created apart from the
    others are in none."""
    groups: list[list[Payment]] = []
    for payment in sorted(filter(_is_listable, payments), key=lambda each: each.created_at, reverse=True):
        last = groups[-1] if groups else []
        if last and len(last) < _ORDERS_PER_CALL and last[-1].created_at - payment.created_at <= _MAX_GAP:
            last.append(payment)
        else:
            groups.append([payment])
    return [_window(group) for group in groups if len(group) >= MIN_ORDERS_PER_CALL]


def _is_listable(payment: Payment) -> bool:
    return payment.status in _UNPAID and not extra_captures(payment) and not unresolved_payments(payment)


def _window(newest_first: Sequence[Payment]) -> Window:
    since, until = newest_first[-1].created_at - _CREATED_EARLIER, newest_first[0].created_at + _CREATED_LATER
    order_ids = frozenset(payment.order_id for payment in newest_first)
    return Window(int(since.timestamp()), int(until.timestamp()), order_ids)


def fetch_pages(window: Window) -> Iterator[dict[str, ListedPayments]]:
    """Yields, for each list call, the due orders of that page. Ends with the window, when all its due orders were
    found, or after a page with fewer than 4 of them: the window holds too many other orders. So there is one call more
    per window than a quarter of its due orders, at most.

    Raises GatewayUnavailable and GatewayRejected."""
    missing, skip = set(window.order_ids), 0
    while missing:
        page = razorpay.page_of_orders_with_payments(window.since, window.until, skip)
        found = {order["id"]: payments for order in page if (payments := _payments(order)) and order["id"] in missing}
        yield found
        missing -= found.keys()
        skip += len(page)
        if len(found) < MIN_ORDERS_PER_CALL:
            return


def _payments(order: Json) -> ListedPayments | None:
    """The payments of a listed order; None when the list does not contain all of them."""
    listed = order.get("payments")
    if not isinstance(listed, dict) or not isinstance(listed.get("items"), list):
        return None
    items = listed["items"]
    return ListedPayments(items, clock.now()) if listed.get("count") == len(items) else None
