"""The timeline of an enrollment: its history and those of the payments made for it, as public events."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from functions.enrollments.timeline_schemas import (
    TimelineCaptureOut,
    TimelineDisputeOut,
    TimelineEventOut,
    TimelineKind,
    TimelineOut,
    TimelineRefundOut,
    TimelineRequestOut,
    TimelineReversalOut,
)
from shared.db.enrollments import enrollments
from shared.db.entities import EnrollmentEvent, PaymentEvent
from shared.db.payments import payments
from shared.domain.lifecycle import MANUAL_REFUND_PREFIX, EnrollmentStatus, PaymentStatus, Role
from shared.errors import EnrollmentNotFound
from shared.history_kinds import HistoryKind
from shared.public_names import reversal_kind
from shared.tokens import Caller

Entry = TypeVar("Entry", EnrollmentEvent, PaymentEvent)

_State = dict[str, Any]
"""The attributes of an item as its history entries store them: attribute names of the table, JSON values."""


@dataclass(frozen=True, slots=True)
class _Step(Generic[Entry]):
    """A history entry with the state of the item before and after it."""

    entry: Entry
    before: _State
    after: _State


@dataclass(frozen=True, slots=True)
class _MapEntry:
    """An entry of a map (of refunds, other reversals or disputes) that belongs to one payment."""

    payment_id: str
    key: str
    value: dict[str, Any]


def owner(caller: Caller, requested_user_id: str | None) -> str:
    """The user whose timeline is requested; the caller by default. Raises EnrollmentNotFound when a student requests
    the timeline of another user."""
    if caller.role is not Role.ADMIN and requested_user_id not in (None, caller.user_id):
        raise EnrollmentNotFound("you are not enrolled in this course")
    return requested_user_id or caller.user_id


def timeline(user_id: str, course_id: str, *, for_admin: bool) -> TimelineOut:
    """Every step of an enrollment and of the payments made for it, oldest first. The notes of admins and the gateway's
    reasons for rejected refunds are included only with `for_admin`.

    Raises EnrollmentNotFound, StoreUnavailable."""
    history = enrollments.history(user_id, course_id)
    if not history:
        raise EnrollmentNotFound
    events = [_enrollment_event(step) for step in _replay(history)]
    for order_id in _order_ids(history):
        events += [_payment_event(step) for step in _replay(payments.history(order_id))]
    events.sort(key=lambda event: event.at)
    if not for_admin:
        events = [event.model_copy(update={"note": None, "refund_error": None}) for event in events]
    return TimelineOut(items=events)


def public_kind(kind: HistoryKind) -> TimelineKind:
    """The public name of a stored kind of history entry."""
    return TimelineKind[kind.name]


def _order_ids(history: list[EnrollmentEvent]) -> list[str]:
    """Every order that the enrollment waited for, was granted by, or listed as on hold, in the order of the history."""
    changes = [json.loads(entry.changes) for entry in history]
    order_ids = (
        order_id
        for change in changes
        for order_id in (change.get("order_id"), change.get("granted_by"), *(change.get("orders_on_hold") or ()))
    )
    return list(dict.fromkeys(order_id for order_id in order_ids if order_id))


def _replay(history: Sequence[Entry]) -> Iterator[_Step[Entry]]:
    """The steps of a history, oldest first."""
    state: _State = {}
    for entry in history:
        before, state = state, state | json.loads(entry.changes)
        yield _Step(entry, before, state)


def _enrollment_event(step: _Step[EnrollmentEvent]) -> TimelineEventOut:
    cause, state = step.entry.cause, step.after
    status = state.get("status")
    return TimelineEventOut(
        at=step.entry.at,
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
        disputes=[],
        extra_payments=[],
        learner_request=None,
        note=cause.note,
        refund_error=None,
    )


def _payment_event(step: _Step[PaymentEvent]) -> TimelineEventOut:
    cause, state = step.entry.cause, step.after
    status = state.get("status")
    return TimelineEventOut(
        at=step.entry.at,
        subject="payment",
        kind=public_kind(cause.kind),
        source=cause.source,
        order_id=step.entry.order_id,
        status=PaymentStatus(status) if status else None,
        reason=state.get("reason"),
        granted_by=None,
        payment_id=state.get("payment_id"),
        amount=state.get("amount"),
        currency=state.get("currency"),
        captured_amount=state.get("captured_amount"),
        refunded_amount=state.get("refunded_amount"),
        certificate_id=None,
        refunds=_refunds(step),
        other_reversals=_reversals(step),
        disputes=_disputes(step),
        extra_payments=_extra_payments(step),
        learner_request=_learner_request(step),
        note=cause.note,
        refund_error=_refund_error(state),
    )


def _refunds(step: _Step[PaymentEvent]) -> list[TimelineRefundOut]:
    return [
        TimelineRefundOut(id=refund.key, payment_id=refund.payment_id, **refund.value)
        for refund in _changed_entries("refunds", step)
    ]


def _reversals(step: _Step[PaymentEvent]) -> list[TimelineReversalOut]:
    return [
        TimelineReversalOut(
            id=reversal.key.removeprefix(MANUAL_REFUND_PREFIX),
            payment_id=reversal.payment_id,
            amount=reversal.value["amount"],
            kind=reversal_kind(reversal.value["by"]),
        )
        for reversal in _changed_entries("other_returns", step)
    ]


def _disputes(step: _Step[PaymentEvent]) -> list[TimelineDisputeOut]:
    return [
        TimelineDisputeOut(
            id=dispute.key,
            payment_id=dispute.payment_id,
            **{name: dispute.value[name] for name in ("amount", "currency", "status", "phase", "deducted")},
        )
        for dispute in _changed_entries("disputes", step)
    ]


def _extra_payments(step: _Step[PaymentEvent]) -> list[TimelineCaptureOut]:
    """The extra captures that the step added, put on hold, or released from hold."""
    known = step.before.get("surplus") or {}
    return [
        TimelineCaptureOut(
            payment_id=payment_id, amount=capture["amount"], currency=capture["currency"], on_hold=capture["held"]
        )
        for payment_id, capture in sorted((step.after.get("surplus") or {}).items())
        if known.get(payment_id, {}).get("held") != capture["held"]
    ]


def _learner_request(step: _Step[PaymentEvent]) -> TimelineRequestOut | None:
    """The learner's request for a refund, if the step changed it."""
    changed = step.after.get("learner_request")
    if not changed or changed == step.before.get("learner_request"):
        return None
    return TimelineRequestOut.model_validate({name: changed.get(name) for name in TimelineRequestOut.model_fields})


def _refund_error(state: _State) -> str | None:
    """The gateway's reason for the last rejected refund: of the primary capture, otherwise of an extra one."""
    errors = [state.get("refund_refused")]
    errors += [capture.get("refused") for _, capture in sorted((state.get("surplus") or {}).items())]
    return next((error for error in errors if error), None)


def _changed_entries(attribute: str, step: _Step[PaymentEvent]) -> Iterator[_MapEntry]:
    """The entries that the step added or changed in the map `attribute` of any capture on the order."""
    captures_before = _captures(step.before)
    for payment_id, capture in _captures(step.after).items():
        known = captures_before.get(payment_id, {}).get(attribute) or {}
        for key, value in sorted((capture.get(attribute) or {}).items()):
            if known.get(key) != value:
                yield _MapEntry(payment_id, key, value)


def _captures(state: _State) -> dict[str, _State]:
    """The state of each capture on the order by payment id, the primary capture first."""
    extra: dict[str, _State] = state.get("surplus") or {}
    payment_id = state.get("payment_id")
    return ({payment_id: state} if payment_id else {}) | extra
