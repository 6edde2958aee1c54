"""The payments of a batch's orders, fetched by lists before the orders are polled."""

import threading
from collections.abc import Callable, Sequence

from functions.payments.polling import listed_orders
from functions.payments.polling.gateway_pace import GatewayPace
from functions.payments.polling.listed_orders import MIN_ORDERS_PER_CALL, ListedPayments, Window
from functions.payments.polling.parallel import map_in_threads
from shared import clock
from shared.db.entities import Payment
from shared.errors import GatewayBusy, GatewayUnavailable
from shared.gateways.razorpay import GatewayRejected, Json
from shared.observability import logger


class BatchLists:
    """What the lists of the current batch contain. `calls`: the list calls of all batches. Windows are fetched in
    several threads at once, while `has_time`."""

    def __init__(self, pace: GatewayPace, has_time: Callable[[], bool]) -> None:
        self.calls = 0
        self._pace = pace
        self._has_time = has_time
        self._payments_by_order: dict[str, ListedPayments] = {}
        self._lock = threading.Lock()

    def fetch(self, payments: Sequence[Payment]) -> None:
        """Fetches the lists of the next batch, and forgets those of the one before."""
        self._payments_by_order = {}
        map_in_threads(self._fetch_window, listed_orders.windows(payments))

    def payments_of(self, payment: Payment) -> list[Json] | None:
        """The listed payments of the order, if a poll may rely on them; None if it must fetch them itself."""
        listed = self._payments_by_order.get(payment.order_id)
        return listed.payments if listed and listed.suffices(payment, clock.now()) else None

    def _fetch_window(self, window: Window) -> None:
        """Fetches the payments of the window's orders, page by page, until all of them are found, or
        `max_sparse_pages` pages had fewer than 4 of them: the window holds too many other orders. So n orders cost at
        most n/4 + n/100 + 1 calls. A 429 repeats only the call that got it.

        An order that no page contains is polled by itself; so are all when a page cannot be fetched."""
        missing, skip, sparse_pages = set(window.order_ids), 0, 0
        while missing and self._has_time() and (turn := self._pace.await_turn()) is not None:
            try:
                page = listed_orders.fetch_page(window, missing, skip)
            except GatewayBusy as error:
                self._pace.busy(turn, error.retry_after)
                continue
            except (GatewayUnavailable, GatewayRejected) as error:
                logger().warning("no list of orders", exc_info=True)
                self._pace.raised(error)
                return
            except Exception:  # noqa: BLE001 (an unexpected list must not keep the orders from being polled)
                logger().exception("list of orders cannot be read")
                return
            self._pace.answered()
            with self._lock:
                self.calls += 1
                self._payments_by_order |= page.found
            missing -= page.found.keys()
            skip += page.size
            sparse_pages += len(page.found) < MIN_ORDERS_PER_CALL
            if sparse_pages == window.max_sparse_pages or not page.size:
                return
