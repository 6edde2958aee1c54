"""Delivery of Razorpay's webhooks: late, repeated, out of order, or never."""

from local.razorpay.state.outbox import Event
from tests.simulation.runtime.api_client import call_api
from tests.simulation.session import Acknowledgement, SimulationSession

_RETRIES = (1, 30, 900)


class WebhookDelivery:
    def __init__(self, session: SimulationSession, loss_rate: float) -> None:
        self.session = session
        self.loss_rate = loss_rate
        self.acknowledged: set[str] = set()
        self.lost: set[str] = set()

    def schedule(self, event: Event) -> None:
        """Lose a new event, or schedule one or more deliveries. A lost event is lost for good, unless no scheduled
        function runs: then nothing else could report it."""
        session, rng = self.session, self.session.random
        session.last_gateway_change = session.environment.scheduler.seconds
        if not session.mode.webhooks:
            return
        if rng.random() < self.loss_rate:
            self.lost.add(event.id)
            session.played["webhook lost for good"] += session.mode.sweep
            return
        for _ in range(rng.choice((1, 1, 1, 1, 2, 3))):
            delay = rng.choice((0, 0, 0, rng.uniform(0, 5), rng.uniform(0, 900), rng.uniform(0, 40_000)))
            session.environment.scheduler.spawn(f"webhook {event.type}", lambda: self._deliver(event), delay)

    def deliver_remaining(self) -> None:
        """Deliver every unacknowledged event, including events created meanwhile, except lost ones: the scheduled
        functions must find those."""
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
        done = event.id in self.acknowledged or event.id in attempted
        return not done and not (event.id in self.lost and self.session.mode.sweep)

    def send(self, event: Event) -> bool:
        """Deliver the event once. True when it was acknowledged."""
        reply = call_api(
            self.session.environment, "POST", "/api/payments/webhook", raw=event.body, headers=event.headers()
        )
        if reply is None or not reply.ok:
            return False
        if event.id not in self.acknowledged:
            self.acknowledged.add(event.id)
            self.session.acknowledgements.append(Acknowledgement("", event_id=event.id))
        return True

    def _deliver(self, event: Event) -> None:
        for pause in (*_RETRIES, 0):
            if self.send(event):
                return
            self.session.wait(pause)
