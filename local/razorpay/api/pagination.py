"""Razorpay's lists: newest first, filtered by time, ten per page."""

from collections.abc import Iterable, Mapping

from local.razorpay.errors import RazorpayApiError
from local.razorpay.state.dispute import Dispute
from local.razorpay.state.entities import Order, Payment, Refund, Wire

DEFAULT_PAGE_SIZE = 10
MAX_PAGE_SIZE = 100


def paginate(
    entities: Iterable[Order | Payment | Refund | Dispute], query: Mapping[str, str], *, all_entities: bool = False
) -> Wire:
    """A page of `entities` by `query`: `from` and `to` are unix seconds, both inclusive; `count` is 1 to 100.
    `all_entities` ignores paging. Raises RazorpayApiError for an invalid query."""
    since, until = _number(query, "from", 0), _number(query, "to", 2**62)
    found = [entity for entity in entities if since <= entity.created_at <= until]
    found.reverse()  # `entities` are in order of creation
    if not all_entities:
        count, skip = _number(query, "count", DEFAULT_PAGE_SIZE), _number(query, "skip", 0)
        if not 1 <= count <= MAX_PAGE_SIZE:
            raise RazorpayApiError(f"The count must be between 1 and {MAX_PAGE_SIZE}.", field="count")
        found = found[skip : skip + count]
    return {"entity": "collection", "count": len(found), "items": [entity.entity() for entity in found]}


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    value = query.get(name)
    if value is None:
        return default
    if not (value.isascii() and value.isdigit()):
        raise RazorpayApiError(f"{name} must be an integer.", field=name)
    return int(value)
