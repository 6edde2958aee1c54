"""Random faults of outbound calls."""

from random import Random
from typing import Final

CRASH_FAULTS: Final = ("crash_before", "crash_after")
_READ_FAULTS: Final = (*CRASH_FAULTS, "timeout", "throttled")
_WRITE_FAULTS: Final = (
    *CRASH_FAULTS,
    "lost_response",
    "lost_response",
    "sent_twice",
    "timeout",
    "throttled",
    "conflict",
)

DYNAMODB_FAULTS: Final = {
    "GetItem": _READ_FAULTS,
    "Query": (*_READ_FAULTS, "stale", "stale", "stale"),
    "Scan": _READ_FAULTS,
    "BatchGetItem": (*_READ_FAULTS, "unprocessed"),
    "BatchWriteItem": _WRITE_FAULTS,
    "PutItem": _WRITE_FAULTS,
    "UpdateItem": _WRITE_FAULTS,
    "DeleteItem": _WRITE_FAULTS,
    "TransactWriteItems": (*_WRITE_FAULTS, "in_progress"),
}
RAZORPAY_FAULTS: Final = (
    *CRASH_FAULTS,
    "429",
    "500",
    "502",
    "503",
    "bad_json",
    "null_error",
    "hang",
    "drop",
    "lose_response",
    "lose_response",
)
OUTAGE_FAULTS: Final = ("502", "503", "drop", "hang")
RESPONSE_FAULTS: Final = ("lost",)
"""The handler has done its work, but the client gets no response."""


class FaultInjector:
    """`rate` is the probability of a fault per call; 0 injects none."""

    def __init__(self, random: Random, rate: float) -> None:
        self.random = random
        self.rate = rate

    def draw(self, kinds: tuple[str, ...]) -> str | None:
        if not self.rate or self.random.random() >= self.rate:
            return None
        return self.random.choice(kinds)
