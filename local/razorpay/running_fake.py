"""Start and stop the fake."""

from types import TracebackType
from typing import Self

from local.asgi.server import RunningServer
from local.razorpay.api.app import FakeRazorpayApp
from local.razorpay.background import BackgroundWorker
from local.razorpay.fake_razorpay import FakeRazorpay
from local.razorpay.settings import FakeRazorpaySettings
from local.razorpay.state.clock import Clock
from local.razorpay.state.state_file import load


class RunningFakeRazorpay:
    """A fake that serves HTTP and delivers webhooks until `stop()`; also a context manager."""

    def __init__(self, settings: FakeRazorpaySettings, clock: Clock | None = None) -> None:
        self.fake = FakeRazorpay(settings, clock)
        if settings.state_file is not None:
            settings.state_file.parent.mkdir(parents=True, exist_ok=True)
            if settings.state_file.exists():
                load(settings.state_file, self.fake)
        self._server = RunningServer(FakeRazorpayApp(self.fake), settings.host, settings.port)
        self.port, self.url = self._server.port, self._server.url
        self._background = BackgroundWorker(self.fake, settings.state_file)
        self._background.start()

    def stop(self) -> None:
        self._server.stop()
        self._background.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def serve(settings: FakeRazorpaySettings, clock: Clock | None = None) -> RunningFakeRazorpay:
    """Start the fake; `url` and `port` are the bound ones. Loads the state from `settings.state_file` if it exists."""
    return RunningFakeRazorpay(settings, clock)
