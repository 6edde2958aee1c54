"""The session of one history: environment, initial data, mode, and the responses that clients got."""

from dataclasses import dataclass, field
from random import Random
from typing import Any

from local.razorpay.state.ledger import Ledger
from tests.simulation.initial_data import InitialData, Learner
from tests.simulation.runtime.api_client import Reply, call_api
from tests.simulation.runtime.environment import Environment


@dataclass(frozen=True)
class Mode:
    """The channels of a history. `webhooks` False: none is delivered. `verify` False: no browser calls verify."""

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
    """A 2xx response: for a checkout its content, for a webhook the id of the acknowledged event."""

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
    """Responses that violate an invariant: "invariant detail"."""
    lossless_order_ids: set[str] = field(default_factory=set)
    """Orders paid when the sweep no longer polls them: their webhooks may be late, but are never lost."""

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
        """Call the API; retry after a delay without a response or when the product asks for a retry."""
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
