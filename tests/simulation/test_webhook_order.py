"""I8: the final state does not depend on the order and number of webhook deliveries."""

from collections.abc import Callable, Iterable
from itertools import permutations
from random import Random
from typing import Any

import pytest

from local.razorpay.operations.disputes import update_dispute
from local.razorpay.operations.payments import pay
from local.razorpay.operations.refunds import auto_refund, complete_refund, refund
from local.razorpay.state.ledger import Ledger
from shared.db.entities import Enrollment, Payment
from shared.db.table import keys, store
from tests.simulation.actions.webhook_delivery import WebhookDelivery
from tests.simulation.checks.ledger_checks import check_always
from tests.simulation.initial_data import write_initial_data
from tests.simulation.runtime.api_client import call_api
from tests.simulation.runtime.environment import Environment
from tests.simulation.runtime.sandbox import Sandbox
from tests.simulation.session import MODES, SimulationSession


def refunded(ledger: Ledger, order_id: str) -> None:
    complete_refund(ledger, refund(ledger, pay(ledger, order_id).id, {}), "process")


def partly_refunded(ledger: Ledger, order_id: str) -> None:
    complete_refund(ledger, refund(ledger, pay(ledger, order_id).id, {"amount": 5_000}), "process")


def refund_failed(ledger: Ledger, order_id: str) -> None:
    complete_refund(ledger, refund(ledger, pay(ledger, order_id).id, {}), "fail")


def charged_back(ledger: Ledger, order_id: str) -> None:
    payment = pay(ledger, order_id)
    update_dispute(ledger, payment.id, "created")
    update_dispute(ledger, payment.id, "lost")


def partly_charged_back(ledger: Ledger, order_id: str) -> None:
    update_dispute(ledger, pay(ledger, order_id).id, "lost", 5_000)


def failed_then_paid(ledger: Ledger, order_id: str) -> None:
    pay(ledger, order_id, "failed")
    pay(ledger, order_id)


def authorization_voided(ledger: Ledger, order_id: str) -> None:
    auto_refund(ledger, pay(ledger, order_id, "authorized"))


def underpaid(ledger: Ledger, order_id: str) -> None:
    pay(ledger, order_id, amount=ledger.orders[order_id].amount - 100)


FINAL_STATES: dict[Callable[[Ledger, str], object], tuple[str, str]] = {
    pay: ("captured", "active"),
    refunded: ("refunded", "cancelled"),
    partly_refunded: ("captured", "active"),
    refund_failed: ("captured", "active"),
    charged_back: ("refunded", "cancelled"),
    failed_then_paid: ("captured", "active"),
    underpaid: ("failed", "cancelled"),
    partly_charged_back: ("captured", "active"),
}
"""Events at Razorpay > final status of payment and enrollment."""


@pytest.mark.parametrize("events_at_razorpay", FINAL_STATES, ids=lambda events_at_razorpay: events_at_razorpay.__name__)
def test_webhook_order_any_permutation_reaches_same_final_state(
    sandbox: Sandbox, events_at_razorpay: Callable[[Ledger, str], object]
) -> None:
    first: dict[str, Any] | None = None
    for order in permutations(range(len(final_state(sandbox, events_at_razorpay)[1].ledger.outbox.events))):
        state, session = final_state(sandbox, events_at_razorpay, order)
        assert (state["payment"], state["enrollment"]) == FINAL_STATES[events_at_razorpay], order
        assert state == (first := first or state), order
        assert check_always(session) == [], order


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_webhook_order_of_voided_authorization_never_grants_access(sandbox: Sandbox, order: tuple[int, ...]) -> None:
    """When the refund is reported first, the order stays open for another attempt; otherwise the order has failed."""
    assert len(final_state(sandbox, authorization_voided)[1].ledger.outbox.events) == len(order)
    state, session = final_state(sandbox, authorization_voided, order)
    assert (state["payment"], state["enrollment"]) in (("pending", "pending"), ("failed", "cancelled"))
    assert state["captured"] == 0
    assert check_always(session) == []


def final_state(
    sandbox: Sandbox, events_at_razorpay: Callable[[Ledger, str], object], order: Iterable[int] = ()
) -> tuple[dict[str, Any], SimulationSession]:
    """The final state after delivering the events in `order`, and then all of them again in reverse."""
    environment = Environment(11, 0.0)
    sandbox.use_environment(environment)
    session = SimulationSession(environment, write_initial_data(Random(1)), MODES[0])
    learner, course_id = session.data.learners[0], session.data.courses[0]
    created = call_api(environment, "POST", "/api/payments/create-order", {"course_id": course_id}, token=learner.token)
    assert created
    order_id = created.body["order_id"]
    with environment.razorpay.locked_ledger() as ledger:
        events_at_razorpay(ledger, order_id)
    events, delivery = list(session.ledger.outbox.events.values()), WebhookDelivery(session, 0.0)
    chosen = [events[position] for position in order]
    for event in chosen + chosen[::-1]:
        assert delivery.send(event)
    payment = store.get(Payment, keys.payment(order_id))
    enrollment = store.get(Enrollment, keys.enrollment(learner.user_id, course_id))
    assert payment
    assert enrollment
    state = {
        "payment": payment.status.value,
        "reason": payment.reason,
        "captured": payment.captured_amount,
        "refunded": payment.refunded_amount,
        "refunds": payment.refunds.as_dict(),
        "enrollment": enrollment.status.value,
        "enrollment_reason": enrollment.reason,
        "granted_by": enrollment.granted_by,
    }
    return state, session
