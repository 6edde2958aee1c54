"""The actions at Razorpay take effect at the fake, and are counted."""

from collections.abc import Callable
from random import Random

import pytest

from local.razorpay.operations.checkout_amounts import DEFAULT_PAYER, Payer
from local.razorpay.operations.payments import pay
from local.razorpay.operations.refunds import refund
from local.razorpay.state.entities import Payment
from tests.simulation.actions import dispute_actions, gateway_actions, refund_outcomes
from tests.simulation.actions.admin_actions import decide_on_hold
from tests.simulation.actions.payment_actions import pay_after_a_week
from tests.simulation.actions.scheduled_functions import reconcile_everything, run_night, run_sweep, run_waiting_tasks
from tests.simulation.initial_data import write_initial_data
from tests.simulation.runtime.api_client import call_api
from tests.simulation.runtime.environment import Environment
from tests.simulation.runtime.sandbox import Sandbox
from tests.simulation.session import DAY, MODES, SimulationSession


@pytest.fixture
def session(sandbox: Sandbox) -> SimulationSession:
    environment = Environment(5, 0.0)
    sandbox.use_environment(environment)
    return SimulationSession(environment, write_initial_data(Random(1)), MODES[0])


def new_order(session: SimulationSession) -> str:
    learner, course_id = session.data.learners[0], session.data.courses[0]
    body = {"course_id": course_id}
    created = call_api(session.environment, "POST", "/api/payments/create-order", body, token=learner.token)
    assert created
    order_id: str = created.body["order_id"]
    learner.orders.append(order_id)
    return order_id


def paid(session: SimulationSession, payer: Payer = DEFAULT_PAYER) -> Payment:
    with session.environment.razorpay.locked_ledger() as ledger:
        return pay(ledger, new_order(session), payer=payer)


def play(session: SimulationSession, action: Callable[[SimulationSession], None]) -> list[str]:
    """Play an action as a task; returns the names under which it was counted."""
    before = session.played.copy()
    session.environment.scheduler.spawn("action", lambda: action(session))
    run_waiting_tasks(session)
    return sorted((session.played - before).elements())


def test_dispute_is_opened_changed_and_ended(session: SimulationSession) -> None:
    payment = paid(session)
    played = play(session, dispute_actions.open_dispute)
    assert not {"dispute opened", "dispute opened at onset"}.isdisjoint(played)
    assert session.beyond_polls == {payment.order_id}
    dispute_actions.end_disputes(session)
    (dispute,) = session.ledger.disputes.values()
    assert (dispute.payment_id, dispute.ended) == (payment.id, True)


def test_lost_dispute_is_won_later(session: SimulationSession) -> None:
    paid(session)
    dispute_actions.open_dispute(session)
    (dispute,) = session.ledger.disputes.values()
    dispute_actions._change(session, dispute, "lost")
    assert dispute.amount_deducted > 0
    while dispute.status == "lost":
        dispute_actions.change_dispute(session)
    assert (dispute.status, dispute.amount_deducted) == ("won", 0)
    assert session.played["dispute won after it was lost"] == 1


def test_dashboard_refund_is_made_at_razorpay(session: SimulationSession) -> None:
    payment = paid(session)
    assert play(session, gateway_actions.refund_in_razorpay_dashboard) == ["dashboard refund"]
    assert payment.amount_refunded > 0


def test_balance_is_topped_up_after_a_while(session: SimulationSession) -> None:
    session.environment.scheduler.spawn("admin", lambda: refund_outcomes.empty_balance_for_a_while(session))
    session.environment.scheduler.run(session.environment.scheduler.seconds + 1)
    assert session.ledger.account.balance in (0, 6_000)
    run_waiting_tasks(session)
    assert session.ledger.account.balance is None


