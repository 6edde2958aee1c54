"""I10: after a crash at any outbound call, two sweeps repair everything."""

from collections.abc import Callable
from functools import partial
from random import Random
from typing import Any

import pytest

from local.razorpay.api.control import checkout_response
from local.razorpay.operations.payments import pay
from tests.simulation.actions import enrollment_actions, scheduled_functions
from tests.simulation.actions.webhook_delivery import WebhookDelivery
from tests.simulation.checks.ledger_checks import check_always, check_at_rest
from tests.simulation.initial_data import InitialData, write_initial_data
from tests.simulation.runtime.api_client import call_api
from tests.simulation.runtime.environment import Environment
from tests.simulation.runtime.sandbox import Sandbox
from tests.simulation.session import MODES, SimulationSession

ALL_CHANNELS, NO_WEBHOOKS = MODES[0], MODES[1]
MAX_CALLS = 120


class CrashAt:
    """Injects one fault, at the n-th outbound call of a history."""

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


def purchase(session: SimulationSession) -> None:
    """A learner creates an order, pays and verifies; an admin revokes the access; the sweep runs."""
    learner, course_id = session.data.learners[0], session.data.courses[0]
    body = {"course_id": course_id}
    order = session.call_with_retries("POST", "/api/payments/create-order", body, token=learner.token)
    assert order
    with session.environment.razorpay.locked_ledger() as ledger:
        checkout: Any = checkout_response(ledger, pay(ledger, order.body["order_id"]))
    call_api(session.environment, "POST", "/api/payments/verify", checkout, token=learner.token)
    scheduled_functions.run_sweep(session)
    session.wait(1_000)
    scheduled_functions.run_sweep(session)
    enrollment_actions.revoke_access(session, learner, course_id)
    session.wait(10)
    scheduled_functions.run_sweep(session)


@pytest.mark.parametrize("kind", ["crash_before", "crash_after", "lost_response"])
@pytest.mark.parametrize("mode", [ALL_CHANNELS, NO_WEBHOOKS], ids=lambda mode: mode.name)
def test_f51_crash_at_any_call_is_repaired_by_two_sweeps(sandbox: Sandbox, mode: Any, kind: str) -> None:
    for number in range(1, MAX_CALLS):
        session, delivery, faults = prepare_session(sandbox, mode, CrashAt(number, kind))
        session.environment.scheduler.spawn("learner", partial(purchase, session))
        session.environment.scheduler.run()
        assert not check_always(session), f"call {number}"
        for _ in range(2):
            session.environment.scheduler.advance_to(session.environment.scheduler.seconds + 1_000)
            scheduled_functions.run_sweep(session)
            if mode.webhooks:
                delivery.deliver_remaining()
        broken = check_at_rest(session)
        assert not broken, "\n".join([f"call {number}", *session.environment.trace.lines(), *map(str, broken)])
        if not faults.reached:
            assert number > 5
            return
    pytest.fail(f"the purchase has more than {MAX_CALLS} outbound calls")


def prepare_session(sandbox: Sandbox, mode: Any, faults: CrashAt) -> tuple[SimulationSession, WebhookDelivery, CrashAt]:
    environment = Environment(7, 0.0)
    sandbox.use_environment(environment)
    data: InitialData = write_initial_data(Random(1))
    session = SimulationSession(environment, data, mode)
    delivery = WebhookDelivery(session, 0.0)
    receive: Callable[[Any], None] = delivery.schedule
    environment.on_event = receive
    environment.faults = faults  # type: ignore[assignment]
    return session, delivery, faults
