"""Wait for something that happens elsewhere: in another thread, in another process, or when a message arrives."""

import time
from collections.abc import Callable
from typing import Final, TypeVar

T = TypeVar("T")

PATIENCE_SECONDS: Final = 60.0
"""How long a condition may take to come true on a machine that is busy with something else."""
_PAUSE_SECONDS: Final = 0.02


def wait_until(condition: Callable[[], T], seconds: float = PATIENCE_SECONDS, *, pause: float = _PAUSE_SECONDS) -> T:
    """Calls `condition` every `pause` seconds until its answer is true, or `seconds` have passed. The last answer."""
    deadline = time.monotonic() + seconds
    while not (answer := condition()) and time.monotonic() < deadline:
        time.sleep(pause)
    return answer
