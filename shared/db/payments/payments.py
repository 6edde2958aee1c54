"""Payments: one per Razorpay order, with an append-only history in the same partition."""

from datetime import datetime
from enum import StrEnum, auto
from typing import Any

from pynamodb.expressions.condition import Condition

from shared.db.audit import AuditedAction
from shared.db.enrollments.enrollments import add_revocation, add_step, mark_enrolled
from shared.db.entities import Course, Enrollment, Payment, PaymentEvent, Receipt, WebhookEvent
from shared.db.table import keys, store
from shared.db.table.changes import Changes, apply_changes, history_json, unchanged_since_read, update_actions
from shared.db.table.transaction import Transaction
from shared.domain.lifecycle import PaymentStatus
from shared.history_kinds import Cause, ChangeKind, Source


class PaymentOutcome(StrEnum):
    WRITTEN = auto()
    CHANGED = auto()
    """An item is no longer what was read: read again, decide again."""
    DUPLICATE_EVENT = auto()
    """The webhook event is in the inbox already: nothing was written."""
    NOT_OPEN = auto()
    """Something was heard of the order's money, or its window is over: nothing was written."""


def get(order_id: str) -> Payment | None:
    return store.get(Payment, keys.payment(order_id))


def open_order(
    course: Course,
    payment: Payment,
    superseded: tuple[Payment, Changes] | None,
    enrollment: tuple[Enrollment | None, Enrollment, Changes],
    now: datetime,
) -> tuple[PaymentOutcome, Enrollment]:
    """One transaction: the new payment, the enrollment that waits for it, and the payment it takes the place of.

    `enrollment` is (what was read, what the step starts from, the step)."""
    writing, created = Transaction(), Cause(ChangeKind.ORDER_CREATED, Source.LEARNER)
    writing.put("payment", payment)
    _add_history_entry(writing, "history", payment.order_id, 1, created, _initial_changes(payment), now)
    if superseded:
        old, step = superseded
        _add_step(writing, "superseded", old, step, Cause(ChangeKind.ORDER_SUPERSEDED, Source.LEARNER), now)
    after = add_step(writing, *enrollment, created, now)
    mark_enrolled(writing, course)
    return (PaymentOutcome.CHANGED if writing.commit() else PaymentOutcome.WRITTEN), after


def resume_order(read: Enrollment, step: Changes, now: datetime) -> tuple[PaymentOutcome, Enrollment]:
    """One transaction: a withdrawn enrollment waits again for the order it has kept, if that is still pending and no
    money of another amount was seen on it. The payment stays as it is: it was watched all the time."""
    writing = Transaction()
    writing.check("payment", keys.payment(read.order_id), _awaits_payment())
    after = add_step(writing, read, read, step, Cause(ChangeKind.ORDER_RESUMED, Source.LEARNER), now)
    failed = writing.commit()
    if "enrollment" in failed:
        return PaymentOutcome.CHANGED, after
    return (PaymentOutcome.NOT_OPEN if failed else PaymentOutcome.WRITTEN), after


def adopt(payment: Payment, course: Course, now: datetime) -> PaymentOutcome:
    """Writes the row of an order that the gateway knows to be ours and we do not. Only where there is none. Whoever
    pays it is a learner of the course, which from here on cannot be deleted."""
    writing = Transaction()
    writing.put("payment", payment)
    mark_enrolled(writing, course)
    adopted = Cause(ChangeKind.ORDER_ADOPTED, Source.GATEWAY)
    _add_history_entry(writing, "history", payment.order_id, 1, adopted, _initial_changes(payment), now)
    return PaymentOutcome.CHANGED if writing.commit() else PaymentOutcome.WRITTEN


