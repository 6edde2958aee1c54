"""Start and stop the fake."""

import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from local.asgi.server import RunningServer
from local.cloudinary.app import FakeCloudinaryApp
from local.cloudinary.settings import FakeCloudinarySettings


class RunningFakeCloudinary:
    """A fake that serves HTTP until `stop()`; also a context manager."""

    def __init__(self, settings: FakeCloudinarySettings, now: Callable[[], float] = time.time) -> None:
        self.application = FakeCloudinaryApp(settings, now)
        self._server = RunningServer(self.application, settings.host, settings.port)
        self.port, self.url = self._server.port, self._server.url

    def stop(self) -> None:
        self._server.stop()
        self.application.notifications.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def serve(settings: FakeCloudinarySettings, now: Callable[[], float] = time.time) -> RunningFakeCloudinary:
    """Start the fake; `url` and `port` are the bound ones. `now` returns unix seconds."""
    return RunningFakeCloudinary(settings, now)
