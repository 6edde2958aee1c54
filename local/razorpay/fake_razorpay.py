"""The stand-in without any HTTP: a ledger, its timers, its faults, and a lock around them."""

import heapq
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from local.razorpay.faults import FaultQueue
from local.razorpay.operations.payments import late_authorize
from local.razorpay.operations.refunds import auto_refund, complete_refund_when_due
from local.razorpay.settings import FakeRazorpaySettings
from local.razorpay.state.clock import Clock
from local.razorpay.state.ids import IdGenerator
from local.razorpay.state.ledger import Ledger
from local.razorpay.state.outbox import Outbox


class FakeRazorpay:
    """Drive it in-process with `with gateway.turn() as ledger: pay(ledger, order_id)`.

    A turn does first whatever has come due by the clock. Nothing here starts a thread or reads real time
    other than through `clock`.
    """

    def __init__(self, settings: FakeRazorpaySettings, clock: Clock | None = None) -> None:
        self.settings = settings
        self.clock = clock or Clock()
        outbox = Outbox(settings.webhook_secret, settings.first_retry_seconds)
        self.ledger = Ledger(settings, self.clock, IdGenerator(settings.seed), outbox)
        self.faults = FaultQueue()
        self.webhook_url = settings.webhook_url
        self.changed = threading.Condition(threading.RLock())
        self.revision = 0

    @contextmanager
    def locked_ledger(self) -> Iterator[Ledger]:
        """Exclusive use of the ledger; whoever waits for events is woken afterwards."""
        with self.changed:
            self.fire_due_timers()
            try:
                yield self.ledger
            finally:
                self.revision += 1
                self.changed.notify_all()

    def tick(self) -> None:
        with self.locked_ledger():
            pass

    def advance(self, seconds: float) -> None:
        """Moves the clock forward, doing what comes due on the way at the time it comes due."""
        with self.changed:
            end = self.clock.now() + seconds
            while self.ledger.timers and self.ledger.timers[0].due_at <= end:
                self.clock.advance(max(self.ledger.timers[0].due_at - self.clock.now(), 0))
                self.fire_due_timers()
            self.clock.advance(max(end - self.clock.now(), 0))
            self.tick()

    def next_due(self) -> float | None:
        """When something happens by itself next (a timer, or an event to deliver), in unix seconds."""
        with self.changed:
            moments = [self.ledger.outbox.next_at(), self.ledger.timers[0].due_at if self.ledger.timers else None]
            return min((moment for moment in moments if moment is not None), default=None)

    def fire_due_timers(self) -> None:
        """Fires the timers that are due; the caller holds `changed`."""
        timers = self.ledger.timers
        while timers and timers[0].due_at <= self.clock.now():
            timer = heapq.heappop(timers)
            self.revision += 1
            if timer.action == "settle_refund":
                complete_refund_when_due(self.ledger, timer.subject_id)
                continue
            payment = self.ledger.payments[timer.subject_id]
            if timer.action == "late_success" and payment.status in ("created", "failed"):
                late_authorize(self.ledger, payment, captures=payment.late_outcome == "captured")
            elif timer.action == "auto_refund" and payment.status == "authorized":
                auto_refund(self.ledger, payment)
