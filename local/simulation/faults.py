"""What can go wrong with an outbound call, by lot."""

from random import Random
from typing import Final

CRASHES: Final = ("crash_before", "crash_after")
_READ: Final = (*CRASHES, "timeout", "throttled")
_WRITE: Final = (*CRASHES, "lost_answer", "lost_answer", "sent_twice", "timeout", "throttled", "conflict")

OF_STORE: Final = {
    "GetItem": _READ,
    "Query": (*_READ, "stale", "stale", "stale"),
    "Scan": _READ,
    "BatchGetItem": (*_READ, "unprocessed"),
    "BatchWriteItem": _WRITE,
    "PutItem": _WRITE,
    "UpdateItem": _WRITE,
    "DeleteItem": _WRITE,
    "TransactWriteItems": (*_WRITE, "in_progress"),
}
OF_GATEWAY: Final = (
    *CRASHES,
    "429",
    "500",
    "502",
    "503",
    "bad_json",
    "null_error",
    "hang",
    "drop",
    "lose_answer",
    "lose_answer",
)
OUTAGE: Final = ("502", "503", "drop", "hang")
OF_ANSWER: Final = ("lost",)
"""The handler did its work, and its caller never heard of it."""


class Faults:
    """`rate` is how likely a call is to meet a fault; 0 when everything is well."""

    def __init__(self, random: Random, rate: float) -> None:
        self.random = random
        self.rate = rate

    def draw(self, kinds: tuple[str, ...]) -> str | None:
        if not self.rate or self.random.random() >= self.rate:
            return None
        return self.random.choice(kinds)
