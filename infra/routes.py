"""Every route of the API, read from the route lists of the functions that serve them."""

from importlib import import_module
from typing import Final, NamedTuple

from functions import manifest

THROTTLED_ROUTES: Final = (
    "POST /api/auth/login",
    "POST /api/auth/register",
    "POST /api/payments/create-order",
    "POST /api/payments/quote",
)
"""Routes with a lower limit than the stage: the most expensive ones, and the targets of guessing passwords and
coupons."""

PAYMENT_ROUTES: Final = ("POST /api/payments/create-order", "POST /api/payments/verify", "POST /api/payments/webhook")
"""Routes with their own metrics and alarms. Detailed metrics cost money; other routes are measured from the log."""

DEFAULT: Final = "$default"


class Route(NamedTuple):
    """`key` as API Gateway writes it ("GET /api/courses/{course_id}"), and the name of the function that serves it."""

    key: str
    function: str


def all_routes() -> list[Route]:
    """All routes sorted by key. `$default` matches every request that no other route matches."""
    routes = [
        Route(route.key, manifest.function_name(module))
        for module in manifest.HTTP
        for route in import_module(module).app.routes
    ]
    return sorted([*routes, Route(DEFAULT, manifest.function_name(manifest.DEFAULT))])
