"""Records which function makes which call to the table, as IAM would see it."""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from importlib import import_module
from typing import Any
from unittest.mock import patch

from pynamodb.connection.base import Connection

from infra import call_log, privileges
from infra.call_log import Call

CallsByFunction = dict[str, list[Call]]

_current_function: ContextVar[str | None] = ContextVar("running", default=None)


def current_function() -> str | None:
    """The function whose handler runs in this thread now."""
    return _current_function.get()


@contextmanager
def recorded_calls() -> Iterator[CallsByFunction]:
    """Inside the block, every call that a handler makes is kept under its function, refused ones included."""
    made: CallsByFunction = defaultdict(list)
    lock = threading.Lock()
    real = Connection._make_api_call

    def recorded(self: Connection, operation: str, arguments: dict[str, Any], *others: Any, **keywords: Any) -> Any:
        answer = None
        try:
            answer = real(self, operation, arguments, *others, **keywords)
            return answer
        finally:
            function = current_function()
            if function:
                with lock:
                    made[function] += call_log.calls(operation, arguments, answer)

    with patch.object(Connection, "_make_api_call", recorded), _labelled_handlers():
        yield made


@contextmanager
def _labelled_handlers() -> Iterator[None]:
    modules = [import_module(module) for module in privileges.handler_modules()]
    real = {module: module.lambda_handler for module in modules}
    for module in modules:
        module.lambda_handler = _labelled(privileges.function_name(module.__name__), module.lambda_handler)  # type: ignore[attr-defined]
    try:
        yield
    finally:
        for module, handler in real.items():
            module.lambda_handler = handler  # type: ignore[attr-defined]


def _labelled(function: str, handler: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def named(event: Any, context: Any) -> Any:
        token = _current_function.set(function)
        try:
            return handler(event, context)
        finally:
            _current_function.reset(token)

    return named
