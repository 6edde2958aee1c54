"""Restores, two orders paid at once, and tasks that overtake a transaction."""

from random import Random

import pytest

from local.razorpay.operations.payments import pay
from shared.db.entities import Payment
from shared.db.table import keys, store
from tests.fixtures.memory_dynamodb.table import MemoryTable
from tests.simulation.actions import restore_actions
from tests.simulation.actions.admin_actions import request_refund
from tests.simulation.actions.racing_actions import pay_two_orders
from tests.simulation.actions.restore_actions import restore_older_table
from tests.simulation.actions.scheduled_functions import run_sweep, run_waiting_tasks
from tests.simulation.checks.gateway_checks import check_receipts_issued_once
from tests.simulation.checks.ledger_checks import check_always, stored_items
from tests.simulation.initial_data import write_initial_data
from tests.simulation.promises import RefundPromise
from tests.simulation.runtime.api_client import call_api
from tests.simulation.runtime.environment import Environment
from tests.simulation.runtime.sandbox import Sandbox
from tests.simulation.session import DAY, MODES, Restore, SimulationSession


@pytest.fixture
def session(sandbox: Sandbox) -> SimulationSession:
    environment = Environment(5, 0.0)
    sandbox.use_environment(environment)
    return SimulationSession(environment, write_initial_data(Random(1)), MODES[0])


def put(table: MemoryTable, pk: str, value: str) -> None:
    item = {"pk": {"S": pk}, "sk": {"S": "x"}, "value": {"S": value}}
    table.call("PutItem", {"TableName": "t", "Item": item})


def test_restore_of_a_memory_table_undoes_later_changes() -> None:
    seconds = [0.0]
    table = MemoryTable(lambda: seconds[0])
    put(table, "kept", "1")
    seconds[0] = 10.0
    put(table, "kept", "2")
    put(table, "new", "1")
    table.restore(5.0)
    assert {key: item["value"]["S"] for key, item in table.items.items()} == {("kept", "x"): "1"}
    assert table.partitions["new"] == []
    assert [change.at for change in table.change_log] == [0.0]


def sold_order(session: SimulationSession) -> str:
    """A paid order whose receipt has its number."""
    learner, course_id = session.data.learners[0], session.data.courses[0]
    body = {"course_id": course_id}
    created = call_api(session.environment, "POST", "/api/payments/create-order", body, token=learner.token)
    assert created
    with session.environment.razorpay.locked_ledger() as ledger:
        pay(ledger, created.body["order_id"])
    session.environment.scheduler.advance_to(session.now + DAY)
    for _ in range(2):
        run_sweep(session)
    order_id: str = created.body["order_id"]
    return order_id


