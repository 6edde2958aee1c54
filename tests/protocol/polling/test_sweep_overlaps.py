"""Two runs of the sweep at once, and a run that dies half-way, decide the same as one run."""

import pytest

from functions.payments.polling.sweep import sweep
from tests.fixtures.api import Api
from tests.fixtures.dynamodb_faults import ProcessKilled, kill_process
from tests.fixtures.memory_dynamodb.client import MemoryDynamoDb
from tests.fixtures.storefront import Storefront
from tests.protocol.stored_state import breaches, payment_history
from tests.protocol.sweep_actions import create_listable_orders

Steps = list[tuple[str, str]]


def create_mixed_orders(shop: Storefront, learner: Api) -> dict[str, Steps]:
    """Ten due orders, and the (evidence, source) of the steps that one run adds to the history of each."""
    paid, authorized, *unpaid = create_listable_orders(shop, learner, 10)
    shop.pay(paid, webhooks=False)
    shop.pay(authorized, "authorized", webhooks=False)
    shop.clock.advance(minutes=30)
    captured, expired = [("Captured", "sweep")], [("NothingPaid", "sweep")]
    return {paid: captured, authorized: captured, **dict.fromkeys(unpaid, expired)}


def histories(orders: dict[str, Steps]) -> dict[str, Steps]:
    return {order_id: [step[:2] for step in payment_history(order_id)] for order_id in orders}


def test_sweep_one_run_settles_every_order(shop: Storefront, student: Api) -> None:
    expected = create_mixed_orders(shop, student)
    assert sweep().verdicts == {"granted": 2, "expired": 8}
    assert histories(expected) == expected


@pytest.mark.parametrize("operation", ["Query", "BatchGetItem", "GetItem", "TransactWriteItems", "UpdateItem"])
@pytest.mark.parametrize("call", [0, 1, 4])
def test_sweep_second_run_before_any_call_of_the_first_settles_each_order_once(
    shop: Storefront, student: Api, dynamodb: MemoryDynamoDb, operation: str, call: int
) -> None:
    expected = create_mixed_orders(shop, student)
    dynamodb.run_before(operation, lambda: None, times=call)
    dynamodb.run_before(operation, sweep)
    sweep()
    assert histories(expected) == expected
    assert len(shop.gateway.ledger.refunds) == 0
    assert breaches() == []


def test_sweep_two_runs_taking_turns_settle_each_order_once(
    shop: Storefront, student: Api, dynamodb: MemoryDynamoDb
) -> None:
    """At every write of the first run another run begins, and finishes."""
    expected = create_mixed_orders(shop, student)
    dynamodb.run_before("TransactWriteItems", sweep, times=10)
    sweep()
    assert histories(expected) == expected
    assert breaches() == []


@pytest.mark.parametrize("write", range(10))
def test_sweep_killed_before_any_write_leaves_the_rest_to_the_next_run(
    shop: Storefront, student: Api, dynamodb: MemoryDynamoDb, write: int
) -> None:
    expected = create_mixed_orders(shop, student)
    dynamodb.run_before("TransactWriteItems", lambda: None, times=write)
    dynamodb.run_before("TransactWriteItems", kill_process)
    with pytest.raises(ProcessKilled):
        sweep()
    settled = [order_id for order_id, steps in histories(expected).items() if steps]
    assert len(settled) == write
    report = sweep()
    assert sum(report.verdicts.values()) == 10 - write
    assert histories(expected) == expected
    assert breaches() == []
