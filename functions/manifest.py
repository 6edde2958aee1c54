"""Every Lambda function: the module of its `lambda_handler`. The local gateway and the infrastructure read this."""

from typing import Final

HTTP: Final = (
    "functions.auth.handler",
    "functions.courses.handler",
    "functions.enrollments.handler",
    "functions.enrollments.certificates_handler",
    "functions.payments.handler",
    "functions.payments.webhook_handler",
    "functions.dashboards.handler",
)
"""Functions behind the API. Each module also has `app`, whose routes are the function's."""

DEFAULT: Final = "functions.dashboards.handler"
"""Answers what no route matches (404 and 405 as problem documents)."""

STREAM: Final = "functions.dashboards.projector_handler"
"""Reads the table's stream and writes the read models."""

SWEEP: Final = "functions.payments.sweep_handler"
"""Runs every five minutes."""

INVARIANTS: Final = "functions.payments.invariants_handler"
"""Runs every hour: reads the whole table, and raises a metric for each invariant."""
