"""The fake without HTTP: a ledger, its timers, its faults, and a lock around them."""

import dataclasses
import heapq
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from local.razorpay.faults import FaultQueue
from local.razorpay.operations.disputes import lose_unanswered
from local.razorpay.operations.payments import late_authorize
from local.razorpay.operations.refunds import auto_refund, complete_refund_when_due
from local.razorpay.settings import FakeRazorpaySettings
from local.razorpay.state.clock import Clock
from local.razorpay.state.ids import IdGenerator
from local.razorpay.state.ledger import Ledger
from local.razorpay.state.outbox import Outbox


class FakeRazorpay:
    """Use it in-process: `with fake.locked_ledger() as ledger: pay(ledger, order_id)`.

    `locked_ledger` first fires the timers that are due. This class starts no thread and reads real time only through
    `clock`.
    """

    def __init__(self, settings: FakeRazorpaySettings, clock: Clock | None = None) -> None:
        self.settings = settings
        self.clock = clock or Clock()
        outbox = Outbox(settings.webhook_secret, settings.first_retry_seconds)
        account, list_order = dataclasses.replace(settings.account), random.Random(settings.seed)
        self.ledger = Ledger(settings, self.clock, IdGenerator(settings.seed), outbox, account, list_order)
        self.faults = FaultQueue()
        self.webhook_url = settings.webhook_url
        self.changed = threading.Condition(threading.RLock())
        self.revision = 0

    @contextmanager
    def locked_ledger(self) -> Iterator[Ledger]:
        """Exclusive use of the ledger; notifies the threads that wait on `changed` afterwards."""
        with self.changed:
            self.fire_due_timers()
            try:
                yield self.ledger
            finally:
                self.revision += 1
                self.changed.notify_all()

    def tick(self) -> None:
        """Fire the timers that are due and notify waiting threads."""
        with self.locked_ledger():
            pass

    def advance(self, seconds: float) -> None:
        """Move the clock forward and fire each timer at its due time."""
        with self.changed:
            end = self.clock.now() + seconds
            while self.ledger.timers and self.ledger.timers[0].due_at <= end:
                self.clock.advance(max(self.ledger.timers[0].due_at - self.clock.now(), 0))
                self.fire_due_timers()
            self.clock.advance(max(end - self.clock.now(), 0))
            self.tick()

    def next_due(self) -> float | None:
        """Time of the next timer or event delivery in unix seconds; None when there is none."""
        with self.changed:
            due_times = [self.ledger.outbox.next_at(), self.ledger.timers[0].due_at if self.ledger.timers else None]
            return min((due_at for due_at in due_times if due_at is not None), default=None)

    def fire_due_timers(self) -> None:
        """Fire the timers that are due; the caller holds `changed`."""
        timers = self.ledger.timers
        while timers and timers[0].due_at <= self.clock.now():
            timer = heapq.heappop(timers)
            self.revision += 1
            if timer.action == "settle_refund":
                complete_refund_when_due(self.ledger, timer.subject_id)
                continue
            if timer.action == "lose_unanswered":
                lose_unanswered(self.ledger, timer.subject_id)
                continue
            payment = self.ledger.payments[timer.subject_id]
            if timer.action == "late_success" and payment.status in ("created", "failed"):
                late_authorize(self.ledger, payment, captures=payment.late_outcome == "captured")
            elif timer.action == "auto_refund" and payment.status == "authorized":
                auto_refund(self.ledger, payment)
