"""What the journey prints, and how many of its steps held."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx


class StepFailed(Exception):
    """A step did not hold; the message says what was there instead."""


class StepOutput:
    """Tells each step when it is over: whether it held, and its calls. `held` and `broken` count steps."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._print_line = say
        self._lines: list[str] = []
        self.passed = 0
        self.failed = 0

    @contextmanager
    def scenario(self, title: str) -> Iterator[None]:
        """Steps that build on each other: the first that does not hold ends the chapter, and the next one begins."""
        self._print_line(f"\n{title}")
        try:
            yield
        except StepFailed:
            self._print_line("    the rest of this chapter was not played")

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Raises Broken, told, for whatever the block finds wrong, and for a server that does not answer."""
        self._lines = []
        try:
            yield
        except (StepFailed, httpx.HTTPError, KeyError, IndexError, TypeError, ValueError) as wrong:
            self.failed += 1
            self._print_step("✗", title)
            self._print_line(f"      {wrong if isinstance(wrong, StepFailed) else f'{type(wrong).__name__}: {wrong}'}")
            raise StepFailed(str(wrong)) from wrong
        self.passed += 1
        self._print_step("✓", title)

    def add_line(self, line: str) -> int:
        """A line about a call of this step; the number under which `amend` completes it."""
        self._lines.append(line)
        return len(self._lines) - 1

    def extend_line(self, number: int, more: str) -> None:
        self._lines[number] += more

    def summary(self) -> str:
        total = self.passed + self.failed
        return f"{self.passed} of {total} steps held" if self.failed else f"all {total} steps held"

    def _print_step(self, mark: str, title: str) -> None:
        self._print_line(f"  {mark} {title}")
        for line in self._lines:
            self._print_line(f"      {line}")
