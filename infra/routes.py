"""Every route of every function, from the routes the functions themselves serve."""

from importlib import import_module
from typing import Final, NamedTuple

from functions import manifest
from infra import privileges

THROTTLED_ROUTES: Final = ("POST /api/auth/login", "POST /api/auth/register", "POST /api/payments/create-order")
"""Routes that cost most or are guessed at: throttled more tightly than the stage."""

PAYMENT_ROUTES: Final = ("POST /api/payments/create-order", "POST /api/payments/verify", "POST /api/payments/webhook")
"""Routes whose every failure is looked at. They have metrics of their own, which cost; the others are in the log."""

DEFAULT: Final = "$default"


class Route(NamedTuple):
    """`key` as API Gateway writes it ("GET /api/courses/{course_id}"), and the function that serves it."""

    key: str
    function: str


def all_routes() -> list[Route]:
    """Sorted by key; `$default` is what nothing else matches."""
    found = [
        Route(route.key, privileges.function_name(module))
        for module in manifest.HTTP
        for route in import_module(module).app.routes
    ]
    return sorted([*found, Route(DEFAULT, privileges.function_name(manifest.DEFAULT))])
