"""Logs and metrics: JSON lines on standard output, which CloudWatch reads both ways.

Never logged: bodies, tokens, cookies, e-mail addresses, signatures, card data.
"""

from functools import cache

from aws_lambda_powertools import Logger

from shared.config import settings


@cache
def logger() -> Logger:
    chosen = settings()
    return Logger(service="lectern", level=chosen.log_level, stage=chosen.stage)
