"""The gateway's webhooks on their way: late, twice, in another order, or not at all."""

from local.razorpay.state.outbox import Event
from tests.simulation.runtime.api_client import call_api
from tests.simulation.session import Acknowledgement, SimulationSession

_RETRIES = (1, 30, 900)
_LOSABLE_EVENT_PREFIXES = ("payment.", "order.")
"""What the sweep finds out by itself. Of refunds made on the gateway's dashboard and of disputes only webhooks tell."""


class WebhookDelivery:
    def __init__(self, play: SimulationSession, loss: float) -> None:
        self.session = play
        self.loss_rate = loss
        self.acknowledged: set[str] = set()
        self.lost: set[str] = set()

    def schedule(self, event: Event) -> None:
        """Decides what becomes of a new event."""
        play, pick = self.session, self.session.random
        if not play.mode.webhooks:
            return
        if pick.random() < self.loss_rate:
            self.lost.add(event.id)
            return
        for _ in range(pick.choice((1, 1, 1, 1, 2, 3))):
            delay = pick.choice((0, 0, 0, pick.uniform(0, 5), pick.uniform(0, 900), pick.uniform(0, 40_000)))
            play.environment.scheduler.spawn(f"webhook {event.type}", lambda: self._deliver(event), delay)

    def deliver_remaining(self) -> None:
        """What was not acknowledged comes until it is, except what is lost for good: that the sweep must find. What
        happens at the gateway meanwhile is told, too."""
        tried: set[str] = set()
        while owed := [
            event for event in self.session.ledger.outbox.events.values() if self._is_outstanding(event, tried)
        ]:
            for event in owed:
                tried.add(event.id)
                if not self.send(event):
                    self.session.unexpected_responses.append(
                        f"I12 the webhook {event.type} {event.id} is refused on a quiet day"
                    )

    def _is_outstanding(self, event: Event, tried: set[str]) -> bool:
        done = event.id in self.acknowledged or event.id in tried
        return not done and not (event.id in self.lost and self._may_stay_lost(event))

    def send(self, event: Event) -> bool:
        """One delivery; whether it was acknowledged."""
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

    def _may_stay_lost(self, event: Event) -> bool:
        play = self.session
        if not play.mode.sweep or not event.type.startswith(_LOSABLE_EVENT_PREFIXES) or "dispute" in event.type:
            return False
        return not any(f'"{order_id}"' in event.body for order_id in play.lossless_order_ids)
