"""The module with the `lambda_handler` of every function. The local API Gateway and the infrastructure read it."""

from typing import Final

HTTP: Final = (
    "functions.auth.handler",
    "functions.courses.handler",
    "functions.enrollments.handler",
    "functions.enrollments.certificates_handler",
    "functions.payments.handler",
    "functions.payments.documents_handler",
    "functions.payments.webhook_handler",
    "functions.dashboards.handler",
)
"""Functions behind the API. Each module also has `app`, with the routes of the function."""

DEFAULT: Final = "functions.dashboards.handler"
"""Answers requests that match no route, with 404 and 405 as problem documents."""

STREAM: Final = "functions.dashboards.projector_handler"
"""Consumes the stream of the table and writes the read models."""

SWEEP: Final = "functions.payments.sweep_handler"
"""Runs every five minutes."""

INVARIANTS: Final = "functions.payments.invariants_handler"
"""Runs every hour: examines what changed and publishes a metric for each invariant. Every night, in slices: examines
the whole table."""

RECONCILE: Final = "functions.payments.reconcile_handler"
"""Runs every hour and every night: compares the ledger with the gateway's lists and settles what differs."""


def function_name(module: str) -> str:
    """The name of a handler module's function: domain, and prefix of the module.

    "functions.auth.handler" is "auth", "functions.payments.webhook_handler" is "payments-webhook"."""
    return "-".join(module.split(".")[-2:]).removesuffix("handler").rstrip("-_").replace("_", "-")
