"""What the journey prints, and how many of its steps held."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx


class Broken(Exception):
    """A step did not hold; the message says what was there instead."""


class Teller:
    """Tells each step when it is over: whether it held, and its calls. `held` and `broken` count steps."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._lines: list[str] = []
        self.held = 0
        self.broken = 0

    @contextmanager
    def chapter(self, title: str) -> Iterator[None]:
        """Steps that build on each other: the first that does not hold ends the chapter, and the next one begins."""
        self._say(f"\n{title}")
        try:
            yield
        except Broken:
            self._say("    the rest of this chapter was not played")

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Raises Broken, told, for whatever the block finds wrong, and for a server that does not answer."""
        self._lines = []
        try:
            yield
        except (Broken, httpx.HTTPError, KeyError, IndexError, TypeError, ValueError) as wrong:
            self.broken += 1
            self._tell("✗", title)
            self._say(f"      {wrong if isinstance(wrong, Broken) else f'{type(wrong).__name__}: {wrong}'}")
            raise Broken(str(wrong)) from wrong
        self.held += 1
        self._tell("✓", title)

    def note(self, line: str) -> int:
        """A line about a call of this step; the number under which `amend` completes it."""
        self._lines.append(line)
        return len(self._lines) - 1

    def amend(self, number: int, more: str) -> None:
        self._lines[number] += more

    def summary(self) -> str:
        total = self.held + self.broken
        return f"{self.held} of {total} steps held" if self.broken else f"all {total} steps held"

    def _tell(self, mark: str, title: str) -> None:
        self._say(f"  {mark} {title}")
        for line in self._lines:
            self._say(f"      {line}")
