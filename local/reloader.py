"""Reload the handlers when their files change, and print one line for each reload."""

import sys
import threading
import traceback
from collections.abc import Iterable
from pathlib import Path

from watchfiles import PythonFilter, watch

from local.handler_loader import HandlerLoader


class Reloader:
    """Watches `folders` from `start` to `stop`; code that cannot be imported leaves the previous code in place."""

    def __init__(self, loader: HandlerLoader, folders: Iterable[Path], root: Path) -> None:
        self._loader = loader
        self._folders = tuple(folders)
        self._root = root
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="reload", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        for changes in watch(
            *self._folders,
            watch_filter=PythonFilter(),
            stop_event=self._stopping,
            step=20,
            debounce=200,
            rust_timeout=500,
        ):
            self._reload({Path(path) for _, path in changes})

    def _reload(self, changed: set[Path]) -> None:
        names = " ".join(sorted(".".join(path.relative_to(self._root).with_suffix("").parts) for path in changed))
        try:
            seconds = self._loader.reload(changed)
        except (Exception, SystemExit):  # noqa: BLE001 - no error in new code may stop the server
            traceback.print_exc()
            print(f"not reloaded: {names} cannot be imported, the previous code stays in use", file=sys.stderr)
        else:
            print(f"reloaded {names} in {seconds:.2f} s", flush=True)
