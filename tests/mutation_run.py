"""Runs mutmut for `make mutants`: `python -m tests.mutation_run run [--max-children N] [mutant …]`.

mutmut runs, for each mutant, every test that executes the mutated function. Nearly every test executes a function of
the data layer, and collecting a thousand tests takes longer than running the one that fails. So each mutant gets its
tests in batches: first those that detected another mutant of the function, then the fastest ones, then the rest. The
result is the same, because a mutant survives only if all of its tests pass.

The table is in memory, also for the tests that run over a real engine in `make test`.
"""

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import pytest
from mutmut.__main__ import cli
from mutmut.runners.harness import PytestRunner
from mutmut.utils.file_utils import change_cwd
from mutmut.utils.format_utils import mangled_name_from_mutant_name
from mutmut.workers import isolation

from tests.mutation_batches import batches, in_order

_DETECTORS: Final = Path("mutants/detectors").resolve()
"""A file for each function: the ids of the tests that detected a mutant of it, the latest last."""


class FailedTest:
    """A pytest plugin that keeps the id of the first test that failed."""

    def __init__(self) -> None:
        self.id: str | None = None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and self.id is None:
            self.id = report.nodeid


class BatchedRunner(PytestRunner):
    """Runs the tests of a mutant in batches, those that are most likely to fail first."""

    def run_tests(self, *, mutant_name: str | None, tests: Iterable[str]) -> int:
        """The exit code of pytest: of the first batch that failed, otherwise 0. `tests` come fastest first."""
        if mutant_name is None:
            return int(super().run_tests(mutant_name=None, tests=tests))
        memory = _DETECTORS / mangled_name_from_mutant_name(mutant_name)
        for batch in batches(in_order(list(tests), _lines(memory))):
            failed = FailedTest()
            with change_cwd("mutants"):
                code = int(self.execute_pytest(self._pytest_args_regular_run(batch), plugins=[failed]))
            if code:
                _remember(memory, failed.id)
                return code
        return 0


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def _remember(path: Path, test_id: str | None) -> None:
    if test_id:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a") as file:
            file.write(f"{test_id}\n")


def main() -> None:
    os.environ["LMS_TEST_ENGINE"] = "memory"
    isolation.PytestRunner = BatchedRunner  # type: ignore[attr-defined]  # where mutmut creates its runner
    # The tests are imported from ./mutants, not from where this module was.
    del sys.modules["tests"], sys.modules["tests.mutation_batches"]
    cli()


if __name__ == "__main__":
    main()
