"""The printed output of the scenarios, and the number of passed steps."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx


class StepFailed(Exception):
    """A step failed; the message has the unexpected value."""


class StepOutput:
    """Prints each step when it ends: its result and its calls. `passed` and `failed` count steps."""

    def __init__(self, print_line: Callable[[str], None]) -> None:
        self._print_line = print_line
        self._lines: list[str] = []
        self.passed = 0
        self.failed = 0

    @contextmanager
    def scenario(self, title: str) -> Iterator[None]:
        """A block of steps that depend on each other: the first failed step ends the scenario."""
        self._print_line(f"\n{title}")
        try:
            yield
        except StepFailed:
            self._print_line("    the remaining steps of this scenario were skipped")

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Print the result of the block. Raises StepFailed for an unexpected value and for a server that does not
        answer."""
        self._lines = []
        try:
            yield
        except (StepFailed, httpx.HTTPError, KeyError, IndexError, TypeError, ValueError) as error:
            self.failed += 1
            self._print_step("✗", title)
            self._print_line(f"      {error if isinstance(error, StepFailed) else f'{type(error).__name__}: {error}'}")
            raise StepFailed(str(error)) from error
        self.passed += 1
        self._print_step("✓", title)

    def add_line(self, line: str) -> int:
        """Add a line to the current step; returns its number for `extend_line`."""
        self._lines.append(line)
        return len(self._lines) - 1

    def extend_line(self, number: int, more: str) -> None:
        self._lines[number] += more

    def summary(self) -> str:
        total = self.passed + self.failed
        return f"{self.passed} of {total} steps passed" if self.failed else f"all {total} steps passed"

    def _print_step(self, mark: str, title: str) -> None:
        self._print_line(f"  {mark} {title}")
        for line in self._lines:
            self._print_line(f"      {line}")
