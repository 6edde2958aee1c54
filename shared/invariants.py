"""What must be true of the ledger at every moment, whatever happened: pure checks over stored entities.

`read` sorts entities into a Ledger, `breaches` looks at it: one Breach for each thing that is wrong, none when all is
well. Nothing here writes, asks anybody, or knows what time it is unless told. Numbers are those of docs/payments.md.

    I1  every captured paisa is what an enrollment rests on, or refunded, or on its way back; money is refused only
        when the learner has the course already or gave it up
    I2  no access to a course without a payment of that learner, course and amount, or an admin's grant
    I3  never two unrefunded captures for one learner and course; no second order while the first can be paid
    I4  refunds never exceed the capture, and what is said to be back is the sum of what took it there
    I5  what was captured is what the order asked for
    I6  whatever waits is looked at again, and not long after it is due
    I9  only listed transitions, and the history folds to the item
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from shared import clock
from shared.db.base import Item
from shared.db.entities import Enrollment, EnrollmentEvent, Payment, PaymentEvent
from shared.folding import Step, told_of
from shared.lifecycle import (
    ADMIN,
    ENROLLMENT_TRANSITIONS,
    FREE,
    PAYMENT_TRANSITIONS,
    EnrollmentStatus,
    PaymentStatus,
    Reason,
)

Learner = tuple[str, str]
"""(user id, course id)"""

_UNSETTLED: Final = frozenset({PaymentStatus.PENDING, PaymentStatus.AUTHORIZED, PaymentStatus.REFUND_PENDING})
_GIVEN_UP: Final = frozenset({Reason.WITHDRAWN, Reason.REFUNDED, Reason.REVOKED, Reason.CHARGEBACK})
_ONLY_BY: Final = {Reason.WITHDRAWN: {"learner"}, Reason.REVOKED: {"admin"}, Reason.EXPIRED: {"sweep"}}
"""Who alone may end an enrollment for that reason."""
_WATCHED: Final = timedelta(days=6)
"""How long after its window an order that was not paid is looked at."""

_RESERVED: Final = timedelta(days=7)
"""Longer than a gateway keeps money that is only authorised."""

_A_DECISION: Final = timedelta(minutes=1)
"""Longer than any function takes from its decision to the write."""


class Breach(NamedTuple):
    """`subject` is an order id, or a user and a course id."""

    invariant: str
    subject: str
    detail: str

    def __str__(self) -> str:
        return f"{self.invariant} {self.subject}: {self.detail}"


@dataclass
class Ledger:
    """Payments by order, enrollments by learner and course, and the history of each, in order."""

    payments: dict[str, Payment] = field(default_factory=dict)
    enrollments: dict[Learner, Enrollment] = field(default_factory=dict)
    payment_steps: defaultdict[str, list[Step]] = field(default_factory=lambda: defaultdict(list))
    enrollment_steps: defaultdict[Learner, list[Step]] = field(default_factory=lambda: defaultdict(list))

    def rests_on(self, payment: Payment) -> bool:
        """Whether the payer's access rests on this payment."""
        enrollment = self.enrollments.get((payment.user_id, payment.course_id))
        return bool(enrollment and enrollment.status.gives_access and enrollment.granted_by == payment.order_id)


def read(items: Iterable[Item]) -> Ledger:
    """Entities of other kinds are passed over."""
    ledger = Ledger()
    for item in items:
        match item:
            case Payment():
                ledger.payments[item.order_id] = item
            case Enrollment():
                ledger.enrollments[item.user_id, item.course_id] = item
            case PaymentEvent():
                ledger.payment_steps[item.order_id].append(Step.of(item, item.evidence))
            case EnrollmentEvent():
                ledger.enrollment_steps[item.pk.removeprefix("USER#"), item.course_id].append(Step.of(item, item.why))
    for steps in (*ledger.payment_steps.values(), *ledger.enrollment_steps.values()):
        steps.sort(key=lambda step: step.number)
    return ledger


