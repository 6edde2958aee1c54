"""Wait for an asynchronous effect: of another thread, of another process, or of a message."""

import time
from collections.abc import Callable
from typing import Final, TypeVar

T = TypeVar("T")

PATIENCE_SECONDS: Final = 60.0
"""How long a condition may take to come true on a busy machine."""
_PAUSE_SECONDS: Final = 0.02


def wait_until(condition: Callable[[], T], seconds: float = PATIENCE_SECONDS, *, pause: float = _PAUSE_SECONDS) -> T:
    """Call `condition` every `pause` seconds until its result is true or `seconds` have passed; returns the last
    result."""
    deadline = time.monotonic() + seconds
    while not (result := condition()) and time.monotonic() < deadline:
        time.sleep(pause)
    return result
