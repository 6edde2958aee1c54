"""`python -m tests.load.http_histories.processes.on_shared_clock COMMAND …`: as `python -m cli COMMAND …`, on the clock
of the batch. Nothing else differs, except how often `dev` reconciles."""

import importlib
import os
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

from cli.__main__ import main
from local import stack
from local.handler_loader import HandlerLoader, LoadedHandlers
from shared import clock
from tests.load.http_histories.processes.shared_clock import SharedClock

CLOCK_FILE: Final = "HTTP_HISTORIES_CLOCK_FILE"
"""The variable with the path of the clock's file."""
RECONCILE_SECONDS: Final = "HTTP_HISTORIES_RECONCILE_SECONDS"
"""The variable with the real seconds between two reconciliations of `dev`."""
_OVERRIDES: Final = ExitStack()
"""The clocks of the loaded modules, which stay overridden as long as the process runs."""


class ClockedHandlerLoader(HandlerLoader):
    """`dev` imports the product's modules anew, `shared.clock` too: each load gets the clock of the batch."""

    def _load(self) -> LoadedHandlers:
        loaded = super()._load()
        module: Any = importlib.import_module("shared.clock")
        _OVERRIDES.enter_context(module.override(_clock().now))
        return loaded


def _clock() -> SharedClock:
    return SharedClock(Path(os.environ[CLOCK_FILE]))


def run() -> None:
    seconds = float(os.environ.get(RECONCILE_SECONDS) or timedelta(days=1).total_seconds())
    with (
        patch.object(stack, "HandlerLoader", ClockedHandlerLoader),
        patch.object(stack, "RECONCILE_SECONDS", seconds),
        patch.object(stack, "NIGHTLY_SECONDS", timedelta(days=1).total_seconds()),
        clock.override(_clock().now),
    ):
        main()


if __name__ == "__main__":
    run()
