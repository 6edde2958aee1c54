"""A clock that stands still until a test moves it, shared by the product and the gateway stand-in."""

from datetime import UTC, datetime, timedelta


class FakeClock:
    def __init__(self) -> None:
        self.current_time = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.current_time

    def seconds(self) -> float:
        return self.current_time.timestamp()

    def advance(self, **duration: float) -> None:
        self.current_time += timedelta(**duration)
