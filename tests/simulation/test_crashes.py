"""I10: wherever a function dies, two sweeps later everything is as if it had not, as far as the learner can tell."""

from collections.abc import Callable
from functools import partial
from random import Random
from typing import Any

import pytest

from local.razorpay.control import checkout_response
from local.razorpay.payments import pay
from local.simulation import checks, staff
from local.simulation.cast import Cast, enter
from local.simulation.http import call
from local.simulation.play import MODES, Play
from local.simulation.postman import Postman
from local.simulation.stage import Stage
from local.simulation.world import World

EVERYTHING, NO_WEBHOOKS = MODES[0], MODES[1]
CALLS_AT_MOST = 60


class DiesAt:
    """Faults that kill the function at its n-th outbound call of a history, before or after it was made."""

    def __init__(self, number: int, kind: str) -> None:
        self.left = number
        self.kind = kind
        self.rate = 0.0
        self.met = False

    def draw(self, kinds: tuple[str, ...]) -> str | None:
        if self.kind not in kinds:
            return None
        self.left -= 1
        self.met = self.met or self.left == 0
        return self.kind if self.left == 0 else None


def purchase(play: Play) -> None:
    """One learner buys, pays and comes back; the webhooks arrive; an admin takes the access; the sweep runs."""
    learner, course_id = play.cast.learners[0], play.cast.courses[0]
    body = {"course_id": course_id}
    order = play.repeat("POST", "/api/payments/create-order", body, token=learner.token)
    assert order
    with play.world.gateway.turn() as ledger:
        checkout: Any = checkout_response(ledger, pay(ledger, order.body["order_id"]))
    call(play.world, "POST", "/api/payments/verify", checkout, token=learner.token)
    staff.sweep(play)
    play.wait(1_000)
    staff.sweep(play)
    staff.revoke(play, learner, course_id)
    play.wait(10)
    staff.sweep(play)


@pytest.mark.parametrize("kind", ["crash_before", "crash_after", "lost_answer"])
@pytest.mark.parametrize("mode", [EVERYTHING, NO_WEBHOOKS], ids=lambda mode: mode.name)
def test_f51_a_crash_at_any_call_is_mended_by_two_sweeps(stage: Stage, mode: Any, kind: str) -> None:
    for number in range(1, CALLS_AT_MOST):
        playing, postman, faults = prepared(stage, mode, DiesAt(number, kind))
        playing.world.scheduler.spawn("learner", partial(purchase, playing))
        playing.world.scheduler.run()
        assert not checks.always(playing), f"call {number}"
        for _ in range(2):
            playing.world.scheduler.pass_to(playing.world.scheduler.seconds + 1_000)
            staff.sweep(playing)
            if mode.webhooks:
                postman.deliver_rest()
        broken = checks.at_rest(playing)
        assert not broken, "\n".join([f"call {number}", *playing.world.trace.lines(), *map(str, broken)])
        if not faults.met:
            assert number > 5
            return
    pytest.fail("the story has more calls than were killed")


def prepared(stage: Stage, mode: Any, faults: DiesAt) -> tuple[Play, Postman, DiesAt]:
    world = World(7, 0.0)
    stage.play(world)
    cast: Cast = enter(Random(1))
    playing = Play(world, cast, mode)
    postman = Postman(playing, 0.0)
    receive: Callable[[Any], None] = postman.receive
    world.on_event = receive
    world.faults = faults  # type: ignore[assignment]
    return playing, postman, faults
