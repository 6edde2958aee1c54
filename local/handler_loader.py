"""The handlers' code: loaded once, and anew when a file changes, without stopping."""

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

from local.api_gateway.routes import Route, RouteTable

Handler = Callable[[dict[str, Any], Any], Any]


@dataclass(frozen=True)
class LambdaFunction:
    """One Lambda function: its name ("payments-webhook") and its `lambda_handler`."""

    name: str
    handler: Handler


@dataclass(frozen=True)
class LoadedHandlers:
    """One generation of the code. `default` takes what no route matches."""

    routes: RouteTable
    default: LambdaFunction
    stream: LambdaFunction
    sweep: LambdaFunction


class HandlerLoader:
    """`current` is always a whole, working generation; who has taken it may go on using it after a reload.

    `manifest`: the module that names the handlers. `packages`: the top-level packages that are dropped and imported
    anew; everything else stays, which is why a reload is quick. The first load is a fresh one too: what another part
    of this process has imported, with what it has cached, is put aside until `close`.
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
        """Put back the modules that were there before."""
        self._remove_modules()
        sys.modules.update(self._saved_modules)

    def call_stream_handler(self, event: dict[str, Any], context: Any) -> Any:
        """The stream's handler of the generation of this moment."""
        return self.current.stream.handler(event, context)

    def call_sweep_handler(self, event: dict[str, Any], context: Any) -> Any:
        """The scheduled handler of the generation of this moment."""
        return self.current.sweep.handler(event, context)

    def reload(self, changed: Iterable[Path] = ()) -> float:
        """Import everything anew; seconds it took. Raises what the import raises, and then nothing has changed."""
        with self._reload_lock:
            started = time.perf_counter()
            for path in changed:
                # A compiled file is told from its source by whole seconds and size: two quick edits look the same.
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
        )


def _lambda_function(module: str) -> LambdaFunction:
    """ "functions.payments.webhook_handler" is the function "payments-webhook", "functions.auth.handler" is "auth"."""
    parts = module.split(".")[-2:]
    name = "-".join(parts).removesuffix("handler").rstrip("-_").replace("_", "-")
    return LambdaFunction(name, importlib.import_module(module).lambda_handler)
