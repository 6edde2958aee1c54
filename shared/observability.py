"""Logs and metrics: JSON lines on standard output, which CloudWatch reads both ways.

Never logged: bodies, tokens, cookies, e-mail addresses, signatures, card data.
"""

from collections.abc import Mapping
from functools import cache
from typing import Final

from aws_lambda_powertools import Logger

from shared.config import settings

NAMESPACE: Final = "Lectern"


@cache
def logger() -> Logger:
    chosen = settings()
    return Logger(service="lectern", level=chosen.log_level, stage=chosen.stage)


def emit_metrics(function: str, counts: Mapping[str, int]) -> None:
    """Writes each count as a CloudWatch metric of that function (embedded metric format), zeros too: an alarm must be
    able to tell "none" from "did not run"."""
    from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

    metrics = EphemeralMetrics(namespace=NAMESPACE, service=function)
    metrics.set_default_dimensions(stage=settings().stage)
    for name, value in counts.items():
        metrics.add_metric(name, MetricUnit.Count, value)
    metrics.flush_metrics()