def test_undocumented_status_is_processed_later(session: SimulationSession) -> None:
    payment = paid(session)
    with session.environment.razorpay.locked_ledger() as ledger:
        pending = refund(ledger, payment.id, {"amount": 10_000})
    session.environment.scheduler.spawn("bank", lambda: refund_outcomes.give_undocumented_status(session))
    session.environment.scheduler.run(session.environment.scheduler.seconds + 1)
    assert pending.status == "on_its_way"
    run_waiting_tasks(session)
    assert pending.status == "processed"


@pytest.mark.parametrize("product", ["payment by payment link", "payment by qr code"])
def test_payment_of_other_product_leaves_no_order_of_ours(session: SimulationSession, product: str) -> None:
    while not session.played[product]:
        gateway_actions.pay_by_link_or_qr_code(session)
    assert all(order.notes == {} for order in session.ledger.orders.values())


@pytest.mark.parametrize("silent", [True, False])
def test_processed_refund_is_returned(
    session: SimulationSession, monkeypatch: pytest.MonkeyPatch, silent: bool
) -> None:
    payment = paid(session)
    with session.environment.razorpay.locked_ledger() as ledger:
        refund(ledger, payment.id, {"amount": 10_000})
    session.environment.scheduler.advance_to(session.environment.scheduler.seconds + 60)
    events = len(session.ledger.outbox.events)
    monkeypatch.setattr(session.environment.random, "random", lambda: 0.0 if silent else 1.0)
    (played,) = play(session, refund_outcomes.return_processed_refund)
    assert played in ("refund failed after processed", "refund reversed after processed")
    assert payment.amount_refunded == 0
    assert len(session.ledger.outbox.events) - events == (0 if silent else 1)
    assert session.beyond_polls == {payment.order_id}


def test_actions_without_a_payment_do_nothing(session: SimulationSession) -> None:
    for action in (
        dispute_actions.open_dispute,
        dispute_actions.change_dispute,
        gateway_actions.refund_in_razorpay_dashboard,
        refund_outcomes.return_processed_refund,
        refund_outcomes.give_undocumented_status,
        decide_on_hold,
    ):
        assert play(session, action) == []


def test_order_is_paid_after_a_week(session: SimulationSession) -> None:
    order_id = new_order(session)
    learner = session.data.learners[0]
    started_at = session.environment.scheduler.seconds
    play(session, lambda session: pay_after_a_week(session, learner))
    assert session.environment.scheduler.seconds > started_at + 7 * DAY
    assert session.ledger.orders[order_id].attempts == 1
    assert session.beyond_polls == {order_id}


def test_night_finds_a_payment_without_webhooks_and_sweeps(session: SimulationSession) -> None:
    payment = paid(session)
    session.last_gateway_change = session.environment.scheduler.seconds
    session.environment.scheduler.advance_to(session.next_night)
    run_night(session)
    run_waiting_tasks(session)
    stored = session.environment.table.items[f"PAYMENT#{payment.order_id}", "PAYMENT"]
    assert stored["status"]["S"] == "captured"
    assert session.reconciled_until > payment.created_at
    run_night(session)
    assert session.environment.scheduler.waiting == []


def test_command_heals_what_is_older_than_the_last_ten_days(session: SimulationSession) -> None:
    payment = paid(session)
    session.environment.scheduler.advance_to(session.environment.scheduler.seconds + 30 * DAY)
    reconcile_everything(session)
    stored = session.environment.table.items[f"PAYMENT#{payment.order_id}", "PAYMENT"]
    assert stored["status"]["S"] == "captured"


def test_payment_on_hold_is_accepted_or_refunded_by_an_admin(session: SimulationSession) -> None:
    paid(session, Payer(offer_id="offer_JGQvQtvJmVDRIA", discount=20_000))
    session.environment.scheduler.advance_to(session.environment.scheduler.seconds + 3_600)
    run_sweep(session)
    (played,) = play(session, decide_on_hold)
    assert played in ("accept of a payment on hold: 200", "refund of a payment on hold: 200")
