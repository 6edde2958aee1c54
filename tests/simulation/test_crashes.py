"""I10: wherever a function dies, two sweeps later everything is as if it had not, as far as the learner can tell."""

from collections.abc import Callable
from functools import partial
from random import Random
from typing import Any

import pytest

from local.razorpay.api.control import checkout_response
from local.razorpay.operations.payments import pay
from tests.simulation import checks
from tests.simulation.actions import admin_actions
from tests.simulation.actions.webhook_delivery import WebhookDelivery
from tests.simulation.initial_data import InitialData, write_initial_data
from tests.simulation.runtime.api_client import call_api
from tests.simulation.runtime.environment import Environment
from tests.simulation.runtime.sandbox import Sandbox
from tests.simulation.session import MODES, SimulationSession

ALL_CHANNELS, NO_WEBHOOKS = MODES[0], MODES[1]
MAX_CALLS = 60


class CrashAt:
    """Faults that kill the function at its n-th outbound call of a history, before or after it was made."""

    def __init__(self, number: int, kind: str) -> None:
        self.remaining = number
        self.kind = kind
        self.rate = 0.0
        self.reached = False

    def draw(self, kinds: tuple[str, ...]) -> str | None:
        if self.kind not in kinds:
            return None
        self.remaining -= 1
        self.reached = self.reached or self.remaining == 0
        return self.kind if self.remaining == 0 else None


def purchase(play: SimulationSession) -> None:
    """One learner buys, pays and comes back; the webhooks arrive; an admin takes the access; the sweep runs."""
    learner, course_id = play.data.learners[0], play.data.courses[0]
    body = {"course_id": course_id}
    order = play.call_with_retries("POST", "/api/payments/create-order", body, token=learner.token)
    assert order
    with play.environment.razorpay.locked_ledger() as ledger:
        checkout: Any = checkout_response(ledger, pay(ledger, order.body["order_id"]))
    call_api(play.environment, "POST", "/api/payments/verify", checkout, token=learner.token)
    admin_actions.run_sweep(play)
    play.wait(1_000)
    admin_actions.run_sweep(play)
    admin_actions.revoke_access(play, learner, course_id)
    play.wait(10)
    admin_actions.run_sweep(play)


@pytest.mark.parametrize("kind", ["crash_before", "crash_after", "lost_answer"])
@pytest.mark.parametrize("mode", [ALL_CHANNELS, NO_WEBHOOKS], ids=lambda mode: mode.name)
def test_f51_crash_at_any_call_is_repaired_by_two_sweeps(sandbox: Sandbox, mode: Any, kind: str) -> None:
    for number in range(1, MAX_CALLS):
        playing, postman, faults = prepare_session(sandbox, mode, CrashAt(number, kind))
        playing.environment.scheduler.spawn("learner", partial(purchase, playing))
        playing.environment.scheduler.run()
        assert not checks.check_always(playing), f"call {number}"
        for _ in range(2):
            playing.environment.scheduler.advance_to(playing.environment.scheduler.seconds + 1_000)
            admin_actions.run_sweep(playing)
            if mode.webhooks:
                postman.deliver_remaining()
        broken = checks.check_at_rest(playing)
        assert not broken, "\n".join([f"call {number}", *playing.environment.trace.lines(), *map(str, broken)])
        if not faults.reached:
            assert number > 5
            return
    pytest.fail("the story has more calls than were killed")


def prepare_session(stage: Sandbox, mode: Any, faults: CrashAt) -> tuple[SimulationSession, WebhookDelivery, CrashAt]:
    world = Environment(7, 0.0)
    stage.use_environment(world)
    cast: InitialData = write_initial_data(Random(1))
    playing = SimulationSession(world, cast, mode)
    postman = WebhookDelivery(playing, 0.0)
    receive: Callable[[Any], None] = postman.schedule
    world.on_event = receive
    world.faults = faults  # type: ignore[assignment]
    return playing, postman, faults
