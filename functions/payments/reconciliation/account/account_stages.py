"""The stages that record the transactions on the account: settlements, what each one transfers, and what is not settled
yet. Payments of other products are among them: the gateway settles one account."""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, Final, TypeVar

from functions.payments import razorpay_evidence
from functions.payments.reconciliation.account.listed_transactions import (
    from_payment,
    from_recon,
    from_refund,
    from_settlement,
)
from functions.payments.reconciliation.stages import UNREADABLE, Slice, is_readable, next_position, read_page
from shared.db.payments import account_ledger
from shared.gateways import razorpay
from shared.gateways.razorpay import GatewayList, GatewayRejected, Json
from shared.observability import logger

T = TypeVar("T")

_GATEWAY_ZONE: Final = timezone(timedelta(hours=5, minutes=30))
"""Razorpay names the days of settlements in Indian time (unverified: the documentation states no zone)."""
_PROCESSED: Final = "processed"
_RETURNED: Final = ("failed", "reversed")


def record_settlements(part: Slice, position: str | None) -> str | None:
    """The transfers to the bank account."""
    page = read_page(part, GatewayList.SETTLEMENTS, position)
    account_ledger.record(from_settlement(each) for each in page if is_readable(part, each, from_settlement))
    return next_position(position, page)


def record_settled(part: Slice, position: str | None) -> str | None:
    """What the settlements of each day transfer, with fees and tax. A position is a day and an offset. An account that
    may not read this list is counted as failed, and the pass goes on."""
    day, skip = _day_and_offset(position) or (_day(part.since), 0)
    try:
        page = razorpay.fetch_settled_page(day, skip)
    except GatewayRejected:
        part.healer.count(failed=1)
        logger().exception("settled transactions not listed", extra={"code": "recon_rejected", "day": day.isoformat()})
        return None
    part.healer.count(listed=len(page))
    account_ledger.record(from_recon(each) for each in page if is_readable(part, each, from_recon))
    if page:
        return f"{day.isoformat()} {skip + len(page)}"
    following = day + timedelta(days=1)
    return f"{following.isoformat()} 0" if following <= _day(part.until) else None


def record_unsettled_payments(part: Slice, position: str | None) -> str | None:
    """Captured payments. The nightly pass does not need this stage: it records the pages that its stage of payments
    reads."""
    page = razorpay.fetch_page(GatewayList.PAYMENTS, part.since, part.until, int(position or 0))
    record_page(GatewayList.PAYMENTS, page)
    return next_position(position, page)


def record_unsettled_refunds(part: Slice, position: str | None) -> str | None:
    """Refunds. The nightly pass does not need this stage: it records the pages that its stage of refunds reads."""
    page = razorpay.fetch_page(GatewayList.REFUNDS, part.refunds_since, part.until, int(position or 0))
    record_page(GatewayList.REFUNDS, page)
    return next_position(position, page)


def record_page(which: GatewayList, page: Iterable[Any]) -> None:
    """Records the captured payments, or the refunds, of a page that any stage has read; does nothing for another list.
    Those that are settled already are left as they are. Raises StoreUnavailable."""
    if which is GatewayList.PAYMENTS:
        account_ledger.record(payment for _, payment in _readable(page, from_payment) if payment)
    elif which is GatewayList.REFUNDS:
        _record_refunds(page)


def _record_refunds(page: Iterable[Any]) -> None:
    """Processed refunds; one that failed before it was settled is removed. One that fails later is credited by the
    gateway, which lists that as a transaction of its own."""
    readable = _readable(page, from_refund)
    account_ledger.record(refund for entity, refund in readable if entity.get("status") == _PROCESSED)
    returned = [refund.entity_id for entity, refund in readable if entity.get("status") in _RETURNED]
    account_ledger.remove_unsettled(returned)


def _readable(page: Iterable[Any], read: Callable[[Json], T]) -> list[tuple[Json, T]]:
    """The entities of a page that can be read, with what they say."""
    found = []
    for entity in page:
        try:
            found.append((entity, read(entity)))
        except UNREADABLE:
            logger().warning("unreadable entity", extra={"entity": razorpay_evidence.entity_id(entity)})
    return found


def _day(seconds: int) -> date:
    return datetime.fromtimestamp(seconds, UTC).astimezone(_GATEWAY_ZONE).date()


def _day_and_offset(position: str | None) -> tuple[date, int] | None:
    if position is None:
        return None
    day, _, skip = position.partition(" ")
    return date.fromisoformat(day), int(skip)


def read_history(part: Slice, report: Callable[[str], object]) -> None:
    """Runs all four stages over the period of `part`, and calls `report` with the name of each. Raises
    GatewayUnavailable, GatewayRejected, StoreUnavailable: the command can be repeated."""
    for stage in (record_settlements, record_settled, record_unsettled_payments, record_unsettled_refunds):
        position = stage(part, None)
        while position is not None:
            position = stage(part, position)
        report(stage.__name__)
