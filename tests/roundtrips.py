"""Counts the calls to DynamoDB that a block of code makes, at the client: what a round-trip bar is asserted with."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from pynamodb.connection.base import Connection

from shared import clock
from shared.db.auth import revocations


@dataclass(frozen=True)
class Call:
    """`units` is the consumed capacity, read and write together; 0 where the engine tells none."""

    operation: str
    units: float


@dataclass
class RoundTrips:
    calls: list[Call] = field(default_factory=list)

    @property
    def operations(self) -> list[str]:
        """Names in the order they were called: ["Query", "TransactWriteItems"]."""
        return [call.operation for call in self.calls]

    @property
    def counts(self) -> dict[str, int]:
        return dict(Counter(self.operations))

    @property
    def units(self) -> float:
        return sum(call.units for call in self.calls)


@contextmanager
def recorded_roundtrips() -> Iterator[RoundTrips]:
    """Inside the block every call made by any thread is recorded, refused ones included.

    Whose tokens are revoked is read before: a process reads that at most every 30 seconds, not per request."""
    revocations.is_revoked("", clock.now())
    seen = RoundTrips()
    lock = threading.Lock()
    real = Connection._make_api_call

    def recorded(self: Connection, operation: str, arguments: dict[str, Any], *others: Any, **keywords: Any) -> Any:
        arguments = {**arguments, "ReturnConsumedCapacity": "TOTAL"}
        units = 0.0
        try:
            answer = real(self, operation, arguments, *others, **keywords)
            units = _units(answer.get("ConsumedCapacity"))
            return answer
        finally:
            with lock:
                seen.calls.append(Call(operation, units))

    with patch.object(Connection, "_make_api_call", recorded):
        yield seen


def _units(told: Any) -> float:
    if isinstance(told, list):
        return sum(_units(each) for each in told)
    return float((told or {}).get("CapacityUnits", 0))
