"""Logs and metrics: JSON lines on standard output, from which CloudWatch reads both.

Never logged: bodies, tokens, cookies, e-mail addresses, signatures, card data.
"""

import json
import sys
import threading
from collections.abc import Mapping
from functools import cache
from typing import Final

from aws_lambda_powertools import Logger

from shared.config import settings
from shared.version import VERSION

NAMESPACE: Final = "Lectern"
_output: Final = threading.Lock()


@cache
def logger() -> Logger:
    """The logger of the process. Every line carries the stage and the version."""
    config = settings()
    return Logger(service="lectern", level=config.log_level, stage=config.stage, version=VERSION)


def emit_metrics(function: str, counts: Mapping[str, int]) -> None:
    """Writes each count as a CloudWatch metric of that function (embedded metric format). Zeros are written too, so
    that an alarm can distinguish "none" from "did not run". Safe for threads: a line is one write."""
    from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit
    from aws_lambda_powertools.metrics.functions import is_metrics_disabled

    if is_metrics_disabled():
        return
    metrics = EphemeralMetrics(namespace=NAMESPACE, service=function)
    metrics.set_default_dimensions(stage=settings().stage)
    for name, value in counts.items():
        metrics.add_metric(name, MetricUnit.Count, value)
    line = json.dumps(metrics.serialize_metric_set(), separators=(",", ":"))
    with _output:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
