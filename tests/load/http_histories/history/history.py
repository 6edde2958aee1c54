"""The state of one history, as its clients know it."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Final, Generic, TypeVar

from tests.load.http_histories.history.answers import Answers, StepAnswer
from tests.load.http_histories.history.api_user import ApiUser, Reply, Site
from tests.load.http_histories.plan import HistoryPlan
from tests.load.http_histories.processes.gateway import Gateway
from tests.load.http_histories.processes.shared_clock import SharedClock
from tests.load.http_histories.processes.webhook_network import Fate, random_fate

Value = TypeVar("Value")
PRICES: Final = (49_900, 49_900, 99_900, 150_000)


class Possible(Generic[Value]):
    """The values that a field of the product may have: several while a change has no answer, or two overlap."""

    def __init__(self, value: Value) -> None:
        self.values = {value}
        self._begun = self._running = 0

    @contextmanager
    def changing_to(self, value: Value) -> Iterator[Callable[[], None]]:
        """The block makes the change, and calls what it is given once the product has confirmed it."""
        confirmed: list[bool] = []
        self.values.add(value)
        is_alone = self._running == 0
        self._begun, self._running = self._begun + 1, self._running + 1
        number = self._begun
        yield lambda: confirmed.append(True)
        self._running -= 1
        if confirmed and is_alone and number == self._begun:
            self.values = {value}


@dataclass
class Course:
    course_id: str
    lesson_ids: list[str]
    price: Possible[int]
    status: Possible[str] = field(default_factory=lambda: Possible("published"))


@dataclass(frozen=True)
class Order:
    """An order that a client knows. `learner` is an index; None if nobody of ours is its payer."""

    order_id: str
    learner: int | None
    course_id: str
    amount: int


@dataclass(frozen=True)
class Attempt:
    """A payment at Razorpay. `eligible`: it pays for the order by the rules of the settings. `checkout` is the result
    for the browser, None without a signature."""

    order: Order
    payment_id: str
    amount: int
    eligible: bool
    checkout: dict[str, str] | None


@dataclass
class History:
    """`problems` are what the driver saw already while it played."""

    plan: HistoryPlan
    site: Site
    gateway: Gateway
    clock: SharedClock
    instructor: ApiUser
    admin: ApiUser
    learners: list[ApiUser]
    problems: list[str]
    courses: list[Course] = field(default_factory=list)
    orders: dict[str, Order] = field(default_factory=dict)
    attempts: dict[str, Attempt] = field(default_factory=dict)
    disputes: list[str] = field(default_factory=list)
    accepted: set[str] = field(default_factory=set)
    """Payments on hold that an admin tried to accept."""
    grants_tried: set[tuple[int, str]] = field(default_factory=set)
    answers: Answers = field(default_factory=Answers)
    played: Counter[str] = field(default_factory=Counter)
    log: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _events: Counter[str] = field(default_factory=Counter)

    def note(self, text: str) -> None:
        self.log.append(f"{self.clock.now():%d %H:%M:%S.%f} {text}")

    def play(self, action: str, text: str) -> None:
        """Count and log an action that took effect."""
        with self._lock:
            self.played[action] += 1
        self.note(f"{action}: {text}")

    def course(self, course_id: str) -> Course:
        return next(course for course in self.courses if course.course_id == course_id)

    def add_order(self, order: Order) -> None:
        with self._lock:
            self.orders.setdefault(order.order_id, order)

    def add_attempt(self, attempt: Attempt) -> None:
        with self._lock:
            self.attempts[attempt.payment_id] = attempt

    def pick_order(self, random: Random) -> Order | None:
        orders = list(self.orders.values())
        return random.choice(orders) if orders else None

    def pick_attempt(self, random: Random, accepts: Callable[[Attempt], bool] = lambda _: True) -> Attempt | None:
        attempts = [attempt for attempt in list(self.attempts.values()) if accepts(attempt)]
        return random.choice(attempts) if attempts else None

    def was_returned(self, order_id: str) -> bool:
        """Whether create-order returned the order to a client."""
        return any(answer.order_id == order_id for answer in self.answers.orders)

    def add_step(self, learner: int, course_id: str, **values: str) -> None:
        """An answer said that this step was made."""
        self.answers.steps.append(StepAnswer(learner, course_id, tuple(sorted(values.items()))))

    def keep_payment_state(self, reply: Reply) -> None:
        """An answer with a payment and its enrollment: both states must be in the timeline."""
        payment, enrollment = reply.body["payment"], reply.body["enrollment"]
        order = self.orders.get(payment["order_id"])
        if order is None or order.learner is None or not self.was_returned(order.order_id):
            return
        values = {"order_id": order.order_id, "status": payment["status"]}
        self.add_step(order.learner, order.course_id, subject="payment", **values)
        if enrollment and enrollment["granted_by"] == order.order_id:
            self.add_step(order.learner, order.course_id, subject="enrollment", granted_by=order.order_id)

    def fate_of(self, event_type: str) -> Fate:
        """The n-th event of a type has the same fate in every run."""
        with self._lock:
            self._events[event_type] += 1
            number = self._events[event_type]
        loss = self.plan.loss.webhooks if self.plan.loss.concerns(event_type) else 0.0
        return random_fate(Random(f"{self.plan.seed}:{event_type}:{number}"), loss)
