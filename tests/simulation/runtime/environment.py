"""One history's world: its table, its gateway, its time and its luck."""

from collections.abc import Callable
from random import Random
from typing import NoReturn

from local.razorpay import Clock, FakeRazorpay, FakeRazorpaySettings
from local.razorpay.api.adapter import InProcessAdapter
from local.razorpay.state.outbox import Event
from tests.fixtures.memory_dynamodb.table import Key, MemoryTable
from tests.fixtures.product_environment import KEY_ID, KEY_SECRET, WEBHOOK_SECRET
from tests.simulation.faults.injection import FaultInjector
from tests.simulation.runtime.entity_cache import EntityCache
from tests.simulation.runtime.scheduler import Crash, Scheduler
from tests.simulation.runtime.trace import Trace


class Environment:
    def __init__(self, seed: int, fault_rate: float) -> None:
        self.random = Random(seed)
        self.scheduler = Scheduler(self.random, self._on_time_passed, self._emit_new_events)
        self.trace = Trace(self.scheduler)
        self.faults = FaultInjector(self.random, fault_rate)
        self.entities = EntityCache()
        self.table = MemoryTable(lambda: self.scheduler.seconds)
        settings = FakeRazorpaySettings(
            key_id=KEY_ID, key_secret=KEY_SECRET, webhook_secret=WEBHOOK_SECRET, seed=seed, refund_seconds=30.0
        )
        self.razorpay = FakeRazorpay(settings, Clock(lambda: self.scheduler.seconds))
        self.adapter = InProcessAdapter(self.razorpay)
        self.errors: list[str] = []
        """What the product logged as errors."""
        self.on_event: Callable[[Event], None] = lambda _: None
        """Told of every webhook event the gateway makes, once, soon after it was made."""
        self.requested_paths: set[str] = set()
        """Paths the gateway was asked for."""
        self.on_next_read: dict[Key, Callable[[], None]] = {}
        """What happens at the moment that somebody reads an item for the next time."""
        self.faults_stopped = False
        self.gateway_down_until = 0.0
        """Until then no call of the gateway is answered as it should be."""
        self._events_seen = 0

    def stop_faults(self) -> None:
        """From now on nothing goes wrong any more."""
        self.faults_stopped, self.faults.rate = True, 0.0

    def yield_before_call(self) -> None:
        """An outbound call is about to be made: others may go first. Raises Crash when the caller is dead already."""
        self.raise_if_killed()
        self.scheduler.pause()

    def raise_if_killed(self) -> None:
        task = self.scheduler.current
        if task and task.killed:
            raise Crash

    def kill(self) -> NoReturn:
        """The function that runs ends here."""
        if self.scheduler.current:
            self.scheduler.current.killed = True
        raise Crash

    def _emit_new_events(self) -> None:
        events = self.razorpay.ledger.outbox.events
        if len(events) > self._events_seen:
            fresh = list(events.values())[self._events_seen :]
            self._events_seen = len(events)
            for event in fresh:
                self.on_event(event)

    def _on_time_passed(self) -> None:
        timers = self.razorpay.ledger.timers
        if self.adapter.delayed_requests:
            self.adapter.process_delayed_requests()
        if timers and timers[0].due_at <= self.scheduler.seconds:
            self.razorpay.tick()
        self._emit_new_events()
