"""Defer signals during a critical step: a process that was just started must be registered, or nothing stops it."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class _Deferral:
    """Replaces the signal handlers from `install` to `remove`. While `holding`, a signal is only queued."""

    def __init__(self) -> None:
        self.holding = False
        self._pending: list[int] = []
        self._handlers: dict[int, Callable[[int, FrameType | None], Any]] = {}

    def install(self) -> None:
        for number in _SIGNALS:
            handler = signal.getsignal(number)
            if callable(handler):  # leave SIG_IGN and SIG_DFL in place
                self._handlers[number] = handler
                signal.signal(number, self._handle)

    def remove(self) -> None:
        for number, handler in self._handlers.items():
            signal.signal(number, handler)

    def deliver(self) -> None:
        """Call the handlers of the queued signals. Their exceptions propagate, usually KeyboardInterrupt."""
        while self._pending:
            number = self._pending.pop(0)
            self._handlers[number](number, None)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self.holding:
            self._pending.append(number)
        else:
            self._handlers[number](number, frame)


_current: _Deferral | None = None


@contextmanager
def deferred() -> Iterator[None]:
    """Inside the block SIGINT, SIGTERM and SIGHUP are queued; their handlers run when the block ends.

    No effect inside another such block, or outside the main thread, where Python runs no signal handlers.
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
    """Inside a block of `deferred`: run signal handlers immediately, for a step that may take long and leaves nothing
    behind when it is interrupted. No effect elsewhere."""
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
