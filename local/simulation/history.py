"""A history: rounds of things happening at once, then rest, then everything that was ever sent once more."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from local.simulation import checks, figures, learners, staff
from local.simulation.actions import ACTIONS, BY_LEARNERS
from local.simulation.cast import enter
from local.simulation.play import MODES, Mode, Play
from local.simulation.postman import Postman
from local.simulation.stage import Stage
from local.simulation.world import World
from shared import clock
from shared.invariants.ledger import Breach

_RATES = (0.0, 0.01, 0.03, 0.03, 0.08, 0.2)
_LOSSES = (0.0, 0.1, 0.4, 1.0)
_GAPS = (0.2, 2.0, 20.0, 120.0, 600.0, 1_900.0, 4_000.0, 30_000.0, 100_000.0, 400_000.0)
_LATE_SWEEPS = (0, 0, 300, 3_600, 86_400, 3 * 86_400)
_SWEEPS_AT_MOST = 80
_RECOUNTED = 0.01
"""How many histories have their dashboards counted again: it costs as much as ten others."""


@dataclass
class Result:
    """What a history came to. `when` says when a breach was seen: at once, at rest, or after repetition."""

    seed: int
    mode: str
    breaches: list[Breach] = field(default_factory=list)
    when: str = ""
    trace: list[str] = field(default_factory=list)
    digest: str = ""
    calls: int = 0


def mode_of(seed: int) -> Mode:
    return MODES[seed % len(MODES)]


def play(stage: Stage, seed: int, mode: Mode | None = None, *, keep_trace: bool = False) -> Result:
    """The history of that seed, in its mode. Always the same."""
    mode = mode or mode_of(seed)
    world = World(seed, 0.0)
    stage.play(world)
    playing = Play(world, enter(world.random), mode)
    world.faults.rate = world.random.choice(_RATES)
    postman = Postman(playing, world.random.choice(_LOSSES))
    world.on_event = postman.receive
    result = Result(seed, mode.name)
    for result.when, part in (
        ("at once", partial(_happen, playing)),
        ("at rest", partial(_rest, playing, postman)),
        ("after everything was sent again", partial(_repeat, playing, postman)),
    ):
        result.breaches = part()
        if result.breaches:
            break
    if not result.breaches and world.random.random() < _RECOUNTED:
        result.when, result.breaches = "in the dashboards", list(figures.recounted(playing))
    result.calls = len(world.trace.entries)
    if result.breaches or keep_trace:
        result.trace, result.digest = world.trace.lines(), world.trace.digest()
    return result


def _happen(playing: Play) -> list[Breach]:
    pick, scheduler = playing.random, playing.world.scheduler
    for number in range(pick.randrange(3, 8)):
        for name, action in _choose(playing):
            scheduler.spawn(f"{name} {number}", action, pick.choice((0.0, 0.0, pick.random())))
        scheduler.run(scheduler.seconds + pick.choice(_GAPS))
    return checks.always(playing)


def _choose(playing: Play) -> list[tuple[str, Callable[[], None]]]:
    """One to four things that begin at about the same time, most of them about the same learner and course."""
    pick = playing.random
    chosen: list[tuple[str, Callable[[], None]]] = []
    learner, course = playing.someone(), playing.some_course()
    for _ in range(pick.choice((1, 1, 2, 2, 3))):
        if pick.random() < 0.3:
            learner, course = playing.someone(), playing.some_course()
        kind = pick.choices(list(ACTIONS), weights=[weight for weight, _ in ACTIONS.values()])[0]
        name = f"{learner.name} {kind}" if kind in BY_LEARNERS else kind
        chosen.append((name, ACTIONS[kind][1](playing, learner, course)))
    if playing.mode.sweep and pick.random() < 0.6:
        for _ in range(pick.choice((1, 1, 1, 2))):
            chosen.append(("sweep", partial(staff.sweep, playing)))
    return chosen


def _rest(playing: Play, postman: Postman) -> list[Breach]:
    """No more faults: what is under way ends, what was sent arrives, and days pass until nothing is due."""
    world = playing.world
    world.quieten()
    world.scheduler.run()
    playing.ledger.refund_outcome = "process"
    for made in [made for made in playing.ledger.refunds.values() if made.status == "pending"]:
        playing.ledger.schedule(world.scheduler.seconds, "settle_refund", made.id)
    world.scheduler.run()
    for _ in range(_SWEEPS_AT_MOST):
        world.scheduler.run()
        if playing.mode.webhooks:
            postman.deliver_rest()
        due = _next_due(playing)
        if due is None:
            break
        late = playing.random.choice(_LATE_SWEEPS)
        world.scheduler.pass_to(max(world.scheduler.seconds + 60, due + late))
        if playing.mode.sweep:
            looked_at = checks.due_payments(playing)
            staff.sweep(playing)
            late_still = [*checks.due_after_sweep(playing), *checks.left_uncaptured(playing, looked_at)]
            if late_still:
                return late_still
    world.scheduler.run()
    return checks.at_rest(playing)


def _next_due(playing: Play) -> float | None:
    """When something happens by itself next: a timer of ours (if there are sweeps), or one of the gateway's."""
    moments = [timer.due_at for timer in playing.ledger.timers]
    if playing.mode.sweep:
        items = playing.world.table.items.values()
        aside = checks.held_aside(playing)
        waiting = [item["gsi2sk"]["S"] for item in items if "gsi2sk" in item and item["pk"]["S"] not in aside]
        moments += [clock.parse(each).timestamp() for each in waiting]
    return min(moments, default=None)


def _repeat(playing: Play, postman: Postman) -> list[Breach]:
    """I7: whatever was ever sent is sent again; the inbox may have been forgotten meanwhile."""
    before = checks.picture(playing)
    if playing.mode.sweep and playing.random.random() < 0.5:
        for key in [key for key in playing.world.table.items if key[0].startswith("WEBHOOK#")]:
            playing.world.table.call("BatchWriteItem", _deletion(key))
    events = list(playing.ledger.outbox.events.values())
    playing.random.shuffle(events)
    for event in events:
        if playing.mode.webhooks or event.type != "payment.failed":
            postman.send(event)
    if playing.mode.verify:
        for learner in playing.cast.learners:
            for checkout in learner.checkouts:
                learners.verify(playing, learner, checkout)
    if playing.mode.sweep:
        staff.sweep(playing)
    found = checks.at_rest(playing)
    if not found and checks.picture(playing) != before:
        found.append(
            Breach("I7", "", f"a repetition changed the ledger: {checks.difference(before, checks.picture(playing))}")
        )
    return found


def _deletion(key: tuple[str, str]) -> dict[str, object]:
    raw = {"pk": {"S": key[0]}, "sk": {"S": key[1]}}
    return {"RequestItems": {"simulation": [{"DeleteRequest": {"Key": raw}}]}}
