"""Import the Lambda handlers, and import them again when a file changes, without stopping the server."""

import importlib
import importlib.util
import sys
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from functions.manifest import function_name
from local.api_gateway.routes import Route, RouteTable

Handler = Callable[[dict[str, Any], Any], Any]


@dataclass(frozen=True)
class LambdaFunction:
    """One Lambda function: its name ("payments-webhook") and its `lambda_handler`."""

    name: str
    handler: Handler


@dataclass(frozen=True)
class LoadedHandlers:
    """The handlers of one load of the code. `default` handles requests that match no route."""

    routes: RouteTable
    default: LambdaFunction
    stream: LambdaFunction
    sweep: LambdaFunction
    reconciliation: LambdaFunction


class HandlerLoader:
    """`current` is always one complete, working load; a caller that holds it can use it after a reload.

    `manifest`: the module that names the handlers. `packages`: the top-level packages that a reload removes and
    imports again; all other modules stay loaded, which makes a reload quick. The first load is a fresh import too:
    modules that this process has imported before, with their caches, are set aside and restored by `close`.
    """

    def __init__(
        self, manifest: str = "functions.manifest", packages: tuple[str, ...] = ("functions", "shared")
    ) -> None:
        self._manifest = manifest
        self._packages = packages
        self._reload_lock = threading.Lock()
        self._saved_modules = self._remove_modules()
        try:
            self.current = self._load()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Restore the modules that were imported before the first load."""
        self._remove_modules()
        sys.modules.update(self._saved_modules)

    def call_stream_handler(self, event: dict[str, Any], context: Any) -> Any:
        """Call the stream handler of the current load."""
        return self.current.stream.handler(event, context)

    def call_sweep_handler(self, event: dict[str, Any], context: Any) -> Any:
        """Call the scheduled sweep handler of the current load."""
        return self.current.sweep.handler(event, context)

    def call_reconcile_handler(self, event: dict[str, Any], context: Any) -> Any:
        """Call the scheduled reconciliation handler of the current load."""
        return self.current.reconciliation.handler(event, context)

    def reload(self, changed: Iterable[Path] = ()) -> float:
        """Import the packages again; returns the duration in seconds. An exception of the import is raised and leaves
        the previous load in place."""
        with self._reload_lock:
            started = time.perf_counter()
            for path in changed:
                # Python compares a compiled file with its source by whole seconds and size, so it would miss the
                # second of two quick edits.
                Path(importlib.util.cache_from_source(str(path))).unlink(missing_ok=True)
            importlib.invalidate_caches()
            old = self._remove_modules()
            try:
                self.current = self._load()
            except BaseException:
                self._remove_modules()
                sys.modules.update(old)
                raise
            return time.perf_counter() - started

    def _remove_modules(self) -> dict[str, ModuleType]:
        names = [name for name in sys.modules if name.partition(".")[0] in self._packages]
        return {name: sys.modules.pop(name) for name in names}

    def _load(self) -> LoadedHandlers:
        manifest = importlib.import_module(self._manifest)
        routes = [
            Route(route.method, route.path, target)
            for module in manifest.HTTP
            for target in [_lambda_function(module)]
            for route in sys.modules[module].app.routes
        ]
        return LoadedHandlers(
            RouteTable(routes),
            _lambda_function(manifest.DEFAULT),
            _lambda_function(manifest.STREAM),
            _lambda_function(manifest.SWEEP),
            _lambda_function(manifest.RECONCILE),
        )


def _lambda_function(module: str) -> LambdaFunction:
    return LambdaFunction(function_name(module), importlib.import_module(module).lambda_handler)
