"""The product in a sandbox: inside it, this process's time, ids, randomness, table and Razorpay are those of the
current history."""

import functools
import importlib
import logging
import os
import sys
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from datetime import datetime
from random import Random
from types import ModuleType, SimpleNamespace
from typing import Any, Self
from unittest.mock import patch

from functions import manifest
from shared import clock, config, ids, observability
from shared.db.auth import revocations
from shared.db.table import base, store
from shared.gateways import razorpay
from shared.http import auth
from shared.tokens import verify_access_token
from tests.fixtures import product_environment
from tests.fixtures.settings_caches import clear_settings_caches
from tests.simulation.faults.dynamodb_client import FaultyDynamoClient
from tests.simulation.faults.razorpay_adapter import FaultyRazorpayAdapter
from tests.simulation.runtime.environment import Environment
from tests.simulation.runtime.speedups import speedups

_CLOCK_FUNCTIONS = ("time", "monotonic", "perf_counter")
_COMMANDS = ("functions.payments.reconciliation.reconcile", "functions.payments.reconciliation.restore.recover")
ACCEPTED_OFFER_PERCENT = 10
_SETTINGS = {
    "LMS_ACCEPT_OFFERS_UP_TO_PERCENT": str(ACCEPTED_OFFER_PERCENT),
    "LMS_REFUND_WINDOW_DAYS": "7",
    "LMS_REFUND_PROGRESS_LIMIT": "49",
    "POWERTOOLS_METRICS_DISABLED": "true",
}
_MODULES = {"futures": "concurrent.futures"}
"""Modules that the product imports under another name."""
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class Sandbox:
    """Entered once for many histories; `use_environment` starts one. Exiting restores all patched globals."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self.environment = Environment(0, 0.0)

    def use_environment(self, environment: Environment, *, seller_gstin: str = "", approval: str = "admin") -> None:
        self.environment = environment
        os.environ["LMS_SELLER_GSTIN"] = seller_gstin
        os.environ["LMS_REFUND_APPROVAL"] = approval
        config.clear_cache()
        revocations.clear_cache()

    def __enter__(self) -> Self:
        for name in (*manifest.HTTP, manifest.SWEEP, manifest.RECONCILE, manifest.STREAM, *_COMMANDS):
            importlib.import_module(name)
        enter = self._stack.enter_context
        enter(patch.dict(os.environ, {**product_environment.product_environment(), **_SETTINGS}))
        os.environ.pop("LMS_SECRET_NAME", None)
        clear_settings_caches()
        self._stack.callback(clear_settings_caches)
        enter(clock.override(self._now))
        for module, name, replacement in self._library_patches():
            enter(patch.object(module, name, replacement))
        enter(patch.object(ids, "ulid", self._ulid))
        enter(patch.object(auth, "verify_access_token", functools.cache(verify_access_token)))
        enter(patch.object(store, "entity", lambda raw: self.environment.entities.get_copy(raw)))
        connection: Any = base.table().connection
        connection._client = FaultyDynamoClient(lambda: self.environment)
        razorpay._razorpay().session.mount("http://", FaultyRazorpayAdapter(lambda: self.environment))
        enter(speedups())
        self._capture_error_logs()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _library_patches(self) -> Iterator[tuple[ModuleType, str, Any]]:
        """(module, name, replacement) for every import of time, randomness, UUIDs and threads in the product."""
        replacement = {
            "time": SimpleNamespace(sleep=self._sleep, **dict.fromkeys(_CLOCK_FUNCTIONS, self._seconds)),
            "random": _SeededRandom(lambda: self.environment.random),
            "secrets": _SeededRandom(lambda: self.environment.random),
            "uuid": SimpleNamespace(uuid4=self._uuid),
            "futures": SimpleNamespace(ThreadPoolExecutor=lambda workers: _TaskPool(lambda: self.environment, workers)),
        }
        real = {name: importlib.import_module(_MODULES.get(name, name)) for name in replacement}
        for path, module in list(sys.modules.items()):
            if path.partition(".")[0] in ("shared", "functions"):
                for name in replacement:
                    if vars(module).get(name) is real[name]:
                        yield module, name, replacement[name]

    def _capture_error_logs(self) -> None:
        """Record the product's error log in the environment replacement of printing it."""
        logger = observability.logger()._logger
        before, logger.handlers = logger.handlers, [_ErrorLogHandler(lambda: self.environment)]
        self._stack.callback(setattr, logger, "handlers", before)

    def _now(self) -> datetime:
        return self.environment.scheduler.now()

    def _seconds(self) -> float:
        return self.environment.scheduler.seconds

    def _sleep(self, seconds: float) -> None:
        self.environment.scheduler.pause(seconds)
        self.environment.raise_if_killed()

    def _uuid(self) -> uuid.UUID:
        return uuid.UUID(int=self.environment.random.getrandbits(128), version=4)

    def _ulid(self) -> str:
        milliseconds = int(self.environment.scheduler.seconds * 1000)
        return _base32(milliseconds, 10) + _base32(self.environment.random.getrandbits(80), 16)


class _TaskPool:
    """Replaces ThreadPoolExecutor: its threads are tasks of the scheduler, which interleave at every outbound call."""

    def __init__(self, current: Callable[[], Environment], workers: int) -> None:
        self._current = current
        self._workers = workers

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def map(self, function: Callable[..., Any], *iterables: Iterable[Any]) -> list[Any]:
        calls = [functools.partial(function, *arguments) for arguments in zip(*iterables, strict=True)]
        return self._current().scheduler.call_in_threads(calls, self._workers)


class _SeededRandom:
    """The functions of `random`, and those of `secrets` that `random` has too, from the history's generator."""

    def __init__(self, current: Callable[[], Random]) -> None:
        self._current = current

    def __getattr__(self, name: str) -> Any:
        return getattr(self._current(), name)


class _ErrorLogHandler(logging.Handler):
    def __init__(self, current: Callable[[], Environment]) -> None:
        super().__init__(logging.ERROR)
        self._current = current

    def emit(self, record: logging.LogRecord) -> None:
        raised = record.exc_info[1] if record.exc_info else None
        self._current().errors.append(f"{record.getMessage()}: {raised!r}")


def _base32(number: int, length: int) -> str:
    return "".join(_CROCKFORD[number >> 5 * place & 31] for place in reversed(range(length)))
