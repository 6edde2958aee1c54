"""One history being played: its world and people, what is allowed to happen in it, and what was promised in it."""

from dataclasses import dataclass, field
from random import Random
from typing import Any

from local.razorpay.state.ledger import Ledger
from tests.simulation.initial_data import InitialData, Learner
from tests.simulation.runtime.api_client import Reply, call_api
from tests.simulation.runtime.environment import Environment


@dataclass(frozen=True)
class Mode:
    """Which messengers there are. `webhooks` False: none ever arrives. `verify` False: browsers never come back."""

    name: str
    webhooks: bool = True
    sweep: bool = True
    verify: bool = True


MODES = (
    Mode("everything"),
    Mode("no webhooks", webhooks=False),
    Mode("no sweep", sweep=False),
    Mode("webhooks only", sweep=False, verify=False),
)


@dataclass(frozen=True)
class Acknowledgement:
    """A 2xx that was given: for a checkout what it said, for a webhook event that it was dealt with."""

    order_id: str
    payment_status: str = ""
    granted: bool = False
    event_id: str = ""


@dataclass
class SimulationSession:
    environment: Environment
    data: InitialData
    mode: Mode
    acknowledgements: list[Acknowledgement] = field(default_factory=list)
    unexpected_responses: list[str] = field(default_factory=list)
    """What was wrong at the moment it happened: answers nobody should have been given."""
    lossless_order_ids: set[str] = field(default_factory=set)
    """Orders paid when no sweep looks at them any more: their webhooks may be late, and are not lost for good."""

    @property
    def random(self) -> Random:
        return self.environment.random

    @property
    def ledger(self) -> Ledger:
        return self.environment.razorpay.ledger

    def wait(self, seconds: float) -> None:
        self.environment.scheduler.pause(seconds)

    def call_with_retries(
        self, method: str, path: str, body: Any = None, *, tries: int = 4, **keywords: Any
    ) -> Reply | None:
        """The call, again after a while when nothing was heard or the product asked for it."""
        reply = None
        for attempt in range(tries):
            if attempt:
                self.wait(self.random.uniform(0.5, 20))
            reply = call_api(self.environment, method, path, body, **keywords)
            if reply and not reply.retryable:
                break
        return reply

    def record(self, what: str, about: str, outcome: str = "") -> None:
        self.environment.trace.add(what, about, outcome)

    def random_learner(self) -> Learner:
        return self.random.choice(self.data.learners)

    def random_course_id(self) -> str:
        return self.random.choice(self.data.courses)
