"""One clock for every process of a batch: the time of this machine, plus the seconds in a file, which only grow."""

import time
from datetime import UTC, datetime
from pathlib import Path


class SharedClock:
    """`file` holds the seconds that were added so far. A missing file is an error: a process without the clock of the
    others would write wrong times."""

    def __init__(self, file: Path) -> None:
        self.file = file

    @classmethod
    def create(cls, file: Path) -> "SharedClock":
        file.write_text("0.0")
        return cls(file)

    def seconds(self) -> float:
        """Unix seconds."""
        return time.time() + float(self.file.read_text())

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.seconds(), UTC)

    def advance(self, seconds: float) -> None:
        """Move the clock of all processes forward; another process reads the old or the new time, never a part."""
        new = self.file.with_suffix(".new")
        new.write_text(repr(float(self.file.read_text()) + seconds))
        new.replace(self.file)
