"""Errors of the report routes."""

from shared.errors import NotFound


class PayoutNotFound(NotFound):
    code = "payout_not_found"
    title = "There is no such payout"
