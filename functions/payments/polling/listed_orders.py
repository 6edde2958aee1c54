"""Fetches the payments of many orders with few calls: Razorpay lists orders by their creation, up to a hundred in a
call, with their payments.

A list may lag. So an order is polled in this way only if no payment of it is known: otherwise it matters that Razorpay
reports a payment no longer. And an order without a listed capture is polled by itself before it expires, and when no
poll follows: an earlier attempt in the list says nothing about a later one.
"""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from shared import clock
from shared.db.entities import Payment
from shared.db.payments.payment_attributes import extra_captures, unresolved_payments
from shared.db.table.unreadable_items import READ_ERRORS
from shared.domain.lifecycle import PaymentStatus
from shared.gateways import razorpay
from shared.settlement.poll_schedule import next_poll_while_unpaid

Json = dict[str, Any]

MIN_ORDERS_PER_CALL: Final = 4
"""Fewer due orders than this are polled one by one, and no further page is read for them: a list call takes longer than
the poll of one order, and most of its orders may be those of other learners, or of other products."""
_ORDERS_PER_CALL: Final = 100
_ORDERS_PER_WINDOW: Final = 400
"""Larger windows share the seconds at their ends (`_CREATED_EARLIER`, `_CREATED_LATER`), in which no order is due."""
_MAX_GAP: Final = timedelta(minutes=1)
"""Between the creation of two orders of a window. A longer gap may hold any number of orders that are not due."""
_CREATED_EARLIER: Final = timedelta(seconds=5)
_CREATED_LATER: Final = timedelta(seconds=10)
"""How far Razorpay's creation time may be from ours, which is taken before the call: it takes up to five seconds, and
the clocks may differ."""
_MAX_AGE: Final = timedelta(seconds=60)
_UNPAID: Final = frozenset({PaymentStatus.PENDING, PaymentStatus.FAILED})
_USABLE_STATUSES: Final = frozenset({"created", "failed", "captured"})
"""Razorpay's statuses of a payment that a list may state. An authorized one may have been captured since, and a poll
would try to capture it again; a refunded one would end the polls of an order with another capture."""


class Window(NamedTuple):
    """Due orders whose creation times (unix seconds at Razorpay) are between `since` and `until`."""

    since: int
    until: int
    order_ids: frozenset[str]

    @property
    def max_sparse_pages(self) -> int:
        """How many pages with fewer than 4 due orders end the reading of the window: one, and another one for each
        hundred due orders. On a sale day more orders than a page has are created in the seconds at its ends."""
        return 1 + len(self.order_ids) // _ORDERS_PER_CALL


@dataclass(frozen=True)
class ListedPayments:
    """The payments of an order in a list that was fetched at `fetched_at` (UTC)."""

    payments: list[Json]
    fetched_at: datetime

    def suffices(self, payment: Payment, now: datetime) -> bool:
        """Whether a poll may rely on the list: it is fresh, each payment is in a status that a list may state, and the
        order was captured, or a later poll follows while the order is what it is."""
        statuses = {each.get("status") for each in self.payments}
        if now - self.fetched_at >= _MAX_AGE or not statuses <= _USABLE_STATUSES:
            return False
        is_open = payment.status is PaymentStatus.FAILED or now < payment.window_ends_at
        return self._has_capture(payment) or (is_open and next_poll_while_unpaid(payment, now) is not None)

    def _has_capture(self, payment: Payment) -> bool:
        """Whether the amount of the order was captured. Another amount may go on hold, and the order may expire."""
        paid = "captured", payment.amount, payment.currency
        return any((each.get("status"), each.get("amount"), each.get("currency")) == paid for each in self.payments)


class Page(NamedTuple):
    """The due orders of a page, by order id, and the number of all orders on it."""

    found: dict[str, ListedPayments]
    size: int


def windows(payments: Sequence[Payment]) -> list[Window]:
    """Windows of 4 to 400 orders that can be polled by a list, newest first. Orders that were created apart from the
    others are in none."""
    groups: list[list[Payment]] = []
    for payment in sorted(filter(_is_listable, payments), key=lambda each: each.created_at, reverse=True):
        last = groups[-1] if groups else []
        if last and len(last) < _ORDERS_PER_WINDOW and last[-1].created_at - payment.created_at <= _MAX_GAP:
            last.append(payment)
        else:
            groups.append([payment])
    return [_window(group) for group in groups if len(group) >= MIN_ORDERS_PER_CALL]


def _is_listable(payment: Payment) -> bool:
    """Not a payment that cannot be read: its poll fails by itself."""
    try:
        return payment.status in _UNPAID and not extra_captures(payment) and not unresolved_payments(payment)
    except READ_ERRORS:
        return False


def _window(newest_first: Sequence[Payment]) -> Window:
    since, until = newest_first[-1].created_at - _CREATED_EARLIER, newest_first[0].created_at + _CREATED_LATER
    order_ids = frozenset(payment.order_id for payment in newest_first)
    return Window(int(since.timestamp()), int(until.timestamp()), order_ids)


def fetch_page(window: Window, missing: Set[str], skip: int) -> Page:
    """The orders of `missing` on the page of the window that begins at the offset `skip`: one list call. Raises
    GatewayUnavailable and GatewayRejected."""
    page = razorpay.page_of_orders_with_payments(window.since, window.until, skip)
    found: dict[str, ListedPayments] = {}
    for order in page:
        order_id, payments = order.get("id"), _payments(order)
        if payments and order_id in missing:
            found[str(order_id)] = payments
    return Page(found, len(page))


def _payments(order: Json) -> ListedPayments | None:
    """The payments of a listed order; None when the list does not contain all of them."""
    listed = order.get("payments")
    if not isinstance(listed, dict) or not isinstance(listed.get("items"), list):
        return None
    items = listed["items"]
    is_complete = listed.get("count") == len(items) and all(isinstance(item, dict) for item in items)
    return ListedPayments(items, clock.now()) if is_complete else None
