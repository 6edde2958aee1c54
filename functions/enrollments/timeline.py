"""The timeline of an enrollment: its history and those of the payments made for it, as public events."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from functions.enrollments.timeline_schemas import (
    TimelineCaptureOut,
    TimelineEventOut,
    TimelineKind,
    TimelineOut,
    TimelineRefundOut,
    TimelineReversalOut,
)
from shared.db.enrollments import enrollments
from shared.db.entities import EnrollmentEvent, PaymentEvent
from shared.db.payments import payments
from shared.domain.lifecycle import MANUAL_REFUND_PREFIX, EnrollmentStatus, PaymentStatus, Role
from shared.errors import EnrollmentNotFound
from shared.history_kinds import HistoryKind
from shared.tokens import Caller

E = TypeVar("E", EnrollmentEvent, PaymentEvent)

_State = dict[str, Any]
"""The attributes of an item as its history entries store them: names of the table, JSON values."""


def owner(caller: Caller, asked: str | None) -> str:
    """Whose timeline is meant: a student's own, whomever an admin names. Raises EnrollmentNotFound."""
    if caller.role is not Role.ADMIN and asked not in (None, caller.user_id):
        raise EnrollmentNotFound
    return asked or caller.user_id


def timeline(user_id: str, course_id: str, *, for_admin: bool) -> TimelineOut:
    """Every step of an enrollment and of the payments made for it, oldest first. The notes of admins and the gateway's
    reasons are in it only `for_admin`.

    Raises EnrollmentNotFound, StoreUnavailable."""
    history = enrollments.history(user_id, course_id)
    if not history:
        raise EnrollmentNotFound
    events = [_enrollment_event(entry, state) for entry, _, state in _replayed(history)]
    for order_id in _orders(history):
        steps = _replayed(payments.history(order_id))
        events += [_payment_event(entry, before, state) for entry, before, state in steps]
    events.sort(key=lambda event: event.at)
    if not for_admin:
        events = [event.model_copy(update={"note": None, "refund_error": None}) for event in events]
    return TimelineOut(items=events)


def public_kind(kind: HistoryKind) -> TimelineKind:
    return TimelineKind[kind.name]


def _orders(history: list[EnrollmentEvent]) -> list[str]:
    """Every order that the enrollment waited for or was granted by, in the order of the history."""
    steps = [json.loads(entry.changes) for entry in history]
    orders = (step.get(name) for step in steps for name in ("order_id", "granted_by"))
    return list(dict.fromkeys(order for order in orders if order))


def _replayed(history: Sequence[E]) -> Iterator[tuple[E, _State, _State]]:
    """Each entry with the state before and after it."""
    state: _State = {}
    for entry in history:
        before, state = state, state | json.loads(entry.changes)
        yield entry, before, state


def _enrollment_event(entry: EnrollmentEvent, state: _State) -> TimelineEventOut:
    cause, status = entry.cause, state.get("status")
    return TimelineEventOut(
        at=entry.at,
        subject="enrollment",
        kind=public_kind(cause.kind),
        source=cause.source,
        order_id=state.get("order_id"),
        status=EnrollmentStatus(status) if status else None,
        reason=state.get("reason"),
        granted_by=state.get("granted_by"),
        payment_id=None,
        amount=state.get("order_amount"),
        currency=state.get("order_currency"),
        captured_amount=None,
        refunded_amount=None,
        certificate_id=state.get("certificate_id"),
        refunds=[],
        other_reversals=[],
        extra_payments=[],
        note=cause.note,
        refund_error=None,
    )


def _payment_event(entry: PaymentEvent, before: _State, state: _State) -> TimelineEventOut:
    cause, status = entry.cause, state.get("status")
    return TimelineEventOut(
        at=entry.at,
        subject="payment",
        kind=public_kind(cause.kind),
        source=cause.source,
        order_id=entry.order_id,
        status=PaymentStatus(status) if status else None,
        reason=state.get("reason"),
        granted_by=None,
        payment_id=state.get("payment_id"),
        amount=state.get("amount"),
        currency=state.get("currency"),
        captured_amount=state.get("captured_amount"),
        refunded_amount=state.get("refunded_amount"),
        certificate_id=None,
        refunds=_refunds(before, state),
        other_reversals=_reversals(before, state),
        extra_payments=_extra_payments(before, state),
        note=cause.note,
        refund_error=_refund_error(state),
    )


def _refunds(before: _State, state: _State) -> list[TimelineRefundOut]:
    return [
        TimelineRefundOut(id=refund_id, payment_id=payment_id, **each)
        for payment_id, refund_id, each in _news("refunds", before, state)
    ]


def _reversals(before: _State, state: _State) -> list[TimelineReversalOut]:
    return [
        TimelineReversalOut(id=name.removeprefix(MANUAL_REFUND_PREFIX), payment_id=payment_id, **each)
        for payment_id, name, each in _news("other_returns", before, state)
    ]


def _extra_payments(before: _State, state: _State) -> list[TimelineCaptureOut]:
    known = before.get("surplus") or {}
    return [
        TimelineCaptureOut(
            payment_id=payment_id, amount=each["amount"], currency=each["currency"], on_hold=each["held"]
        )
        for payment_id, each in sorted((state.get("surplus") or {}).items())
        if known.get(payment_id, {}).get("held") != each["held"]
    ]


def _refund_error(state: _State) -> str | None:
    """Why the gateway rejected the last refund that it rejected: of the payment that counts, else of another."""
    errors = [state.get("refund_refused")]
    errors += [each.get("refused") for _, each in sorted((state.get("surplus") or {}).items())]
    return next((error for error in errors if error), None)


def _news(attribute: str, before: _State, state: _State) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(payment id, key, value) of what the step added to or changed in that map of any payment on the order."""
    for payment_id, of_payment in _captured(state).items():
        known = _captured(before).get(payment_id, {}).get(attribute) or {}
        for key, value in sorted((of_payment.get(attribute) or {}).items()):
            if known.get(key) != value:
                yield payment_id, key, value


def _captured(state: _State) -> dict[str, _State]:
    """The state of each captured payment on the order, by payment id: the one that counts first."""
    others: dict[str, _State] = state.get("surplus") or {}
    payment_id = state.get("payment_id")
    return ({payment_id: state} if payment_id else {}) | others