def breaches(ledger: Ledger, now: datetime, *, grace: timedelta | None = None) -> list[Breach]:
    """Everything that is wrong. With `grace`, also timers that were due longer ago than that (I6)."""
    found = [breach for check in CHECKS for breach in check(ledger)]
    found += unwatched(ledger, now)
    if grace is not None:
        found += [*overdue(ledger, now - grace), *stuck(ledger, now - grace)]
    return found


def accounted(ledger: Ledger) -> Iterator[Breach]:
    for payment in ledger.payments.values():
        captured, refunded, status = payment.captured_amount, payment.refunded_amount, payment.status
        if status is PaymentStatus.CAPTURED:
            if not captured:
                yield Breach("I1", payment.order_id, "captured without an amount")
            elif not ledger.rests_on(payment):
                yield Breach("I1", payment.order_id, f"{captured - refunded} captured, and no enrollment rests on it")
        elif status is PaymentStatus.REFUNDED and refunded != captured:
            yield Breach("I1", payment.order_id, f"refunded, but {refunded} of {captured}")
        elif captured and status not in (PaymentStatus.REFUND_PENDING, PaymentStatus.REFUNDED):
            yield Breach("I1", payment.order_id, f"{captured} captured, yet it is {status}")
        for payment_id, (amount, given, taken) in _surplus(payment).items():
            if given + taken < amount and _due(payment) is None:
                detail = f"{amount} captured beside it by {payment_id}, and {given + taken} back"
                yield Breach("I1", payment.order_id, detail)


def wanted(ledger: Ledger) -> Iterator[Breach]:
    """Money refused as not wanted, or as paid twice, must have been so at that moment."""
    for payment in ledger.payments.values():
        for step in ledger.payment_steps[payment.order_id]:
            reason = step.changes.get("reason")
            if step.changes.get("status") != PaymentStatus.REFUND_PENDING:
                continue
            known = _around(ledger.enrollment_steps[payment.user_id, payment.course_id], step.at)
            if reason == Reason.NOT_WANTED and not any(each.get("reason") in _GIVEN_UP for each in known):
                yield Breach("I1", payment.order_id, f"refused, though the enrollment was {known[0].get('status')}")
            others = {str(each["granted_by"]) for each in known if each.get("granted_by")} - {payment.order_id}
            if reason == Reason.DUPLICATE and not any(_stood(ledger, other, step.at) for other in others):
                yield Breach("I1", payment.order_id, "refused as a duplicate of nothing")


def _stood(ledger: Ledger, basis: str, moment: datetime) -> bool:
    """Whether access that rested on it needed no other money: reserved money may yet go back."""
    if basis in (FREE, ADMIN):
        return True
    payment = ledger.payments.get(basis)
    return bool(payment and payment.captured_at and payment.captured_at <= moment + _A_DECISION)


def founded(ledger: Ledger) -> Iterator[Breach]:
    for (user_id, course_id), enrollment in ledger.enrollments.items():
        subject, basis = f"{user_id} {course_id}", enrollment.granted_by
        if not enrollment.status.gives_access:
            if basis is not None:
                yield Breach("I2", subject, f"{enrollment.status}, yet granted by {basis}")
            continue
        granting = [step for step in ledger.enrollment_steps[user_id, course_id] if step.changes.get("granted_by")]
        if basis in (FREE, ADMIN):
            teller = granting[-1].source if granting else None
            if teller != {FREE: "learner", ADMIN: "admin"}[basis]:
                yield Breach("I2", subject, f"granted as {basis} by {teller}")
            continue
        payment = ledger.payments.get(basis or "")
        if payment is None or (payment.user_id, payment.course_id) != (user_id, course_id):
            yield Breach("I2", subject, f"rests on {basis}, which is no payment of this learner for this course")
        elif payment.status not in (PaymentStatus.AUTHORIZED, PaymentStatus.CAPTURED):
            yield Breach("I2", subject, f"rests on {basis}, which is {payment.status}")


