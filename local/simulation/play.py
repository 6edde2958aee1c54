"""One history being played: its world and people, what is allowed to happen in it, and what was promised in it."""

from dataclasses import dataclass, field
from random import Random
from typing import Any

from local.razorpay.ledger import Ledger
from local.simulation.cast import Cast, Learner
from local.simulation.http import Reply, call
from local.simulation.world import World


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
class Promise:
    """A 2xx that was given: for a checkout what it said, for a webhook event that it was dealt with."""

    order_id: str
    payment_status: str = ""
    granted: bool = False
    event_id: str = ""


@dataclass
class Play:
    world: World
    cast: Cast
    mode: Mode
    promises: list[Promise] = field(default_factory=list)
    wrongs: list[str] = field(default_factory=list)
    """What was wrong at the moment it happened: answers nobody should have been given."""
    must_arrive: set[str] = field(default_factory=set)
    """Orders paid when no sweep looks at them any more: their webhooks may be late, and are not lost for good."""

    @property
    def random(self) -> Random:
        return self.world.random

    @property
    def ledger(self) -> Ledger:
        return self.world.gateway.ledger

    def wait(self, seconds: float) -> None:
        self.world.scheduler.pause(seconds)

    def repeat(self, method: str, path: str, body: Any = None, *, tries: int = 4, **keywords: Any) -> Reply | None:
        """The call, again after a while when nothing was heard or the product asked for it."""
        reply = None
        for attempt in range(tries):
            if attempt:
                self.wait(self.random.uniform(0.5, 20))
            reply = call(self.world, method, path, body, **keywords)
            if reply and not reply.worth_repeating:
                break
        return reply

    def note(self, what: str, about: str, outcome: str = "") -> None:
        self.world.trace.add(what, about, outcome)

    def someone(self) -> Learner:
        return self.random.choice(self.cast.learners)

    def some_course(self) -> str:
        return self.random.choice(self.cast.courses)
