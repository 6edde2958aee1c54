"""The session of one history: environment, initial data, mode, and what the product promised."""

from collections import Counter
from dataclasses import dataclass, field, replace
from math import inf
from random import Random
from typing import Any

from local.razorpay.state.ledger import Ledger
from tests.simulation.initial_data import InitialData, Learner
from tests.simulation.promises import Promise
from tests.simulation.runtime.api_client import Reply, call_api
from tests.simulation.runtime.environment import Environment
from tests.simulation.runtime.scheduler import START_TIME

DAY = 86_400.0


@dataclass(frozen=True)
class Mode:
    """The channels of a history. `webhooks` False: none is delivered. `verify` False: no browser calls verify. `sweep`
    False: no scheduled function runs until the webhooks have no more to do. `reconciles` False: the reconciliation does
    not run until the sweep has no more to do, and then an operator reconciles the whole time at once."""

    name: str
    webhooks: bool = True
    sweep: bool = True
    verify: bool = True
    reconciles: bool = True


MODES = (
    Mode("everything"),
    Mode("no webhooks", webhooks=False),
    Mode("no reconciliation", reconciles=False),
    Mode("no sweep", sweep=False, reconciles=False),
    Mode("webhooks only", sweep=False, verify=False, reconciles=False),
)


@dataclass
class Restore:
    """At `at` (unix time), an older table replaced the one in service, which is kept as `replaced_table`."""

    at: float
    replaced_table: str
    recovered_at: float = inf
    """Unix time at which the recovery succeeded."""


@dataclass
class SimulationSession:
    environment: Environment
    data: InitialData
    mode: Mode
    promises: list[Promise] = field(default_factory=list)
    unexpected_responses: list[str] = field(default_factory=list)
    """Responses that violate an invariant: "invariant detail"."""
    beyond_polls: set[str] = field(default_factory=set)
    """Orders with money that no poll of the sweep finds: only a webhook or the reconciliation does."""
    played: Counter[str] = field(default_factory=Counter)
    """How often each action took effect."""
    next_night: float = START_TIME + DAY
    """Unix time of the next reconciliation of the night."""
    last_gateway_change: float = START_TIME
    """Unix time of the last change at Razorpay that its lists show."""
    reconciliation_is_down: bool = False
    seller_is_registered: bool = False
    """The seller has a GSTIN, so create-order needs the buyer's State."""
    schedules_stopped: bool = False
    """An operator has stopped every scheduled function while a table is restored."""
    restores: list[Restore] = field(default_factory=list)
    """The restores of older tables, oldest first."""
    reconciled_until: float = 0.0
    """The changes at Razorpay up to this unix time have been reconciled."""
    lost_receipt_numbers: set[str] = field(default_factory=set)
    """Receipt numbers that were issued, and that the table in service does not contain."""
    transitions: Counter[str] = field(default_factory=Counter)
    """The state changes of payments and enrollments in tables that were lost."""

    @property
    def random(self) -> Random:
        return self.environment.random

    @property
    def ledger(self) -> Ledger:
        return self.environment.razorpay.ledger

    @property
    def now(self) -> float:
        """Unix time."""
        return self.environment.scheduler.seconds

    def start_schedules(self) -> None:
        """The scheduled functions run from now on, and an operator reconciles what they do not find any more."""
        self.mode = replace(self.mode, sweep=True)
        self.reconciliation_is_down = True

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

    def play(self, action: str, about: str, outcome: str = "") -> None:
        """Record and count an action that took effect."""
        self.played[action] += 1
        self.record(action, about, outcome)

    def record(self, what: str, about: str, outcome: str = "") -> None:
        self.environment.trace.add(what, about, outcome)

    def random_learner(self) -> Learner:
        return self.random.choice(self.data.learners)

    def random_course_id(self) -> str:
        return self.random.choice(self.data.courses)
