"""F46 to F49: transactions are retried when DynamoDB is busy or a response is lost, and nothing is written twice."""

from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError, EndpointConnectionError, ReadTimeoutError
from pynamodb.exceptions import TransactWriteError

from shared.db.entities import Course, EmailAddress, Throttle
from shared.db.table import keys, store, transaction
from shared.db.table.keys import Key
from shared.db.table.transaction import MAX_ATTEMPTS, Transaction
from shared.errors import StoreUnavailable
from tests.fixtures.api import Api
from tests.fixtures.dynamodb_faults import ScriptedClient, cancel_transaction, client_error, script_responses
from tests.fixtures.storefront import PRICE, Storefront
from tests.fixtures.table_snapshot import snapshot, snapshot_without_due_times

COUNTER_KEY = Key("COUNTER", "X")
FaultInjector = Callable[..., ScriptedClient]


@pytest.fixture
def inject_faults(table: str, monkeypatch: pytest.MonkeyPatch) -> FaultInjector:
    """`inject_faults(fault, …)`: each of the next calls to DynamoDB meets one of the faults, in order."""
    return partial(script_responses, monkeypatch)


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses between attempts in seconds. They advance a fake clock; the test does not wait."""
    slept: list[float] = []
    fake = SimpleNamespace(monotonic=lambda: sum(slept), sleep=slept.append)
    monkeypatch.setattr(transaction, "time", fake)
    return slept


def lose_response(real: Any, operation: str, arguments: dict[str, Any]) -> Any:
    """Applies the write and loses its response."""
    real(operation, arguments)
    raise ReadTimeoutError(endpoint_url="http://db")


def counting_transaction() -> Transaction:
    """A transaction that must not be applied twice."""
    pending = Transaction()
    pending.update("count", COUNTER_KEY, [Throttle.kind.set("throttle"), Throttle.failures.add(1)], None)
    pending.put("once", EmailAddress.build(Key("ONCE", "X"), user_id="usr_1"))
    return pending


def counter_values() -> list[int]:
    return [int(item["failures"]["N"]) for key, item in snapshot().items() if key == COUNTER_KEY]


TRANSIENT_FAULTS = {
    "F47 conflict": cancel_transaction("TransactionConflict"),
    "F46 throttled transaction item": cancel_transaction("ThrottlingError"),
    "F46 transaction item over capacity": cancel_transaction("ProvisionedThroughputExceeded"),
    "internal error of a transaction item": cancel_transaction("InternalServerError"),
    "F48 in progress": client_error("TransactionInProgressException"),
    "F46 throttled": client_error("ThrottlingException"),
    "F46 over capacity": client_error("ProvisionedThroughputExceededException"),
    "F46 over the limit": client_error("RequestLimitExceeded"),
    "internal error": client_error("InternalServerError", status=500),
    "unavailable": client_error("ServiceUnavailable", status=503),
    "no connection": EndpointConnectionError(endpoint_url="http://db"),
    "connection closed": ConnectionClosedError(endpoint_url="http://db"),
    "no response": ReadTimeoutError(endpoint_url="http://db"),
    "F49 lost response": lose_response,
}


@pytest.mark.parametrize("name", TRANSIENT_FAULTS)
def test_f46_f47_f48_f49_transient_fault_is_retried_and_written_once(
    inject_faults: FaultInjector, pauses: list[float], name: str
) -> None:
    client = inject_faults(TRANSIENT_FAULTS[name], TRANSIENT_FAULTS[name])
    assert counting_transaction().commit() == {}
    assert counter_values() == [1]
    assert len(client.tokens) == 3
    assert len(set(client.tokens)) == 1
    assert len(pauses) == 2


@pytest.mark.parametrize("name", TRANSIENT_FAULTS)
def test_f46_f47_f48_f49_permanent_fault_raises_store_unavailable_503(
    inject_faults: FaultInjector, pauses: list[float], name: str
) -> None:
    client = inject_faults(*[TRANSIENT_FAULTS[name]] * 99)
    with pytest.raises(StoreUnavailable) as raised:
        counting_transaction().commit()
    assert (raised.value.status, raised.value.code) == (503, "store_unavailable")
    assert int(raised.value.headers["Retry-After"]) > 0
    assert len(client.calls) == MAX_ATTEMPTS
    client.responses.clear()
    assert counter_values() == ([1] if name == "F49 lost response" else [])


def test_transaction_retry_pauses_grow_with_jitter(inject_faults: FaultInjector, pauses: list[float]) -> None:
    runs = []
    for _ in range(20):
        inject_faults(*[TRANSIENT_FAULTS["F47 conflict"]] * MAX_ATTEMPTS)
        with pytest.raises(StoreUnavailable):
            counting_transaction().commit()
        runs.append(list(pauses))
        pauses.clear()
    assert all(len(run) == MAX_ATTEMPTS - 1 for run in runs)
    for number, longest in enumerate((0.06, 0.12, 0.24, 0.48)):
        assert all(longest / 2 <= run[number] <= longest for run in runs)
        assert len({run[number] for run in runs}) > 10


def test_transaction_retry_stops_early_when_attempts_are_slow(
    inject_faults: FaultInjector, pauses: list[float]
) -> None:
    def slow(*_: Any) -> Any:
        pauses.append(5.0)
        raise ReadTimeoutError(endpoint_url="http://db")

    client = inject_faults(*[slow] * 99)
    with pytest.raises(StoreUnavailable):
        counting_transaction().commit()
    assert len(client.calls) == 2


def test_transaction_uses_a_unique_client_request_token(inject_faults: FaultInjector) -> None:
    client = inject_faults()
    for number in range(5):
        pending = Transaction()
        pending.put("email", EmailAddress.build(Key(f"OWN#{number}", "X"), user_id="usr_1"))
        assert not pending.commit()
    assert len(set(client.tokens)) == 5


def test_transaction_failed_condition_with_conflict_is_not_retried(
    inject_faults: FaultInjector, pauses: list[float]
) -> None:
    client = inject_faults(
        client_error("TransactionCanceledException", ["ConditionalCheckFailed", "TransactionConflict"])
    )
    pending = Transaction()
    pending.put("second", EmailAddress.build(Key("P", "1"), user_id="usr_1"))
    pending.check("first", Key("P", "2"), Course.pk.does_not_exist())
    assert pending.commit() == {"first": None}, "checks are sent before puts"
    assert (len(client.calls), pauses) == (1, [])


@pytest.mark.parametrize(
    "fault",
    [
        client_error("ValidationException"),
        client_error("AccessDeniedException"),
        client_error("IdempotentParameterMismatchException"),
        client_error("ResourceNotFoundException"),
        cancel_transaction("ValidationError"),
        cancel_transaction("ItemCollectionSizeLimitExceeded"),
    ],
)
def test_transaction_non_retryable_error_is_raised_after_one_attempt(
    inject_faults: FaultInjector, pauses: list[float], fault: Any
) -> None:
    client = inject_faults(fault)
    with pytest.raises(TransactWriteError):
        counting_transaction().commit()
    assert (len(client.calls), pauses) == (1, [])


@pytest.mark.parametrize("name", ["F47 conflict", "F46 throttled", "F48 in progress", "no response"])
def test_f46_f47_f48_busy_store_returns_503_and_changes_nothing(
    shop: Storefront, student: Api, inject_faults: FaultInjector, pauses: list[float], name: str
) -> None:
    order_id = shop.create_order(student)["order_id"]
    checkout = shop.pay(order_id)
    before = snapshot_without_due_times()

    def fail_transactions(real: Any, operation: str, arguments: dict[str, Any]) -> Any:
        if operation == "TransactWriteItems":
            return ScriptedClient(real, [TRANSIENT_FAULTS[name]])(operation, arguments)
        return real(operation, arguments)

    client = inject_faults(*[fail_transactions] * 99)
    for reply in (shop.verify(student, checkout), *shop.deliver("payment.captured")):
        assert (reply.status, reply.code) == (503, "store_unavailable")
        assert int(reply.headers["Retry-After"]) > 0
    shop.clock.advance(minutes=6)
    assert shop.sweep() == {"deferred": 1}
    client.responses.clear()
    assert snapshot_without_due_times() == before
    assert shop.verify(student, checkout).status == 200
    assert {reply.status for reply in shop.deliver(redeliver=True)} == {200}
    assert shop.states(student, order_id) == ("captured", "active")


def test_f49_purchase_with_every_response_lost_once_settles_once(
    shop: Storefront, student: Api, inject_faults: FaultInjector, pauses: list[float]
) -> None:
    def lose_first_response(real: Any, operation: str, arguments: dict[str, Any]) -> Any:
        response = real(operation, arguments)
        token = arguments.get("ClientRequestToken")
        if token and token not in lost_tokens:
            lost_tokens.append(token)
            raise ReadTimeoutError(endpoint_url="http://db")
        return response

    lost_tokens: list[str] = []
    inject_faults(*[lose_first_response] * 999)
    order_id = shop.create_order(student)["order_id"]
    checkout = shop.pay(order_id)
    assert shop.verify(student, checkout).json["payment"]["status"] == "authorized"
    assert {reply.status for reply in shop.deliver()} == {200}
    assert len(lost_tokens) >= 3
    assert shop.states(student, order_id) == ("captured", "active")
    assert shop.payment(order_id).captured_amount == PRICE
    assert shop.payment(order_id).version == 3
    [enrollment] = [item for item in store.query(keys.user(student.user_id).pk).items if item.KIND == "enrollment"]
    assert enrollment.version == shop.enrollment(student).version == 2  # type: ignore[attr-defined]
