"""A history: rounds of concurrent actions, then draining without faults, then redelivery of everything sent."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from functions.payments.invariants.ledger import Breach
from shared import clock
from tests.simulation import checks, dashboard_checks
from tests.simulation.actions import learner_actions, sweep_action
from tests.simulation.actions.action_table import ACTIONS, LEARNER_ACTIONS
from tests.simulation.actions.webhook_delivery import WebhookDelivery
from tests.simulation.initial_data import write_initial_data
from tests.simulation.runtime.environment import Environment
from tests.simulation.runtime.sandbox import Sandbox
from tests.simulation.session import MODES, Mode, SimulationSession

_FAULT_RATES = (0.0, 0.01, 0.03, 0.03, 0.08, 0.2)
_WEBHOOK_LOSS_RATES = (0.0, 0.1, 0.4, 1.0)
_ROUND_SECONDS = (0.2, 2.0, 20.0, 120.0, 600.0, 1_900.0, 4_000.0, 30_000.0, 100_000.0, 400_000.0)
_SWEEP_DELAYS = (0, 0, 300, 3_600, 86_400, 3 * 86_400)
_MAX_SWEEPS = 80
_DASHBOARD_CHECK_RATE = 0.01
"""The share of histories whose dashboards are checked: the check costs as much as ten histories."""


@dataclass
class HistoryResult:
    """The result of a history. `phase`: when the breaches were found. `calls`: the number of trace entries."""

    seed: int
    mode: str
    breaches: list[Breach] = field(default_factory=list)
    phase: str = ""
    trace: list[str] = field(default_factory=list)
    digest: str = ""
    calls: int = 0


def mode_of(seed: int) -> Mode:
    return MODES[seed % len(MODES)]


def run_history(sandbox: Sandbox, seed: int, mode: Mode | None = None, *, keep_trace: bool = False) -> HistoryResult:
    """Run the history of a seed, by default in the mode of the seed. The result is deterministic."""
    mode = mode or mode_of(seed)
    environment = Environment(seed, 0.0)
    sandbox.use_environment(environment)
    session = SimulationSession(environment, write_initial_data(environment.random), mode)
    environment.faults.rate = environment.random.choice(_FAULT_RATES)
    delivery = WebhookDelivery(session, environment.random.choice(_WEBHOOK_LOSS_RATES))
    environment.on_event = delivery.schedule
    result = HistoryResult(seed, mode.name)
    for result.phase, part in (
        ("while running", partial(_run_rounds, session)),
        ("at rest", partial(_drain, session, delivery)),
        ("after redelivery", partial(_redeliver_everything, session, delivery)),
    ):
        result.breaches = part()
        if result.breaches:
            break
    if not result.breaches and environment.random.random() < _DASHBOARD_CHECK_RATE:
        result.phase, result.breaches = "in the dashboards", list(dashboard_checks.check_dashboards(session))
    result.calls = len(environment.trace.entries)
    if result.breaches or keep_trace:
        result.trace, result.digest = environment.trace.lines(), environment.trace.digest()
    return result


def _run_rounds(session: SimulationSession) -> list[Breach]:
    rng, scheduler = session.random, session.environment.scheduler
    for number in range(rng.randrange(3, 8)):
        for name, action in _choose_actions(session):
            scheduler.spawn(f"{name} {number}", action, rng.choice((0.0, 0.0, rng.random())))
        scheduler.run(scheduler.seconds + rng.choice(_ROUND_SECONDS))
    return checks.check_always(session)


def _choose_actions(session: SimulationSession) -> list[tuple[str, Callable[[], None]]]:
    """One to three actions that start at about the same time, most of them for the same learner and course, and perhaps
    sweeps."""
    rng = session.random
    chosen: list[tuple[str, Callable[[], None]]] = []
    learner, course = session.random_learner(), session.random_course_id()
    for _ in range(rng.choice((1, 1, 2, 2, 3))):
        if rng.random() < 0.3:
            learner, course = session.random_learner(), session.random_course_id()
        kind = rng.choices(list(ACTIONS), weights=[weight for weight, _ in ACTIONS.values()])[0]
        name = f"{learner.name} {kind}" if kind in LEARNER_ACTIONS else kind
        chosen.append((name, partial(ACTIONS[kind][1], session, learner, course)))
    if session.mode.sweep and rng.random() < 0.6:
        for _ in range(rng.choice((1, 1, 1, 2))):
            chosen.append(("sweep", partial(sweep_action.run_sweep, session)))
    return chosen


def _drain(session: SimulationSession, delivery: WebhookDelivery) -> list[Breach]:
    """Without further faults: running handlers finish, events are delivered, and days pass until no timer is due."""
    environment = session.environment
    environment.stop_faults()
    environment.scheduler.run()
    session.ledger.refund_outcome = "process"
    for refund in [refund for refund in session.ledger.refunds.values() if refund.status == "pending"]:
        session.ledger.schedule(environment.scheduler.seconds, "settle_refund", refund.id)
    environment.scheduler.run()
    return _run_until_rest(session, delivery)


def _run_until_rest(session: SimulationSession, delivery: WebhookDelivery) -> list[Breach]:
    """Days pass, with sweeps, until no timer is due."""
    environment = session.environment
    for _ in range(_MAX_SWEEPS):
        environment.scheduler.run()
        if session.mode.webhooks:
            delivery.deliver_remaining()
        due = _next_due(session)
        if due is None:
            break
        delay = session.random.choice(_SWEEP_DELAYS)
        environment.scheduler.advance_to(max(environment.scheduler.seconds + 60, due + delay))
        if session.mode.sweep:
            polled = checks.due_order_ids(session)
            sweep_action.run_sweep(session)
            breaches = [
                *checks.check_nothing_overdue(session),
                *checks.check_authorizations_captured(session, polled),
            ]
            if breaches:
                return breaches
    environment.scheduler.run()
    return checks.check_at_rest(session)


def _next_due(session: SimulationSession) -> float | None:
    """Time of the next scheduled poll (if there are sweeps) or of the next timer of the fake Razorpay; None without
    one."""
    due_times = [timer.due_at for timer in session.ledger.timers]
    if session.mode.sweep:
        items = session.environment.table.items.values()
        excluded = checks.partitions_on_hold(session)
        polls = [item["gsi2sk"]["S"] for item in items if "gsi2sk" in item and item["pk"]["S"] not in excluded]
        due_times += [clock.parse(poll).timestamp() for poll in polls]
    return min(due_times, default=None)


def _redeliver_everything(session: SimulationSession, delivery: WebhookDelivery) -> list[Breach]:
    """I7: redelivering all webhooks and checkouts changes nothing, even when the inbox rows have expired.

    One change is right: a message about an attempt that ended without money may be new, so its order is polled again.
    The poll must find what was known."""
    before, outcome = checks.ledger_lines(session), checks.outcomes(session)
    if session.mode.sweep and session.random.random() < 0.5:
        for key in [key for key in session.environment.table.items if key[0].startswith("WEBHOOK#")]:
            session.environment.table.call("BatchWriteItem", _delete_request(key))
    _send_everything(session, delivery)
    if session.mode.sweep:
        sweep_action.run_sweep(session)
    after = checks.ledger_lines(session)
    difference = checks.first_difference(before, after, checks.polled_again(before, after))
    if difference:
        return [Breach("I7", "", f"a redelivery changed the ledger: {difference}")]
    found = _run_until_rest(session, delivery)
    difference = checks.first_difference(outcome, checks.outcomes(session), set())
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
                learner_actions.verify(session, learner, checkout)


def _delete_request(key: tuple[str, str]) -> dict[str, object]:
    raw = {"pk": {"S": key[0]}, "sk": {"S": key[1]}}
    return {"RequestItems": {"simulation": [{"DeleteRequest": {"Key": raw}}]}}
