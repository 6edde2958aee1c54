"""One history's world: its table, its gateway, its time and its luck."""

from collections.abc import Callable
from random import Random
from typing import NoReturn

from local.razorpay import Clock, Gateway, StandInSettings
from local.razorpay.adapter import InProcessAdapter
from local.razorpay.outbox import Event
from local.simulation.entities import Entities
from local.simulation.faults import Faults
from local.simulation.scheduler import Crash, Scheduler
from local.simulation.settings import KEY_ID, KEY_SECRET, WEBHOOK_SECRET
from local.simulation.store import Key, Table
from local.simulation.trace import Trace


class World:
    def __init__(self, seed: int, fault_rate: float) -> None:
        self.random = Random(seed)
        self.scheduler = Scheduler(self.random, self._time_passed, self._look_at_outbox)
        self.trace = Trace(self.scheduler)
        self.faults = Faults(self.random, fault_rate)
        self.entities = Entities()
        self.table = Table(lambda: self.scheduler.seconds)
        settings = StandInSettings(
            key_id=KEY_ID, key_secret=KEY_SECRET, webhook_secret=WEBHOOK_SECRET, seed=seed, refund_seconds=30.0
        )
        self.gateway = Gateway(settings, Clock(lambda: self.scheduler.seconds))
        self.adapter = InProcessAdapter(self.gateway)
        self.errors: list[str] = []
        """What the product logged as errors."""
        self.on_event: Callable[[Event], None] = lambda _: None
        """Told of every webhook event the gateway makes, once, soon after it was made."""
        self.asked: set[str] = set()
        """Paths the gateway was asked for."""
        self.when_read: dict[Key, Callable[[], None]] = {}
        """What happens at the moment that somebody reads an item for the next time."""
        self.quiet = False
        self.gateway_down_until = 0.0
        """Until then no call of the gateway is answered as it should be."""
        self._events_seen = 0

    def quieten(self) -> None:
        """From now on nothing goes wrong any more."""
        self.quiet, self.faults.rate = True, 0.0

    def stop_here(self) -> None:
        """An outbound call is about to be made: others may go first. Raises Crash when the caller is dead already."""
        self.still_alive()
        self.scheduler.pause()

    def still_alive(self) -> None:
        task = self.scheduler.current
        if task and task.dying:
            raise Crash

    def kill(self) -> NoReturn:
        """The function that runs ends here."""
        if self.scheduler.current:
            self.scheduler.current.dying = True
        raise Crash

    def _look_at_outbox(self) -> None:
        events = self.gateway.ledger.outbox.events
        if len(events) > self._events_seen:
            fresh = list(events.values())[self._events_seen :]
            self._events_seen = len(events)
            for event in fresh:
                self.on_event(event)

    def _time_passed(self) -> None:
        timers = self.gateway.ledger.timers
        if self.adapter.late:
            self.adapter.deliver_late()
        if timers and timers[0].due_at <= self.scheduler.seconds:
            self.gateway.tick()
        self._look_at_outbox()
