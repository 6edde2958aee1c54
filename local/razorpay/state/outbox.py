"""The outbox of webhook events, with the outcome of each delivery attempt."""

import json
from dataclasses import dataclass, field
from typing import Any

from local.razorpay.signatures import webhook_signature

MAX_RETRY_AGE_SECONDS = 86_400
MAX_RETRY_DELAY_SECONDS = 3_600.0


@dataclass
class Attempt:
    at: float
    outcome: str  # the HTTP status, or the name of the connection error

    @property
    def acknowledged(self) -> bool:
        return self.outcome.isdigit() and 200 <= int(self.outcome) < 300


@dataclass
class Event:
    """One event. `body` and `signature` are fixed at creation: a retry repeats them, even after the secret changed."""

    id: str
    type: str
    body: str
    signature: str
    created_at: float
    state: str = "due"  # due | in_flight | delivered | held | suppressed | given_up
    next_at: float = 0.0
    attempts: list[Attempt] = field(default_factory=list)

    def headers(self) -> dict[str, str]:
        return {
            "Content-Type": "application/json",
            "X-Razorpay-Signature": self.signature,
            "x-razorpay-event-id": self.id,
            "Request-Id": f"{self.id}-{len(self.attempts)}",
            "User-Agent": "Razorpay-Webhook/v1",
        }

    def report(self) -> dict[str, Any]:
        return {
            "event_id": self.id,
            "type": self.type,
            "state": self.state,
            "body": json.loads(self.body),
            "raw_body": self.body,
            "signature": self.signature,
            "created_at": self.created_at,
            "attempts": len(self.attempts),
            "last_status": self.attempts[-1].outcome if self.attempts else None,
            "history": [{"at": attempt.at, "outcome": attempt.outcome} for attempt in self.attempts],
        }


@dataclass
class Outbox:
    """`mode`: on delivers events, hold keeps them until it is on again, off and disabled only record them.

    Razorpay disables an endpoint that has failed for 24 hours.
    """

    secret: str
    first_retry_seconds: float
    mode: str = "on"
    events: dict[str, Event] = field(default_factory=dict)
    pending: dict[str, Event] = field(default_factory=dict)  # events in state due, for delivery at next_at

    def add(self, event_id: str, event_type: str, document: dict[str, Any], now: float, deliver: bool = True) -> Event:
        body = json.dumps(document, separators=(",", ":"))
        state = {"on": "due", "hold": "held"}.get(self.mode, "suppressed") if deliver else "suppressed"
        event = Event(event_id, event_type, body, webhook_signature(self.secret, body.encode()), now, state, now)
        self.events[event_id] = event
        if state == "due":
            self.pending[event_id] = event
        return event

    def set_mode(self, mode: str, now: float) -> None:
        self.mode = mode
        for event in self.events.values():
            if mode == "on" and event.state == "held":
                self._enqueue(event, now)
            elif mode == "hold" and event.state == "due":
                event.state = "held"
                del self.pending[event.id]

    def take_due(self, now: float) -> list[Event]:
        """The events to deliver now, oldest first; each is in flight until `record` is called for it."""
        due = [event for event in self.pending.values() if event.next_at <= now]
        for event in due:
            event.state = "in_flight"
            del self.pending[event.id]
        return sorted(due, key=lambda event: event.next_at)

    def next_at(self) -> float | None:
        return min((event.next_at for event in self.pending.values()), default=None)

    def record(self, event_id: str, outcome: str, now: float) -> None:
        """Record the outcome of a delivery. Every outcome other than 2xx is a failure and is retried after 0.5, 1, 2,
        4 … seconds for a day."""
        event = self.events[event_id]
        event.attempts.append(Attempt(now, outcome))
        if event.attempts[-1].acknowledged:
            event.state = "delivered"
        elif now >= event.created_at + MAX_RETRY_AGE_SECONDS:
            event.state, self.mode = "given_up", "disabled"
        else:
            doublings = min(len(event.attempts) - 1, 30)
            delay = min(self.first_retry_seconds * 2.0**doublings, MAX_RETRY_DELAY_SECONDS)
            if self.mode == "on":
                self._enqueue(event, now + delay)
            else:
                event.state = "held"

    def redeliver(self, event_id: str, now: float) -> Event:
        """Deliver the event again with the same id, in any state. Raises KeyError for an unknown id."""
        event = self.events[event_id]
        self._enqueue(event, now)
        return event

    def _enqueue(self, event: Event, until: float) -> None:
        event.state, event.next_at = "due", until
        self.pending[event.id] = event