def paid_once(ledger: Ledger) -> Iterator[Breach]:
    kept: defaultdict[Learner, list[str]] = defaultdict(list)
    for payment in ledger.payments.values():
        if payment.status is PaymentStatus.CAPTURED:
            kept[payment.user_id, payment.course_id].append(payment.order_id)
    for learner, orders in kept.items():
        if len(orders) > 1:
            yield Breach("I3", " ".join(learner), f"paid {len(orders)} times: {', '.join(orders)}")


def one_order_at_a_time(ledger: Ledger) -> Iterator[Breach]:
    for learner, steps in ledger.enrollment_steps.items():
        known: dict[str, object] = {}
        for step in steps:
            before, known = known, known | step.changes
            offer = ("order_amount", "order_currency")
            if step.why != "order_created" or not before.get("order_id"):
                continue
            if before["status"] != "pending" and not _unpaid(ledger, str(before["order_id"]), step.at):
                continue
            open_until = clock.parse(str(before["order_window_ends_at"]))
            if step.at < open_until and all(before.get(name) == known.get(name) for name in offer):
                yield Breach("I3", " ".join(learner), f"{known['order_id']} made beside {before['order_id']}")


def _unpaid(ledger: Ledger, order_id: str, moment: datetime) -> bool:
    """Whether nothing but its replacement is told of the order at about that moment: no money, and no end."""
    states = {(each.get("status"), each.get("reason")) for each in _around(ledger.payment_steps[order_id], moment)}
    return states <= {(None, None), ("pending", None), ("failed", Reason.SUPERSEDED)}


def refunds_covered(ledger: Ledger) -> Iterator[Breach]:
    for payment in ledger.payments.values():
        # One that is on its way may have failed already, and somebody looks: only what is back counts until then.
        counted = _processed if _due(payment) else _not_failed
        given = counted(payment.refunds.as_dict())
        if max(given, payment.refunded_amount) > payment.captured_amount:
            detail = f"{max(given, payment.refunded_amount)} refunded of {payment.captured_amount}"
            yield Breach("I4", payment.order_id, detail)
        back = min(_processed(payment.refunds.as_dict()) + _taken(payment), payment.captured_amount)
        if payment.refunded_amount != back:
            yield Breach("I4", payment.order_id, f"{payment.refunded_amount} said to be back, and {back} is")
        for payment_id, (amount, given, _) in _surplus(payment).items():
            if given > amount:
                yield Breach("I4", payment.order_id, f"{given} refunded of {amount} by {payment_id}")


def amounts_agree(ledger: Ledger) -> Iterator[Breach]:
    for payment in ledger.payments.values():
        if payment.captured_amount not in (0, payment.amount):
            detail = f"{payment.captured_amount} captured of an order for {payment.amount}"
            yield Breach("I5", payment.order_id, detail)


def unwatched(ledger: Ledger, now: datetime) -> Iterator[Breach]:
    for payment in ledger.payments.values():
        last_look = payment.window_ends_at + _WATCHED
        late = payment.status is PaymentStatus.FAILED and now < last_look
        if (payment.status in _UNSETTLED or late) and _due(payment) is None:
            yield Breach("I6", payment.order_id, f"{payment.status} ({payment.reason}), and nobody looks at it again")
        if _due(payment) is None and "pending" in _refund_states(payment):
            yield Breach("I6", payment.order_id, "a refund is on its way, and nobody looks at it again")
    for learner, enrollment in ledger.enrollments.items():
        if enrollment.status is not EnrollmentStatus.PENDING or _due(enrollment):
            continue
        awaited = ledger.payments.get(enrollment.order_id or "")
        if awaited is None or awaited.status is not PaymentStatus.PENDING:
            detail = f"waits for {enrollment.order_id}, which is {awaited.status if awaited else 'nowhere'}"
            yield Breach("I6", " ".join(learner), detail)


def overdue(ledger: Ledger, limit: datetime) -> Iterator[Breach]:
    """Timers that were due before `limit`."""
    waiting: list[tuple[str, Payment | Enrollment]] = [*ledger.payments.items()]
    waiting += [(" ".join(learner), each) for learner, each in ledger.enrollments.items()]
    for subject, item in waiting:
        due = _due(item)
        if due and due < clock.text(limit):
            yield Breach("I6", subject, f"{item.status}, due since {due}")


