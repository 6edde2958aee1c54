"""Errors of the report routes."""

from shared.errors import Conflict, NotFound


class PayoutNotFound(NotFound):
    code = "payout_not_found"
    title = "There is no such payout"


class PayoutUnreadable(Conflict):
    """A stored sum of the payout has a value that nothing writes."""

    code = "payout_unreadable"
    title = "The payout cannot be read until it is repaired"
