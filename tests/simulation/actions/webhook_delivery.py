"""Delivery of Razorpay's webhooks: late, repeated, out of order, or never."""

from local.razorpay.state.outbox import Event
from tests.simulation.promises import WebhookAcknowledgement
from tests.simulation.runtime.api_client import call_api
from tests.simulation.session import SimulationSession

_RETRIES = (1, 30, 900)


class WebhookDelivery:
    def __init__(self, session: SimulationSession, loss_rate: float) -> None:
        self.session = session
        self.loss_rate = loss_rate
        self.acknowledged: set[str] = set()
        self.lost: set[str] = set()

    def schedule(self, event: Event) -> None:
        """Lose a new event for good, or schedule one or more deliveries."""
        session, rng = self.session, self.session.random
        session.last_gateway_change = session.environment.scheduler.seconds
        if not session.mode.webhooks:
            return
        if rng.random() < self.loss_rate:
            self.lost.add(event.id)
            session.played[f"webhook lost for good: {event.type}"] += 1
            return
        for _ in range(rng.choice((1, 1, 1, 1, 2, 3))):
            delay = rng.choice((0, 0, 0, rng.uniform(0, 5), rng.uniform(0, 900), rng.uniform(0, 40_000)))
            session.environment.scheduler.spawn(f"webhook {event.type}", lambda: self._deliver(event), delay)

    def deliver_remaining(self) -> None:
        """Deliver every unacknowledged event, including events created meanwhile, except the lost ones."""
        attempted: set[str] = set()
        while outstanding := self._outstanding_events(attempted):
            for event in outstanding:
                attempted.add(event.id)
                if not self.send(event):
                    self.session.unexpected_responses.append(
                        f"I12 the webhook {event.type} {event.id} was rejected without a fault"
                    )

    def _outstanding_events(self, attempted: set[str]) -> list[Event]:
        events = self.session.ledger.outbox.events.values()
        return [event for event in events if self._is_outstanding(event, attempted)]

    def _is_outstanding(self, event: Event, attempted: set[str]) -> bool:
        return event.id not in self.acknowledged | attempted | self.lost

    def send(self, event: Event) -> bool:
        """Deliver the event once. True when it was acknowledged."""
        reply = call_api(
            self.session.environment, "POST", "/api/payments/webhook", raw=event.body, headers=event.headers()
        )
        if reply is None or not reply.ok:
            return False
        if event.id not in self.acknowledged:
            self.acknowledged.add(event.id)
            self.session.promises.append(WebhookAcknowledgement(event.id, self.session.now))
        return True

    def _deliver(self, event: Event) -> None:
        for pause in (*_RETRIES, 0):
            if self.send(event):
                return
            self.session.wait(pause)