def stuck(ledger: Ledger, limit: datetime) -> Iterator[Breach]:
    """Orders whose window ended before `limit`, and which nobody could settle: their timers are put off, never due."""
    for payment in ledger.payments.values():
        kept_aside = payment.reason is Reason.MISMATCH
        if payment.status is PaymentStatus.PENDING and payment.window_ends_at < limit and not kept_aside:
            yield Breach("I6", payment.order_id, f"pending, though its window ended {payment.window_ends_at}")
        if payment.status is PaymentStatus.AUTHORIZED and payment.updated_at + _RESERVED < limit:
            yield Breach("I6", payment.order_id, f"authorized, and nothing came of it since {payment.updated_at}")


def told(ledger: Ledger) -> Iterator[Breach]:
    """The history of each item: complete, of listed transitions, and the item itself when folded."""
    for order_id, payment in ledger.payments.items():
        for wrong in told_of(payment, ledger.payment_steps[order_id], PAYMENT_TRANSITIONS):
            yield Breach("I9", order_id, wrong)
        for step in ledger.payment_steps[order_id]:
            if step.changes.get("reason") == Reason.EXPIRED and step.at < payment.window_ends_at:
                yield Breach("I9", order_id, "expired while it could be paid")
    for learner, enrollment in ledger.enrollments.items():
        for wrong in told_of(enrollment, ledger.enrollment_steps[learner], ENROLLMENT_TRANSITIONS):
            yield Breach("I9", " ".join(learner), wrong)
        for step in ledger.enrollment_steps[learner]:
            reason = step.changes.get("reason")
            if reason and step.source not in _ONLY_BY.get(Reason(reason), {step.source}):
                yield Breach("I9", " ".join(learner), f"{reason} by {step.source}")


CHECKS: Final[tuple[Callable[[Ledger], Iterator[Breach]], ...]] = (
    accounted,
    wanted,
    founded,
    paid_once,
    one_order_at_a_time,
    refunds_covered,
    amounts_agree,
    told,
)
"""Those that need no clock."""


def _around(steps: list[Step], moment: datetime) -> list[dict[str, object]]:
    """What the history said at about that moment: a step carries the time of its decision, and is written later."""
    known: dict[str, object] = {}
    states = [known]
    for step in steps:
        known = known | step.changes
        if step.at <= moment - _A_DECISION:
            states = [known]
        elif step.at <= moment + _A_DECISION:
            states.append(known)
    return states


def _surplus(payment: Payment) -> dict[str, tuple[int, int, int]]:
    """Payment ids captured beside the one that counts: (captured, refunded or on its way, taken otherwise)."""
    kept: dict[str, dict[str, Any]] = payment.surplus.as_dict() if payment.surplus else {}
    return {
        payment_id: (each["amount"], _not_failed(each["refunds"]), _sum(each["other_returns"]))
        for payment_id, each in kept.items()
    }


def _refund_states(payment: Payment) -> set[str]:
    kept: dict[str, dict[str, Any]] = payment.surplus.as_dict() if payment.surplus else {}
    refunds = [
        *payment.refunds.as_dict().values(),
        *(one for each in kept.values() for one in each["refunds"].values()),
    ]
    return {str(each["status"]) for each in refunds}


def _taken(payment: Payment) -> int:
    return _sum(payment.other_returns.as_dict()) if payment.other_returns else 0


def _sum(returns: dict[str, Any]) -> int:
    return sum(int(each["amount"]) for each in returns.values())


def _processed(refunds: dict[str, Any]) -> int:
    return sum(int(each["amount"]) for each in refunds.values() if each["status"] == "processed")


def _not_failed(refunds: dict[str, Any]) -> int:
    return sum(int(each["amount"]) for each in refunds.values() if each["status"] != "failed")


def _due(item: Payment | Enrollment) -> str | None:
    due: str | None = item.gsi2sk
    return due