def test_restored_table_gets_lost_orders_back_with_new_receipt_numbers(
    session: SimulationSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.environment.scheduler.advance_to(session.now + 1_000)
    order_id = sold_order(session)
    monkeypatch.setattr(session.environment.random, "choice", lambda values: values[-1])
    request_refund(session, order_id, "refund-0123456789", 10_000)
    assert [type(promise) for promise in session.promises] == [RefundPromise]
    session.environment.scheduler.spawn("operator", lambda: restore_older_table(session))
    session.environment.scheduler.run(session.now + 100)
    restored = store.get(Payment, keys.payment(order_id))
    assert restored
    assert restored.status == "captured"
    assert session.played["restore"] == 1
    assert not session.schedules_stopped
    assert len(session.lost_receipt_numbers) == 1
    assert [each.replaced_table for each in session.restores] == ["replaced-1"]
    run_waiting_tasks(session)
    assert [type(promise) for promise in session.promises] == [RefundPromise]
    assert len(session.ledger.refunds) == 1
    run_sweep(session)
    assert check_always(session) == []


@pytest.mark.parametrize("table_is_lost", [True, False])
def test_restore_beyond_an_earlier_recovery_issues_no_receipt_number_twice(
    session: SimulationSession, monkeypatch: pytest.MonkeyPatch, table_is_lost: bool
) -> None:
    sold_order(session)
    monkeypatch.setattr(session.environment.random, "choice", lambda values: values[-1])
    monkeypatch.setattr(restore_actions, "_AGAIN_RATE", 0.0)
    monkeypatch.setattr(restore_actions, "_LOST_RATE", float(table_is_lost))
    numbers: list[set[str]] = []
    for _ in range(2):
        numbers.append(restore_actions._receipt_numbers(session))
        session.environment.scheduler.spawn("operator", lambda: restore_older_table(session))
        run_waiting_tasks(session)
        session.environment.scheduler.advance_to(session.now + 3_600)
        run_sweep(session)
    numbers.append(restore_actions._receipt_numbers(session))
    assert (session.played["restore"], session.played["restore beyond a recovery"]) == (1, 1)
    assert list(map(len, numbers)) == [1, 1, 1]
    assert len(set.union(*numbers)) == 3
    assert list(check_receipts_issued_once(session, stored_items(session))) == []


def test_restore_of_a_moment_during_a_recovery_puts_the_table_before_it_back(session: SimulationSession) -> None:
    session.environment.scheduler.advance_to(session.now + 1_000)
    first = session.environment.table
    session.restores.append(Restore(session.now, "replaced-1", session.now + 500))
    session.environment.replaced_tables["replaced-1"] = first
    session.environment.table = first.copy()
    started_at = session.now
    session.environment.scheduler.advance_to(session.now + 1_000)
    assert restore_actions._replace_table(session, started_at + 400) == started_at
    assert restore_actions._replace_table(session, started_at + 600) == started_at + 600
    assert [each.replaced_table for each in session.restores] == ["replaced-1", "replaced-2", "replaced-3"]


def test_restore_keeps_trying_until_the_recovery_succeeds(session: SimulationSession) -> None:
    sold_order(session)
    started_at = session.now
    session.environment.gateway_down_until = started_at + 1_000
    session.environment.scheduler.spawn("operator", lambda: restore_older_table(session))
    run_waiting_tasks(session)
    assert session.now > started_at + 1_000
    assert not session.schedules_stopped


def test_recovery_that_keeps_failing_without_a_fault_is_a_breach(
    session: SimulationSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    sold_order(session)
    session.environment.stop_faults()
    monkeypatch.setattr(restore_actions, "_recovered", lambda *_: False)
    session.environment.scheduler.spawn("operator", lambda: restore_older_table(session))
    run_waiting_tasks(session)
    assert session.unexpected_responses == ["I10 recover keeps failing without a fault"]


def test_schedules_do_not_run_while_a_table_is_restored(session: SimulationSession) -> None:
    session.schedules_stopped = True
    run_sweep(session)
    assert session.played["sweep"] == 0


def test_two_orders_of_one_course_are_both_paid(session: SimulationSession) -> None:
    learner, course_id = session.data.learners[0], session.data.courses[0]
    session.environment.scheduler.spawn("learner", lambda: pay_two_orders(session, learner, course_id))
    run_waiting_tasks(session)
    assert session.played["two orders paid at once"] == 1
    paid = [payment for payment in session.ledger.payments.values() if payment.captured]
    assert len({payment.order_id for payment in paid}) == 2


@pytest.mark.parametrize(("rate", "order"), [(0.0, ["first", "second"]), (1.0, ["second", "first"])])
def test_task_overtakes_another_one_before_its_transaction(
    session: SimulationSession, rate: float, order: list[str]
) -> None:
    environment, done = session.environment, list[str]()
    environment.overtaking_rate = rate

    def write() -> None:
        environment.let_another_overtake()
        done.append("first")

    environment.scheduler.spawn("writer", write)
    environment.scheduler.spawn("webhook", lambda: done.append("second"), after=10_000)
    environment.scheduler.run(session.now + 20_000)
    assert done == order


def test_kill_all_kills_running_functions_only(session: SimulationSession) -> None:
    scheduler = session.environment.scheduler
    scheduler.spawn("running", lambda: scheduler.pause(10))
    scheduler.spawn("waiting", lambda: scheduler.pause(10))
    scheduler.run(session.now + 1)
    running, waiting = scheduler.waiting
    running.process.running = True
    session.environment.kill_all()
    assert (running.process.killed, waiting.process.killed) == (True, False)
