"""Runs mutmut for `make mutants`: `python -m tests.mutation_run run [--max-children N] [mutant …]`.

mutmut runs, for each mutant, every test that executes the mutated function. Nearly every test executes a function of
the data layer, and collecting a thousand tests takes longer than running the one that fails. So each mutant gets its
tests in batches: first those that detected another mutant of the function, then those with a similar name, then the
fastest ones. The result is the same, because a mutant survives only if all of its tests pass.

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
_DETECTED: Final = 1
"""The exit code of pytest when a test failed."""
_ARGUMENTS: Final = ("-p", "no:unraisableexception")
"""That plugin collects garbage five times after each batch, which takes longer than a test."""


class Detector:
    """A pytest plugin that ends the process of a mutant at the first test that fails, and keeps its id in `memory`."""

    def __init__(self, memory: Path) -> None:
        self._memory = memory

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            _remember(self._memory, report.nodeid)
            os._exit(_DETECTED)


class BatchedRunner(PytestRunner):
    """Runs the tests of a mutant in batches, those that are most likely to fail first."""

    def run_tests(self, *, mutant_name: str | None, tests: Iterable[str]) -> int:
        """The exit code of pytest: of the first batch with an error, otherwise 0. `tests` come fastest first."""
        if mutant_name is None:
            return int(super().run_tests(mutant_name=None, tests=tests))
        function = mangled_name_from_mutant_name(mutant_name)
        memory = _DETECTORS / function
        for batch in batches(in_order(list(tests), function, _lines(memory))):
            arguments = [*_ARGUMENTS, *self._pytest_args_regular_run(batch)]
            with change_cwd("mutants"):
                code = int(self.execute_pytest(arguments, plugins=[Detector(memory)]))
            if code:
                return code
        return 0


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def _remember(path: Path, test_id: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        file.write(f"{test_id}\n")


def main() -> None:
    os.environ["LMS_TEST_ENGINE"] = "memory"
    setattr(isolation, "PytestRunner", BatchedRunner)  # noqa: B010 (mutmut creates its runner by this name)
    # The tests are imported from ./mutants, not from where this module was.
    del sys.modules["tests"], sys.modules["tests.mutation_batches"]
    cli()


if __name__ == "__main__":
    main()
