"""The environment of one history: table, fake Razorpay, time and randomness."""

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

_OVERTAKING_SECONDS = 50_000.0
"""How much later a task that overtakes would have gone on: a webhook may be that late."""


class Environment:
    def __init__(self, seed: int, fault_rate: float) -> None:
        self.random = Random(seed)
        self.scheduler = Scheduler(self.random, self._on_time_passed, self._emit_new_events)
        self.trace = Trace(self.scheduler)
        self.faults = FaultInjector(self.random, fault_rate)
        self.entities = EntityCache()
        self.table = MemoryTable(lambda: self.scheduler.seconds)
        self.replaced_tables: dict[str, MemoryTable] = {}
        """Name > a table that was in service until an older one replaced it, oldest first."""
        settings = FakeRazorpaySettings(
            key_id=KEY_ID, key_secret=KEY_SECRET, webhook_secret=WEBHOOK_SECRET, seed=seed, refund_seconds=30.0
        )
        self.razorpay = FakeRazorpay(settings, Clock(lambda: self.scheduler.seconds))
        self.adapter = InProcessAdapter(self.razorpay)
        self.errors: list[str] = []
        """The product's error log."""
        self.on_event: Callable[[Event], None] = lambda _: None
        """Called once for every webhook event of Razorpay, soon after its creation."""
        self.requested_paths: set[str] = set()
        """The paths of all calls of Razorpay's API."""
        self.captures_requested: set[str] = set()
        """The payments that the product has asked Razorpay to capture."""
        self.on_next_read: dict[Key, Callable[[], None]] = {}
        """Callbacks for the next read of an item."""
        self.on_next_capture: dict[Key, Callable[[], None]] = {}
        """Callbacks just before the next transaction that makes a payment captured. It waits for some seconds."""
        self.on_next_request: dict[str, Callable[[], None]] = {}
        """The same for the next call of Razorpay's API, by method and path."""
        self.overtaking_rate = 0.0
        """The share of transactions that another task overtakes, between the reads and the write of a function."""
        self.stopped_paths: tuple[str, ...] = ()
        """API calls of paths that begin like this are not answered: an operator has stopped their function."""
        self.faults_stopped = False
        self.gateway_down_until = 0.0
        """Until then every call of Razorpay fails."""
        self._events_seen = 0

    def table_named(self, name: str) -> MemoryTable:
        """The table in service, unless the name is that of a replaced one."""
        return self.replaced_tables.get(name, self.table)

    def stop_faults(self) -> None:
        """Inject no further faults."""
        self.faults_stopped, self.faults.rate, self.overtaking_rate = True, 0.0, 0.0

    def yield_before_call(self) -> None:
        """Let other tasks run before an outbound call. Raises Crash when the caller has been killed, also meanwhile."""
        self.raise_if_killed()
        self.scheduler.pause()
        self.raise_if_killed()

    def let_another_overtake(self) -> None:
        """Sometimes, a task that would go on later goes on now, and the current one waits for some seconds."""
        if not self.overtaking_rate or self.random.random() >= self.overtaking_rate:
            return
        latest = self.scheduler.seconds + _OVERTAKING_SECONDS
        later = [task for task in self.scheduler.waiting if self.scheduler.seconds < task.wakes_at < latest]
        if later:
            self.random.choice(later).wakes_at = self.scheduler.seconds
            self.scheduler.pause(self.random.uniform(0.1, 8))
            self.raise_if_killed()

    def call_hook(self, hook: Callable[[], None] | None) -> None:
        """Call the hook, and suspend the current task for some seconds: others act between its reads and its write."""
        if hook:
            hook()
            self.scheduler.pause(self.random.uniform(2, 25))
            self.raise_if_killed()

    def kill_all(self) -> None:
        """Kill every running function, except that of the current task."""
        for task in self.scheduler.waiting:
            task.process.killed = task.process.killed or task.process.running

    def raise_if_killed(self) -> None:
        task = self.scheduler.current
        if task and task.process.killed:
            raise Crash

    def kill(self) -> NoReturn:
        """Kill the running function. Raises Crash."""
        if self.scheduler.current:
            self.scheduler.current.process.killed = True
        raise Crash

    def _emit_new_events(self) -> None:
        events = self.razorpay.ledger.outbox.events
        if len(events) > self._events_seen:
            new_events = list(events.values())[self._events_seen :]
            self._events_seen = len(events)
            for event in new_events:
                self.on_event(event)

    def _on_time_passed(self) -> None:
        timers = self.razorpay.ledger.timers
        if self.adapter.delayed_requests:
            self.adapter.process_delayed_requests()
        if timers and timers[0].due_at <= self.scheduler.seconds:
            self.razorpay.tick()
        self._emit_new_events()
