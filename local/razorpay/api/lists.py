"""The list calls of Razorpay's REST API."""

from local.asgi.messages import Request
from local.razorpay.api.pagination import account_list, collection, page, without_young
from local.razorpay.errors import RazorpayApiError, unknown_id
from local.razorpay.operations import settlements as settled
from local.razorpay.state.entities import Order, Wire
from local.razorpay.state.ledger import Ledger

MAX_RECON_COUNT = 1_000


def orders(ledger: Ledger, _: str, request: Request) -> Wire:
    """`expand[]=payments` embeds the payments of each order, except those that are too young for a list.

    https://razorpay.com/docs/api/orders/fetch-all-expanded-payments/"""
    query = request.query()
    receipt, expanded = query.get("receipt"), query.get("expand[]")
    if expanded not in (None, "payments"):
        raise RazorpayApiError("The expand[] of orders is payments", field="expand")

    def to_wire(order: Order) -> Wire:
        if expanded is None:
            return order.entity()
        attempts = without_young(ledger, ledger.payments_of(order.id)[::-1])
        return {**order.entity(), "payments": collection(ledger, attempts)}

    found = (order for order in ledger.orders.values() if receipt in (None, order.receipt))
    return account_list(ledger, found, query, to_wire)


def payments_of_order(ledger: Ledger, order_id: str, _: Request) -> Wire:
    """All payments of an order: Razorpay documents no paging here, and the list does not lag."""
    return collection(ledger, ledger.payments_of(ledger.order(order_id).id)[::-1])


def payments(ledger: Ledger, _: str, request: Request) -> Wire:
    return account_list(ledger, ledger.payments.values(), request.query())


def refunds(ledger: Ledger, _: str, request: Request) -> Wire:
    return account_list(ledger, ledger.refunds.values(), request.query())


def refunds_of_payment(ledger: Ledger, payment_id: str, request: Request) -> Wire:
    """A page of the refunds of a payment; it does not lag."""
    return page(ledger, ledger.refunds_of(ledger.payment(payment_id).id), request.query())


def disputes(ledger: Ledger, _: str, request: Request) -> Wire:
    """Only `count` and `skip`: Razorpay documents no filter by time for disputes."""
    query = request.query()
    extra = sorted(set(query) - {"count", "skip"})
    if extra:
        raise RazorpayApiError(f"{', '.join(extra)} is/are not required and should not be sent", field=extra[0])
    return account_list(ledger, ledger.disputes.values(), query)


def settlements(ledger: Ledger, _: str, request: Request) -> Wire:
    return account_list(ledger, settled.settlements(ledger), request.query())


def fetch_settlement(ledger: Ledger, settlement_id: str, _: Request) -> Wire:
    for settlement in settled.settlements(ledger):
        if settlement.id == settlement_id:
            return settlement.entity()
    raise unknown_id()


def settled_entries(ledger: Ledger, _: str, request: Request) -> Wire:
    """The payments and refunds settled in a month or on a day; `count` is 1 to 1000.

    https://razorpay.com/docs/api/settlements/fetch-recon/"""
    query = request.query()
    year, month = _part_of_date(query, "year", 2_000, 9_999), _part_of_date(query, "month", 1, 12)
    day = _part_of_date(query, "day", 1, 31) if "day" in query else None
    return page(ledger, settled.settled_entries(ledger, year, month, day), query, max_count=MAX_RECON_COUNT)


def _part_of_date(query: dict[str, str], name: str, least: int, most: int) -> int:
    value = query.get(name, "")
    if not (value.isascii() and value.isdigit() and least <= int(value) <= most):
        raise RazorpayApiError(f"The {name} is not a valid {name}.", field=name)
    return int(value)
