"""Faults of Razorpay's API while a round is played: no answer, a lost answer, errors, unreadable answers."""

import threading
from random import Random
from types import TracebackType
from typing import Final, Self

from tests.load.http_histories.processes.gateway import Gateway

_KINDS: Final = ("500", "502", "503", "bad_json", "drop", "lose_response", "lose_response", "lose_response")
_SECONDS: Final = (0.1, 1.5)


class GatewayFaults:
    """Injects a fault into the next call about every second, in the block."""

    def __init__(self, gateway: Gateway, random: Random) -> None:
        self._gateway, self._random = gateway, random
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="gateway-faults", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        self._thread.join()
        self._gateway.settings({"faults": []})

    def _run(self) -> None:
        while not self._stopping.wait(self._random.uniform(*_SECONDS)):
            fault = {"kind": self._random.choice(_KINDS), "times": self._random.choice((1, 1, 3))}
            self._gateway.settings({"faults": [fault]})
