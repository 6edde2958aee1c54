"""The stored entities as a ledger: payments and enrollments, and the history of each."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from functions.payments.invariants.history import Step
from shared.db.entities import Enrollment, EnrollmentEvent, Payment, PaymentEvent
from shared.db.table.base import Item

Learner = tuple[str, str]
"""(user id, course id)"""

MAX_WRITE_DELAY: Final = timedelta(minutes=1)
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

    def is_access_basis(self, payment: Payment) -> bool:
        """Whether the payer's access rests on this payment."""
        enrollment = self.enrollments.get((payment.user_id, payment.course_id))
        return bool(enrollment and enrollment.status.gives_access and enrollment.granted_by == payment.order_id)


def build_ledger(items: Iterable[Item]) -> Ledger:
    """Entities of other kinds are passed over."""
    ledger = Ledger()
    for item in items:
        match item:
            case Payment():
                ledger.payments[item.order_id] = item
            case Enrollment():
                ledger.enrollments[item.user_id, item.course_id] = item
            case PaymentEvent():
                ledger.payment_steps[item.order_id].append(Step.from_event(item))
            case EnrollmentEvent():
                ledger.enrollment_steps[item.pk.removeprefix("USER#"), item.course_id].append(Step.from_event(item))
    for steps in (*ledger.payment_steps.values(), *ledger.enrollment_steps.values()):
        steps.sort(key=lambda step: step.number)
    return ledger


def states_around(steps: list[Step], moment: datetime) -> list[dict[str, object]]:
    """What the history said at about that moment: a step carries the time of its decision, and is written later."""
    known: dict[str, object] = {}
    states = [known]
    for step in steps:
        known = known | step.changes
        if step.at <= moment - MAX_WRITE_DELAY:
            states = [known]
        elif step.at <= moment + MAX_WRITE_DELAY:
            states.append(known)
    return states


def next_poll_at(item: Payment | Enrollment) -> str | None:
    """When it is looked at next."""
    at: str | None = item.gsi2sk
    return at
