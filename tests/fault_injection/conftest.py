"""Fixtures: the engine's endpoint, in a full run behind the fault proxy, and the client that the product uses."""

import os
import time as real_time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.config import Config

from local.dynamodb.engine import Engine
from shared.db.table import base
from tests.fault_injection.faults import READ_TIMEOUT, proxy_rules

FULL_RUN = "LMS_TEST_ENGINE" in os.environ
"""Whether `make test-engines` runs, which selects the engine: then all cases run, through the proxy."""
QUICK_RUN = "LMS_ENGINE_FEW" in os.environ
"""Whether `make test-engines FEW=1` runs: every flow with one fault, and every fault with at least one flow."""


@pytest.fixture(scope="session")
def faulty_endpoint(engine: Engine) -> Iterator[str]:
    """The engine's endpoint; in a full run that of a proxy, which injects the fault that a request's header names."""
    if not FULL_RUN:
        yield engine.endpoint
        return
    from tests.fixtures.fault_proxy import FaultProxy

    proxy = FaultProxy(engine.endpoint, proxy_rules())
    yield proxy.endpoint
    proxy.stop()


@pytest.fixture(scope="session")
def faulty_client(faulty_endpoint: str) -> Iterator[Any]:
    """A client like the product's own (`shared.db.table.base`), with a shorter read timeout."""
    import botocore.session

    client = botocore.session.Session().create_client(
        "dynamodb",
        region_name="ap-south-1",
        endpoint_url=faulty_endpoint,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(
            parameter_validation=False,
            connect_timeout=1,
            read_timeout=READ_TIMEOUT,
            max_pool_connections=50,
            retries={"total_max_attempts": 3, "mode": "standard"},
        ),
    )
    yield client
    client.close()


@pytest.fixture
def faulty_dynamodb(table: str, faulty_client: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The client that the product uses in this test. Retries do not pause."""
    time_without_sleep = SimpleNamespace(
        sleep=lambda _: None, time=real_time.time, monotonic=real_time.monotonic, perf_counter=real_time.perf_counter
    )
    for module in ("botocore.endpoint", "shared.db.table.transaction", "shared.db.table.retry"):
        monkeypatch.setattr(f"{module}.time", time_without_sleep)
    base.table().connection._client = faulty_client
    return faulty_client
