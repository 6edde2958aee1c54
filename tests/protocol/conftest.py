"""The real handlers over a table in memory and a Razorpay fake in this process: a scenario takes a few milliseconds.

`shop` (tests/fixtures/storefront.py) acts as learner, webhook, sweep or admin. `gateway_calls` and `dynamodb.calls` are
the calls to Razorpay and to the table. stored_state.py reads what was stored.
"""

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import requests

from functions.dashboards import projector_handler
from functions.payments.polling import gateway_pace
from shared import observability
from shared.db.table import retry, transaction
from shared.gateways import razorpay
from tests.conftest import memory_table
from tests.fixtures.api import Api
from tests.fixtures.fake_clock import FakeClock
from tests.fixtures.memory_dynamodb.client import MemoryDynamoDb
from tests.fixtures.serial_pool import poll_serially
from tests.fixtures.storefront import Storefront


@pytest.fixture
def dynamodb(fake_clock: FakeClock) -> MemoryDynamoDb:
    return MemoryDynamoDb(fake_clock.seconds)


@pytest.fixture
def table(dynamodb: MemoryDynamoDb, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The table in memory, instead of the engine's table that every other test uses."""
    yield from memory_table(dynamodb, monkeypatch)


@pytest.fixture(autouse=True)
def sleeps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that the product would have slept; no test waits. Its monotonic clock counts only these seconds."""
    seconds: list[float] = []
    clocks = SimpleNamespace(sleep=seconds.append, monotonic=lambda: sum(seconds))
    for module in (razorpay, retry, transaction, gateway_pace):
        monkeypatch.setattr(module, "time", clocks)
    return seconds


@pytest.fixture(autouse=True)
def serial_polls(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sweep polls in one thread, in the order of its items."""
    poll_serially(monkeypatch)


@pytest.fixture
def gateway_calls(shop: Storefront, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every call to Razorpay from now on, with its body: `POST /v1/payments/pay_…/refund {"amount": 100}`."""
    calls: list[str] = []
    adapter = razorpay._razorpay().session.get_adapter("http://")
    send: Callable[..., requests.Response] = adapter.send

    def recorded(request: requests.PreparedRequest, **keywords: Any) -> requests.Response:
        body = (request.body or b"").decode() if isinstance(request.body, bytes) else request.body or ""
        calls.append(f"{request.method} {request.path_url} {body}".rstrip())
        return send(request, **keywords)

    monkeypatch.setattr(adapter, "send", recorded)
    return calls


@pytest.fixture(autouse=True)
def skip_version_lookup(table: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The razorpay package looks up its own version for every request, which takes as long as the rest of the call."""
    observability.logger()
    monkeypatch.setattr("razorpay.client.Client._get_version", lambda _: "2", raising=True)


@pytest.fixture
def refund_idempotency_keys(shop: Storefront) -> dict[str, tuple[str, str]]:
    """Every idempotency key that a refund was requested with."""
    return shop.gateway.ledger.refund_keys


@pytest.fixture
def paid_order_id(shop: Storefront, student: Api) -> str:
    """The order id of a captured payment."""
    order_id: str = shop.create_order(student)["order_id"]
    shop.pay(order_id)
    shop.deliver()
    shop.sweep()
    return order_id


@pytest.fixture
def abandoned_order_id(shop: Storefront, student: Api) -> str:
    """The order id of a learner who withdrew."""
    order_id: str = shop.create_order(student)["order_id"]
    shop.withdraw(student)
    return order_id


@pytest.fixture
def project(dynamodb: MemoryDynamoDb) -> Callable[[], int]:
    """`project()` sends the changes since the last call to the projector; returns their number."""
    done = 0

    def run() -> int:
        nonlocal done
        changes = dynamodb.changes[done:]
        done += len(changes)
        records = [stream_record(number, *images) for number, images in enumerate(changes)]
        assert projector_handler.lambda_handler({"Records": records}, None) == {"batchItemFailures": []}
        return len(changes)

    return run


def stream_record(number: int, old: dict[str, Any] | None, new: dict[str, Any] | None) -> dict[str, Any]:
    images = {name: image for name, image in (("OldImage", old), ("NewImage", new)) if image}
    return {"eventID": str(number), "dynamodb": {"SequenceNumber": str(number), **images}}