def settle(
    payment: tuple[Payment, Changes],
    read: Enrollment | None,
    enrollment_step: tuple[Enrollment, Changes] | None,
    cause: Cause,
    now: datetime,
    *,
    basis: Payment | None,
    inbox_entry: WebhookEvent | None,
    audited_action: AuditedAction | None,
    receipt: Receipt | None,
) -> tuple[PaymentOutcome, Payment, Enrollment | None]:
    """One transaction: both items under the condition that they are what was read, a history entry, the inbox row, and
    the receipt of a payment that is captured by it.

    The enrollment is checked even where it stays as it is: the decision rests on it. So is `basis`, the other payment
    that the access rested on."""
    writing = Transaction()
    before, step = payment
    after = _add_step(writing, "payment", before, step, cause, now)
    if enrollment_step:
        enrolled: Enrollment | None = add_step(writing, read, *enrollment_step, cause, now)
    else:
        enrolled = read
        writing.check(
            "enrollment", keys.enrollment(before.user_id, before.course_id), unchanged_since_read(Enrollment, read)
        )
    if basis:
        writing.check("basis", keys.payment(basis.order_id), unchanged_since_read(Payment, basis))
    if inbox_entry:
        writing.put("inbox", inbox_entry)
    if receipt:
        writing.put("receipt", receipt)
    if audited_action:
        audited_action.record(writing, before.order_id, {"status": before.status}, {"status": after.status})
    failed = writing.commit()
    if "inbox" in failed:
        return PaymentOutcome.DUPLICATE_EVENT, before, None
    return (PaymentOutcome.CHANGED if failed else PaymentOutcome.WRITTEN), after, enrolled


def revoke(
    enrollment: Enrollment,
    step: Changes,
    payment: tuple[Payment, Changes] | None,
    admin_id: str,
    reason: str,
    now: datetime,
) -> tuple[PaymentOutcome, Enrollment]:
    """One transaction: an admin takes the access, and the money it rests on starts its way back."""
    writing = Transaction()
    after = add_revocation(writing, enrollment, step, admin_id, reason, now)
    if payment:
        _add_step(writing, "payment", *payment, Cause(ChangeKind.ADMIN_REVOKED, Source.ADMIN, reason), now)
    return (PaymentOutcome.CHANGED if writing.commit() else PaymentOutcome.WRITTEN), after


def list_by_user(user_id: str, limit: int, start: dict[str, Any] | None) -> tuple[list[Payment], Any]:
    """A learner's payments, newest first, from the index: (payments, next key)."""
    page = store.query(
        keys.user(user_id).pk,
        sk=Payment.gsi1sk.startswith("PAYMENT#"),
        index=keys.GSI1,
        limit=limit,
        start=start,
        newest_first=True,
    )
    return page.items_of(Payment), page.next_key


def history(order_id: str) -> list[PaymentEvent]:
    """Every step of a payment, from the first."""
    events = store.query_all(keys.payment(order_id).pk, sk=PaymentEvent.sk.startswith("EVENT#"))
    return [event for event in events if isinstance(event, PaymentEvent)]


def get_with_history(order_id: str) -> tuple[Payment | None, list[PaymentEvent]]:
    """A payment and every step of it, from the first: one Query."""
    items = store.query_all(keys.payment(order_id).pk)
    payment = next((item for item in items if isinstance(item, Payment)), None)
    return payment, [item for item in items if isinstance(item, PaymentEvent)]


def _add_step(writing: Transaction, label: str, read: Payment, step: Changes, cause: Cause, now: datetime) -> Payment:
    changes = {**step, "version": read.version + 1, "updated_at": now}
    writing.update(
        label, keys.payment(read.order_id), update_actions(Payment, changes), unchanged_since_read(Payment, read)
    )
    _add_history_entry(writing, f"{label}_history", read.order_id, read.version + 1, cause, changes, now)
    return apply_changes(read, changes)


def _awaits_payment() -> Condition:
    condition: Condition = (Payment.status == PaymentStatus.PENDING) & Payment.reason.does_not_exist()
    return condition


def _add_history_entry(
    writing: Transaction,
    label: str,
    order_id: str,
    number: int,
    cause: Cause,
    changes: Changes,
    now: datetime,
) -> None:
    writing.put(
        label,
        PaymentEvent.build(
            keys.payment_event(order_id, number),
            order_id=order_id,
            number=number,
            at=now,
            evidence=cause.kind,
            source=cause.source,
            note=cause.note,
            changes=history_json(changes),
        ),
    )


def _initial_changes(payment: Payment) -> dict[str, Any]:
    values = payment.attribute_values
    return {
        name: value for name, value in values.items() if name not in ("pk", "sk", "kind", "refunds", "refund_requests")
    }
