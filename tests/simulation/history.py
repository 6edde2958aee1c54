"""A history: rounds of things happening at once, then rest, then everything that was ever sent once more."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from functions.payments.invariants.ledger import Breach
from shared import clock
from tests.simulation import checks, dashboard_checks
from tests.simulation.actions import admin_actions, learner_actions
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
"""How many histories have their dashboards counted again: it costs as much as ten others."""


@dataclass
class HistoryResult:
    """What a history came to. `when` says when a breach was seen: at once, at rest, or after repetition."""

    seed: int
    mode: str
    breaches: list[Breach] = field(default_factory=list)
    phase: str = ""
    trace: list[str] = field(default_factory=list)
    digest: str = ""
    calls: int = 0


def mode_of(seed: int) -> Mode:
    return MODES[seed % len(MODES)]


def run_history(stage: Sandbox, seed: int, mode: Mode | None = None, *, keep_trace: bool = False) -> HistoryResult:
    """The history of that seed, in its mode. Always the same."""
    mode = mode or mode_of(seed)
    world = Environment(seed, 0.0)
    stage.use_environment(world)
    playing = SimulationSession(world, write_initial_data(world.random), mode)
    world.faults.rate = world.random.choice(_FAULT_RATES)
    postman = WebhookDelivery(playing, world.random.choice(_WEBHOOK_LOSS_RATES))
    world.on_event = postman.schedule
    result = HistoryResult(seed, mode.name)
    for result.phase, part in (
        ("at once", partial(_run_rounds, playing)),
        ("at rest", partial(_drain, playing, postman)),
        ("after everything was sent again", partial(_redeliver_everything, playing, postman)),
    ):
        result.breaches = part()
        if result.breaches:
            break
    if not result.breaches and world.random.random() < _DASHBOARD_CHECK_RATE:
        result.phase, result.breaches = "in the dashboards", list(dashboard_checks.check_dashboards(playing))
    result.calls = len(world.trace.entries)
    if result.breaches or keep_trace:
        result.trace, result.digest = world.trace.lines(), world.trace.digest()
    return result


def _run_rounds(playing: SimulationSession) -> list[Breach]:
    pick, scheduler = playing.random, playing.environment.scheduler
    for number in range(pick.randrange(3, 8)):
        for name, action in _choose_actions(playing):
            scheduler.spawn(f"{name} {number}", action, pick.choice((0.0, 0.0, pick.random())))
        scheduler.run(scheduler.seconds + pick.choice(_ROUND_SECONDS))
    return checks.check_always(playing)


def _choose_actions(playing: SimulationSession) -> list[tuple[str, Callable[[], None]]]:
    """One to four things that begin at about the same time, most of them about the same learner and course."""
    pick = playing.random
    chosen: list[tuple[str, Callable[[], None]]] = []
    learner, course = playing.random_learner(), playing.random_course_id()
    for _ in range(pick.choice((1, 1, 2, 2, 3))):
        if pick.random() < 0.3:
            learner, course = playing.random_learner(), playing.random_course_id()
        kind = pick.choices(list(ACTIONS), weights=[weight for weight, _ in ACTIONS.values()])[0]
        name = f"{learner.name} {kind}" if kind in LEARNER_ACTIONS else kind
        chosen.append((name, ACTIONS[kind][1](playing, learner, course)))
    if playing.mode.sweep and pick.random() < 0.6:
        for _ in range(pick.choice((1, 1, 1, 2))):
            chosen.append(("sweep", partial(admin_actions.run_sweep, playing)))
    return chosen


def _drain(playing: SimulationSession, postman: WebhookDelivery) -> list[Breach]:
    """No more faults: what is under way ends, what was sent arrives, and days pass until nothing is due."""
    world = playing.environment
    world.stop_faults()
    world.scheduler.run()
    playing.ledger.refund_outcome = "process"
    for made in [made for made in playing.ledger.refunds.values() if made.status == "pending"]:
        playing.ledger.schedule(world.scheduler.seconds, "settle_refund", made.id)
    world.scheduler.run()
    for _ in range(_MAX_SWEEPS):
        world.scheduler.run()
        if playing.mode.webhooks:
            postman.deliver_remaining()
        due = _next_due(playing)
        if due is None:
            break
        late = playing.random.choice(_SWEEP_DELAYS)
        world.scheduler.advance_to(max(world.scheduler.seconds + 60, due + late))
        if playing.mode.sweep:
            looked_at = checks.due_order_ids(playing)
            admin_actions.run_sweep(playing)
            late_still = [
                *checks.check_nothing_overdue(playing),
                *checks.check_authorizations_captured(playing, looked_at),
            ]
            if late_still:
                return late_still
    world.scheduler.run()
    return checks.check_at_rest(playing)


def _next_due(playing: SimulationSession) -> float | None:
    """When something happens by itself next: a timer of ours (if there are sweeps), or one of the gateway's."""
    moments = [timer.due_at for timer in playing.ledger.timers]
    if playing.mode.sweep:
        items = playing.environment.table.items.values()
        aside = checks.partitions_on_hold(playing)
        waiting = [item["gsi2sk"]["S"] for item in items if "gsi2sk" in item and item["pk"]["S"] not in aside]
        moments += [clock.parse(each).timestamp() for each in waiting]
    return min(moments, default=None)


def _redeliver_everything(playing: SimulationSession, postman: WebhookDelivery) -> list[Breach]:
    """I7: whatever was ever sent is sent again; the inbox may have been forgotten meanwhile."""
    before = checks.ledger_snapshot(playing)
    if playing.mode.sweep and playing.random.random() < 0.5:
        for key in [key for key in playing.environment.table.items if key[0].startswith("WEBHOOK#")]:
            playing.environment.table.call("BatchWriteItem", _delete_request(key))
    events = list(playing.ledger.outbox.events.values())
    playing.random.shuffle(events)
    for event in events:
        if playing.mode.webhooks or event.type != "payment.failed":
            postman.send(event)
    if playing.mode.verify:
        for learner in playing.data.learners:
            for checkout in learner.checkouts:
                learner_actions.verify(playing, learner, checkout)
    if playing.mode.sweep:
        admin_actions.run_sweep(playing)
    found = checks.check_at_rest(playing)
    if not found and checks.ledger_snapshot(playing) != before:
        found.append(
            Breach(
                "I7",
                "",
                f"a repetition changed the ledger: {checks.first_difference(before, checks.ledger_snapshot(playing))}",
            )
        )
    return found


def _delete_request(key: tuple[str, str]) -> dict[str, object]:
    raw = {"pk": {"S": key[0]}, "sk": {"S": key[1]}}
    return {"RequestItems": {"simulation": [{"DeleteRequest": {"Key": raw}}]}}
