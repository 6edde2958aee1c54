"""The end of a history: without further faults, until nothing is left to do; then everything once more."""

from functions.payments.invariants.ledger import Breach
from shared import clock
from shared.db.table import keys
from tests.simulation.actions import dispute_actions, payment_actions, refund_outcomes, scheduled_functions
from tests.simulation.actions.webhook_delivery import WebhookDelivery
from tests.simulation.checks import ledger_checks as checks
from tests.simulation.checks import redelivery_lines as lines
from tests.simulation.session import DAY, SimulationSession

_SWEEP_DELAYS = (0, 0, 300, 3_600, 86_400, 3 * 86_400)
_MAX_SWEEPS = 120
_SWEPT_PARTITIONS = (*keys.DUE_PARTITIONS, *keys.DUE_RECEIPT_PARTITIONS)
"""Of the due index. The other partitions list the learners that the invariant check examines."""
_NIGHTS_OUT_OF_ORDER = 3
"""A list that changes its order while it is read omits an item sometimes, and rarely three times."""


def drain(session: SimulationSession, delivery: WebhookDelivery) -> list[Breach]:
    """Running handlers finish, the bank decides, events are delivered, and days pass until no timer is due and the
    reconciliation has read everything."""
    environment = session.environment
    environment.stop_faults()
    scheduled_functions.run_waiting_tasks(session)
    refund_outcomes.settle_all(session)
    dispute_actions.end_disputes(session)
    scheduled_functions.run_waiting_tasks(session)
    breaches = _sweep_until_nothing_is_due(session, delivery)
    if not breaches and not session.mode.sweep:
        breaches = _end_outage_of_schedules(session, delivery)
    if not breaches and session.reconciliation_is_down:
        breaches = checks.check_polls_found_all(session)
    if breaches:
        return breaches
    if session.reconciliation_is_down:
        scheduled_functions.reconcile_everything(session)
        session.reconciliation_is_down = False
    return _reconcile_at_night(session, delivery)


def _end_outage_of_schedules(session: SimulationSession, delivery: WebhookDelivery) -> list[Breach]:
    """Webhooks alone were sufficient, if none was lost. Then the scheduled functions run again."""
    breaches = checks.check_always(session) if delivery.lost else checks.check_at_rest(session)
    if breaches:
        return breaches
    session.start_schedules()
    return _sweep_until_nothing_is_due(session, delivery)


def _reconcile_at_night(session: SimulationSession, delivery: WebhookDelivery) -> list[Breach]:
    """Nights until Razorpay's lists have shown everything; then the ledger is at rest. A night that begins at once does
    not find the last minutes: the one after it does."""
    scheduler = session.environment.scheduler
    first = scheduled_functions.settling_seconds(session) + DAY
    for number in range(_NIGHTS_OUT_OF_ORDER if session.ledger.account.lists_out_of_order else 1):
        session.reconciled_until = 0.0
        scheduled_functions.run_until(session, scheduler.seconds + (DAY if number else first))
        scheduled_functions.run_waiting_tasks(session)
        breaches = _sweep_until_nothing_is_due(session, delivery)
        if breaches:
            return breaches
    return checks.check_at_rest(session)


def redeliver_everything(session: SimulationSession, delivery: WebhookDelivery) -> list[Breach]:
    """I7: redelivering all webhooks and checkouts, and reconciling again, changes nothing, even when the inbox rows
    have expired.

    One change is right: a message about an attempt that ended without money may be new, so its order is polled again.
    The poll must find what was known."""
    _deliver_news_of_disputes(session, delivery)
    before, outcome = lines.ledger_lines(session), lines.outcomes(session)
    if session.mode.sweep and session.random.random() < 0.5:
        for key in [key for key in session.environment.table.items if key[0].startswith("WEBHOOK#")]:
            session.environment.table.call("BatchWriteItem", _delete_request(key))
    _send_everything(session, delivery)
    if session.mode.sweep:
        scheduled_functions.run_sweep(session)
        scheduled_functions.run_reconciliation(session, {"pass": "nightly"})
    after = lines.ledger_lines(session)
    difference = lines.first_difference(before, after, lines.polled_again(before, after))
    if difference:
        return [Breach("I7", "", f"a redelivery changed the ledger: {difference}")]
    found = _sweep_until_nothing_is_due(session, delivery) or checks.check_at_rest(session)
    difference = lines.first_difference(outcome, lines.outcomes(session), set())
    if not found and difference:
        found.append(Breach("I7", "", f"a redelivery changed the outcome: {difference}"))
    return found


def _send_everything(session: SimulationSession, delivery: WebhookDelivery) -> None:
    """Every webhook, in a random order, and every checkout."""
    events = list(session.ledger.outbox.events.values())
    session.random.shuffle(events)
    for event in events:
        if session.mode.webhooks or event.type != "payment.failed":
            delivery.send(event)
    if session.mode.verify:
        for learner in session.data.learners:
            for checkout in learner.checkouts:
                payment_actions.verify(session, learner, checkout)


def _deliver_news_of_disputes(session: SimulationSession, delivery: WebhookDelivery) -> None:
    """Deliver the events of disputes that were lost: they tell since when a dispute has its state, which the list of
    disputes does not."""
    for event in list(session.ledger.outbox.events.values()):
        if "dispute" in event.type and event.id not in delivery.acknowledged:
            delivery.send(event)


def _sweep_until_nothing_is_due(session: SimulationSession, delivery: WebhookDelivery) -> list[Breach]:
    """Deliver events and, if there are sweeps, sweep when a timer is due, perhaps late."""
    scheduler = session.environment.scheduler
    for _ in range(_MAX_SWEEPS):
        scheduled_functions.run_waiting_tasks(session)
        if session.mode.webhooks:
            delivery.deliver_remaining()
        due = _next_due(session)
        if due is None:
            break
        delay = session.random.choice(_SWEEP_DELAYS)
        scheduled_functions.run_until(session, max(scheduler.seconds + 60, due + delay))
        if session.mode.sweep:
            polled = checks.due_order_ids(session)
            scheduled_functions.run_sweep(session)
            breaches = [
                *checks.check_nothing_overdue(session),
                *checks.check_authorizations_captured(session, polled),
            ]
            if breaches:
                return breaches
    scheduled_functions.run_waiting_tasks(session)
    return []


def _next_due(session: SimulationSession) -> float | None:
    """Time of the next scheduled poll (if there are sweeps) or of the next timer of the fake Razorpay; None without
    one. While the reconciliation is down, the polls of an order may wait for what only the reconciliation finds."""
    due_times = [timer.due_at for timer in session.ledger.timers]
    if session.mode.sweep:
        items = session.environment.table.items.values()
        excluded = checks.partitions_on_hold(session)
        if session.reconciliation_is_down:
            excluded |= {f"PAYMENT#{order_id}" for order_id in session.beyond_polls}
        due = [item for item in items if "gsi2pk" in item and item["gsi2pk"]["S"] in _SWEPT_PARTITIONS]
        polls = [item["gsi2sk"]["S"] for item in due if item["pk"]["S"] not in excluded]
        due_times += [clock.parse(poll).timestamp() for poll in polls]
    return min(due_times, default=None)


def _delete_request(key: tuple[str, str]) -> dict[str, object]:
    raw = {"pk": {"S": key[0]}, "sk": {"S": key[1]}}
    return {"RequestItems": {"simulation": [{"DeleteRequest": {"Key": raw}}]}}
