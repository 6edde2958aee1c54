"""Keep a signal from ending a step half-way: a process that was just started must be noted, so that it is stopped."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class _Deferral:
    """Takes the place of the signal handlers from `install` to `remove`. While `holding`, a signal is only noted."""

    def __init__(self) -> None:
        self.holding = False
        self._noted: list[int] = []
        self._handlers: dict[int, Callable[[int, FrameType | None], Any]] = {}

    def install(self) -> None:
        for number in _SIGNALS:
            handler = signal.getsignal(number)
            if callable(handler):  # a signal that is ignored, or ends the process outright, stays as it is
                self._handlers[number] = handler
                signal.signal(number, self._handle)

    def remove(self) -> None:
        for number, handler in self._handlers.items():
            signal.signal(number, handler)

    def deliver(self) -> None:
        """Calls the handlers of the signals that were noted. Raises what they raise, usually KeyboardInterrupt."""
        while self._noted:
            number = self._noted.pop(0)
            self._handlers[number](number, None)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self.holding:
            self._noted.append(number)
        else:
            self._handlers[number](number, frame)


_current: _Deferral | None = None


@contextmanager
def deferred() -> Iterator[None]:
    """Inside the block SIGINT, SIGTERM and SIGHUP are noted; their handlers are called when the block ends.

    Without effect inside another such block, and in any thread but the main one, where Python calls no handlers.
    """
    global _current
    if _current is not None or threading.current_thread() is not threading.main_thread():
        yield
        return
    deferral = _Deferral()
    try:
        deferral.install()
        _current, deferral.holding = deferral, True
        yield
    finally:
        _current, deferral.holding = None, False
        deferral.remove()
        deferral.deliver()


@contextmanager
def allowed() -> Iterator[None]:
    """Inside a block of `deferred`: calls the handlers at once again, for a step that may take long and leaves nothing
    behind when it is cut short. Without effect elsewhere."""
    deferral = _current
    if deferral is None or threading.current_thread() is not threading.main_thread():
        yield
        return
    try:
        deferral.holding = False
        deferral.deliver()
        yield
    finally:
        deferral.holding = True
