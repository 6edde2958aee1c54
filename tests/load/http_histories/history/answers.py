"""The 2xx answers that clients got: each must still be true at rest."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class OrderAnswer:
    """create-order returned this order, `amount` in minor units."""

    learner: int
    course_id: str
    order_id: str
    amount: int


@dataclass(frozen=True)
class StepAnswer:
    """A step that the answer reported: the timeline of the learner's course must contain an event with these values."""

    learner: int
    course_id: str
    values: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class RefundAnswer:
    """An admin was promised a refund: `key` is that of the request, "all" without an Idempotency-Key; `payment_id` is
    that of a payment on hold. `amount` None is everything that was left."""

    order_id: str
    key: str
    amount: int | None
    payment_id: str | None


@dataclass(frozen=True)
class ReceiptAnswer:
    order_id: str
    number: str


@dataclass(frozen=True)
class LessonAnswer:
    learner: int
    course_id: str
    lesson_id: str


@dataclass
class Answers:
    orders: list[OrderAnswer] = field(default_factory=list)
    steps: list[StepAnswer] = field(default_factory=list)
    refunds: list[RefundAnswer] = field(default_factory=list)
    receipts: list[ReceiptAnswer] = field(default_factory=list)
    lessons: list[LessonAnswer] = field(default_factory=list)

    def count(self) -> int:
        kinds = (self.orders, self.steps, self.refunds, self.receipts, self.lessons)
        return sum(len(kind) for kind in kinds)
