"""The clock of the local stack: that of this machine, except while demo data of past months is created."""

import time
from datetime import UTC, datetime


class LocalClock:
    """Unix seconds of this machine plus an offset. The functions and the fakes of one stack read the same clock."""

    def __init__(self) -> None:
        self._offset_seconds = 0.0

    def seconds(self) -> float:
        return time.time() + self._offset_seconds

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.seconds(), UTC)

    def move_to(self, moment: datetime) -> None:
        """Continue from that moment, at the usual speed."""
        self._offset_seconds = moment.timestamp() - time.time()

    def reset(self) -> None:
        """Continue with the time of this machine."""
        self._offset_seconds = 0.0
