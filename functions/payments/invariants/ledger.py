"""The stored entities as a ledger: payments, enrollments and their histories, webhooks, receipts and certificates."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, NamedTuple, Self

from functions.payments.invariants.history import Step
from shared.db.entities import (
    Certificate,
    Coupon,
    CouponUse,
    CreditNote,
    Enrollment,
    EnrollmentEvent,
    LearnerRequestListing,
    Payment,
    PaymentEvent,
    Receipt,
    ReceiptCounter,
    WebhookEvent,
)
from shared.db.payments.documents import number_series
from shared.db.payments.learner_records import UnreadableItem
from shared.db.table.base import Item
from shared.db.table.unreadable_items import READ_ERRORS

MAX_WRITE_DELAY: Final = timedelta(minutes=1)
"""Longer than the time between the decision and the write of any function."""


class Learner(NamedTuple):
    """A learner in a course: the key of an enrollment."""

    user_id: str
    course_id: str

    def __str__(self) -> str:
        return f"{self.user_id} {self.course_id}"


class CouponUser(NamedTuple):
    """A learner who uses a coupon."""

    code: str
    user_id: str

    def __str__(self) -> str:
        return f"{self.code} {self.user_id}"


class Breach(NamedTuple):
    """A violation of an invariant. `subject` is an order id, "user_id course_id", the number of a receipt or note, the
    code of a coupon, or for an item that cannot be read its keys."""

    invariant: str
    subject: str
    detail: str

    def __str__(self) -> str:
        return f"{self.invariant} {self.subject}: {self.detail}"


class NumberSeries(NamedTuple):
    """The numbers of a series in a financial year: from 1 to `last`, without the voided ranges (first, last), which a
    restored table skips."""

    last: int
    voided: tuple[tuple[int, int], ...] = ()

    @classmethod
    def of(cls, counter: ReceiptCounter) -> Self:
        return cls(counter.last, tuple((int(each["first"]), int(each["last"])) for each in counter.voided or ()))

    def is_voided(self, position: int) -> bool:
        return any(first <= position <= last for first, last in self.voided)


@dataclass
class Ledger:
    """The checked entities, by key, as they were read at `as_of` (UTC): of one learner, or of the whole table.

    Histories and the notes of an order are in the order of their steps. `series` maps the name of each series in a
    financial year, such as `L/26-27`, to its numbers."""

    as_of: datetime
    payments: dict[str, Payment] = field(default_factory=dict)
    enrollments: dict[Learner, Enrollment] = field(default_factory=dict)
    payment_steps: defaultdict[str, list[Step]] = field(default_factory=lambda: defaultdict(list))
    enrollment_steps: defaultdict[Learner, list[Step]] = field(default_factory=lambda: defaultdict(list))
    webhooks: list[WebhookEvent] = field(default_factory=list)
    receipts: dict[str, Receipt] = field(default_factory=dict)
    notes: defaultdict[str, list[CreditNote]] = field(default_factory=lambda: defaultdict(list))
    learner_requests: dict[str, LearnerRequestListing] = field(default_factory=dict)
    certificates: dict[str, Certificate] = field(default_factory=dict)
    series: dict[str, NumberSeries] = field(default_factory=dict)
    coupons: dict[str, Coupon] = field(default_factory=dict)
    coupon_uses: dict[CouponUser, CouponUse] = field(default_factory=dict)
    unreadable: list[UnreadableItem] = field(default_factory=list)

    @property
    def subject(self) -> str:
        """The learner, for a ledger of one learner: the first one that has an enrollment or a payment."""
        learners = [*self.enrollments, *map(learner_of, self.payments.values())]
        return str(learners[0]) if learners else ""

    def documents(self) -> list[Receipt | CreditNote]:
        """The receipts and the notes."""
        return [*self.receipts.values(), *(note for notes in self.notes.values() for note in notes)]

    def is_access_basis(self, payment: Payment) -> bool:
        """Whether the payment is the basis of the payer's access to the course."""
        enrollment = self.enrollments.get(learner_of(payment))
        return bool(enrollment and enrollment.status.gives_access and enrollment.granted_by == payment.order_id)

    def add(self, item: Item) -> None:
        """Adds an item of a checked kind; ignores every other kind."""
        match item:
            case Payment():
                self.payments[item.order_id] = item
            case Enrollment():
                self.enrollments[learner_of(item)] = item
            case PaymentEvent():
                self.payment_steps[item.order_id].append(Step.from_event(item))
            case EnrollmentEvent():
                learner = Learner(item.pk.removeprefix("USER#"), item.course_id)
                self.enrollment_steps[learner].append(Step.from_event(item))
            case WebhookEvent():
                self.webhooks.append(item)
            case Receipt() | CreditNote() | LearnerRequestListing():
                self._add_of_order(item)
            case Certificate():
                self.certificates[item.certificate_id] = item
            case ReceiptCounter():
                self.series[number_series.name_of(item)] = NumberSeries.of(item)
            case Coupon() | CouponUse():
                self._add_coupon(item)

    def _add_of_order(self, item: Receipt | CreditNote | LearnerRequestListing) -> None:
        if isinstance(item, Receipt):
            self.receipts[item.order_id] = item
        elif isinstance(item, LearnerRequestListing):
            self.learner_requests[item.order_id] = item
        else:
            self.notes[item.order_id].append(item)

    def _add_coupon(self, item: Coupon | CouponUse) -> None:
        if isinstance(item, Coupon):
            self.coupons[item.code] = item
        else:
            self.coupon_uses[CouponUser(item.code, item.user_id)] = item


def learner_of(item: Payment | Enrollment | Certificate) -> Learner:
    return Learner(item.user_id, item.course_id)


def build_ledger(items: Iterable[Item], as_of: datetime, unreadable: Iterable[UnreadableItem] = ()) -> Ledger:
    """The ledger of the items, which were read at `as_of` (UTC). Items of other kinds are ignored. A history entry
    whose changes cannot be read is added to the unreadable items."""
    ledger = Ledger(as_of, unreadable=list(unreadable))
    for item in items:
        try:
            ledger.add(item)
        except READ_ERRORS as error:
            ledger.unreadable.append(UnreadableItem.of(item.pk, item.sk, error))
    for steps in (*ledger.payment_steps.values(), *ledger.enrollment_steps.values()):
        steps.sort(key=lambda step: step.number)
    for notes in ledger.notes.values():
        notes.sort(key=lambda note: note.sk)
    return ledger


def states_around(steps: list[Step], moment: datetime) -> list[dict[str, object]]:
    """The states that an item had within MAX_WRITE_DELAY of `moment`, oldest first; at least one.

    A step contains the time of its decision, and is written up to MAX_WRITE_DELAY later, so the state at an exact
    moment is not known."""
    state: dict[str, object] = {}
    states = [state]
    for step in steps:
        state = state | step.changes
        if step.at <= moment - MAX_WRITE_DELAY:
            states = [state]
        elif step.at <= moment + MAX_WRITE_DELAY:
            states.append(state)
    return states


def next_poll_at(item: Payment | Enrollment) -> datetime | None:
    """When the sweep polls the item next; None when no poll is scheduled."""
    return item.due_at
