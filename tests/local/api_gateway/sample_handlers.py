"""A package of small handlers, written to disk, that the local API Gateway serves in place of the product's."""

import functools
import itertools
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.handler_loader import HandlerLoader

HANDLER = """
import base64, json, threading, time
from types import SimpleNamespace as Route
app = Route(routes=[Route(method=m, path=p) for m, p in (
    ("POST", "/api/echo"), ("GET", "/api/echo/{word}"), ("GET", "/api/slow"), ("GET", "/api/broken"),
    ("GET", "/api/bytes"), ("GET", "/api/version"),
)])
begun = threading.Event()
def lambda_handler(event, context):
    match event["rawPath"]:
        case "/api/slow":
            begun.set()
            time.sleep(float(event.get("rawQueryString") or 0.6))
            return {"slept": True, "version": VERSION}
        case "/api/broken":
            raise RuntimeError("a secret of the handler")
        case "/api/bytes":
            return {"statusCode": 201, "headers": {"Content-Type": "image/png", "X-Count": 2},
                    "cookies": ["a=1; HttpOnly", "b=2"], "isBase64Encoded": True,
                    "body": base64.b64encode(bytes(range(256))).decode()}
        case "/api/version":
            return {"version": VERSION}
    return {"function": context.function_name, "arn": context.invoked_function_arn,
            "memory": context.memory_limit_in_mb, "event": event}
VERSION = 1
"""
DASHBOARDS = """
from types import SimpleNamespace as Route
app = Route(routes=[])
def lambda_handler(event, context):
    return {"statusCode": 404, "headers": {"content-type": "application/problem+json"},
            "body": event["routeKey"] + " " + event["requestContext"]["http"]["method"]}
"""
RECORDING_HANDLER = """
seen = []
def lambda_handler(event, context):
    seen.append(event)
    return {}
"""
MANIFEST = """
HTTP = ("{name}.echo.handler", "{name}.dashboards.handler")
DEFAULT = "{name}.dashboards.handler"
STREAM = "{name}.dashboards.projector_handler"
SWEEP = "{name}.payments.sweep_handler"
RECONCILE = "{name}.payments.reconcile_handler"
"""
_numbers = itertools.count()


def write_sample_package(folder: Path, name: str) -> Path:
    """Write the package `name` under `folder`; returns the path of its main handler."""
    files = {
        "manifest.py": MANIFEST.format(name=name),
        "echo/handler.py": HANDLER,
        "dashboards/handler.py": DASHBOARDS,
        "dashboards/projector_handler.py": RECORDING_HANDLER,
        "payments/sweep_handler.py": RECORDING_HANDLER,
        "payments/reconcile_handler.py": RECORDING_HANDLER,
    }
    for path, text in files.items():
        file = folder / name / path
        file.parent.mkdir(parents=True, exist_ok=True)
        (file.parent / "__init__.py").touch()
        file.write_text(text)
    return folder / name / "echo" / "handler.py"


@contextmanager
def sample_code(folder: Path) -> Iterator[tuple[functools.partial[HandlerLoader], Path]]:
    """(factory of a HandlerLoader for a new sample package, path of its main handler)."""
    name = f"shop{next(_numbers)}"
    handler = write_sample_package(folder, name)
    sys.path.insert(0, str(folder))
    try:
        yield functools.partial(HandlerLoader, f"{name}.manifest", (name,)), handler
    finally:
        sys.path.remove(str(folder))
