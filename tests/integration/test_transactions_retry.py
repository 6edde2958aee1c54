"""F46 to F49: a busy store is asked again, a lost answer is asked for again, and nothing is ever written twice."""

from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError, EndpointConnectionError, ReadTimeoutError
from pynamodb.exceptions import TransactWriteError

from shared.db import keys, store, transaction
from shared.db.entities import Course, EmailAddress, Throttle
from shared.db.keys import Key
from shared.db.transaction import MAX_ATTEMPTS, Transaction
from shared.errors import StoreUnavailable
from tests.api import Api
from tests.contents import apart_from_timers, contents
from tests.dynamodb import Client, cancelled, refused, stand
from tests.shop import PRICE, Shop

WHERE = Key("COUNTER", "X")
Meeting = Callable[..., Client]


@pytest.fixture
def meets(table: str, monkeypatch: pytest.MonkeyPatch) -> Meeting:
    """`meets(answer, …)`: what the next calls to DynamoDB get instead of an answer."""
    return partial(stand, monkeypatch)


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds that would have been slept; no time passes."""
    slept: list[float] = []
    quiet = SimpleNamespace(monotonic=lambda: sum(slept), sleep=slept.append)
    monkeypatch.setattr(transaction, "time", quiet)
    return slept


def lost(real: Any, operation: str, arguments: dict[str, Any]) -> Any:
    """The write is done and its answer is lost."""
    real(operation, arguments)
    raise ReadTimeoutError(endpoint_url="http://db")


def counting() -> Transaction:
    """A transaction that must not be applied twice."""
    writing = Transaction()
    writing.update("count", WHERE, [Throttle.kind.set("throttle"), Throttle.failures.add(1)], None)
    writing.put("once", EmailAddress.build(Key("ONCE", "X"), user_id="usr_1"))
    return writing


def counted() -> list[int]:
    return [int(item["failures"]["N"]) for key, item in contents().items() if key == WHERE]


BUSY = {
    "F47 conflict": cancelled("TransactionConflict"),
    "F46 throttled inside": cancelled("ThrottlingError"),
    "F46 over capacity inside": cancelled("ProvisionedThroughputExceeded"),
    "a fault inside": cancelled("InternalServerError"),
    "F48 in progress": refused("TransactionInProgressException"),
    "F46 throttled": refused("ThrottlingException"),
    "F46 over capacity": refused("ProvisionedThroughputExceededException"),
    "F46 over the limit": refused("RequestLimitExceeded"),
    "a fault": refused("InternalServerError", status=500),
    "unavailable": refused("ServiceUnavailable", status=503),
    "no connection": EndpointConnectionError(endpoint_url="http://db"),
    "closed": ConnectionClosedError(endpoint_url="http://db"),
    "no answer": ReadTimeoutError(endpoint_url="http://db"),
    "F49 lost answer": lost,
}


@pytest.mark.parametrize("name", BUSY)
def test_f46_f47_f48_f49_what_passes_is_tried_again_and_written_once(
    meets: Meeting, pauses: list[float], name: str
) -> None:
    client = meets(BUSY[name], BUSY[name])
    assert counting().commit() == {}
    assert counted() == [1]
    assert len(client.tokens) == 3
    assert len(set(client.tokens)) == 1
    assert len(pauses) == 2


@pytest.mark.parametrize("name", BUSY)
def test_f46_f47_f48_f49_what_does_not_pass_ends_in_a_503(meets: Meeting, pauses: list[float], name: str) -> None:
    client = meets(*[BUSY[name]] * 99)
    with pytest.raises(StoreUnavailable) as told:
        counting().commit()
    assert (told.value.status, told.value.code) == (503, "store_unavailable")
    assert int(told.value.headers["Retry-After"]) > 0
    assert len(client.calls) == MAX_ATTEMPTS
    client.answers.clear()
    assert counted() == ([1] if name == "F49 lost answer" else [])


def test_pauses_grow_and_differ(meets: Meeting, pauses: list[float]) -> None:
    runs = []
    for _ in range(20):
        meets(*[BUSY["F47 conflict"]] * MAX_ATTEMPTS)
        with pytest.raises(StoreUnavailable):
            counting().commit()
        runs.append(list(pauses))
        pauses.clear()
    assert all(len(run) == MAX_ATTEMPTS - 1 for run in runs)
    for number, longest in enumerate((0.06, 0.12, 0.24, 0.48)):
        assert all(longest / 2 <= run[number] <= longest for run in runs)
        assert len({run[number] for run in runs}) > 10


def test_patience_ends_when_each_try_takes_long(meets: Meeting, pauses: list[float]) -> None:
    def slow(*_: Any) -> Any:
        pauses.append(5.0)
        raise ReadTimeoutError(endpoint_url="http://db")

    client = meets(*[slow] * 99)
    with pytest.raises(StoreUnavailable):
        counting().commit()
    assert len(client.calls) == 2


def test_each_transaction_has_a_token_of_its_own(meets: Meeting) -> None:
    client = meets()
    for number in range(5):
        writing = Transaction()
        writing.put("it", EmailAddress.build(Key(f"OWN#{number}", "X"), user_id="usr_1"))
        assert not writing.commit()
    assert len(set(client.tokens)) == 5


def test_a_failed_condition_is_final_even_beside_a_conflict(meets: Meeting, pauses: list[float]) -> None:
    client = meets(refused("TransactionCanceledException", ["ConditionalCheckFailed", "TransactionConflict"]))
    writing = Transaction()
    writing.put("second", EmailAddress.build(Key("P", "1"), user_id="usr_1"))
    writing.check("first", Key("P", "2"), Course.pk.does_not_exist())
    assert writing.commit() == {"first": None}, "checks are sent before puts"
    assert (len(client.calls), pauses) == (1, [])


@pytest.mark.parametrize(
    "fault",
    [
        refused("ValidationException"),
        refused("AccessDeniedException"),
        refused("IdempotentParameterMismatchException"),
        refused("ResourceNotFoundException"),
        cancelled("ValidationError"),
        cancelled("ItemCollectionSizeLimitExceeded"),
    ],
)
def test_what_trying_again_cannot_mend_is_a_fault_at_once(meets: Meeting, pauses: list[float], fault: Any) -> None:
    client = meets(fault)
    with pytest.raises(TransactWriteError):
        counting().commit()
    assert (len(client.calls), pauses) == (1, [])


@pytest.mark.parametrize("name", ["F47 conflict", "F46 throttled", "F48 in progress", "no answer"])
def test_f46_f47_f48_a_busy_store_is_a_503_of_the_api_and_nothing_happened(
    shop: Shop, student: Api, meets: Meeting, pauses: list[float], name: str
) -> None:
    order_id = shop.order(student)["order_id"]
    checkout = shop.pay(order_id)
    before = apart_from_timers()

    def only_writes(real: Any, operation: str, arguments: dict[str, Any]) -> Any:
        if operation == "TransactWriteItems":
            return Client(real, [BUSY[name]])(operation, arguments)
        return real(operation, arguments)

    client = meets(*[only_writes] * 99)
    for reply in (shop.verify(student, checkout), *shop.deliver("payment.captured")):
        assert (reply.status, reply.code) == (503, "store_unavailable")
        assert int(reply.headers["Retry-After"]) > 0
    shop.time.pass_time(minutes=6)
    assert shop.sweep() == {"deferred": 1}
    client.answers.clear()
    assert apart_from_timers() == before
    assert shop.verify(student, checkout).status == 200
    assert {reply.status for reply in shop.deliver(again=True)} == {200}
    assert shop.states(student, order_id) == ("captured", "active")


def test_f49_every_answer_of_a_purchase_is_lost_once_and_it_is_one_purchase(
    shop: Shop, student: Api, meets: Meeting, pauses: list[float]
) -> None:
    def lost_once(real: Any, operation: str, arguments: dict[str, Any]) -> Any:
        answer = real(operation, arguments)
        token = arguments.get("ClientRequestToken")
        if token and token not in lost_tokens:
            lost_tokens.append(token)
            raise ReadTimeoutError(endpoint_url="http://db")
        return answer

    lost_tokens: list[str] = []
    meets(*[lost_once] * 999)
    order_id = shop.order(student)["order_id"]
    checkout = shop.pay(order_id)
    assert shop.verify(student, checkout).json["payment"]["status"] == "authorized"
    assert {reply.status for reply in shop.deliver()} == {200}
    assert len(lost_tokens) >= 3
    assert shop.states(student, order_id) == ("captured", "active")
    assert shop.payment(order_id).captured_amount == PRICE
    assert shop.payment(order_id).version == 3
    [enrollment] = [item for item in store.query(keys.user(student.user_id).pk).items if item.KIND == "enrollment"]
    assert enrollment.version == shop.enrollment(student).version == 2  # type: ignore[attr-defined]
