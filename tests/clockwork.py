"""A clock that stands still until a test moves it, shared by the product and the gateway stand-in."""

from datetime import UTC, datetime, timedelta


class StandingClock:
    def __init__(self) -> None:
        self.at = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def seconds(self) -> float:
        return self.at.timestamp()

    def pass_time(self, **duration: float) -> None:
        self.at += timedelta(**duration)
