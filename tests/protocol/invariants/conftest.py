"""A check of the invariants never waits here, and each test may run the projector."""

from collections.abc import Callable
from typing import Any

import pytest

from functions.dashboards import projector_handler
from functions.payments.invariants import confirmation
from tests.fixtures.memory_dynamodb.client import MemoryDynamoDb


@pytest.fixture(autouse=True)
def no_confirmation_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confirmation, "PAUSE_SECONDS", 0)


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
