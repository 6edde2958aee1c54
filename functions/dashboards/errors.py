"""Refusals of the platform's own routes."""

from shared.errors import Unavailable


class NotReady(Unavailable):
    """Something the product needs is not there. The detail says what kind of thing, never which secret."""

    code = "not_ready"
    title = "The service cannot serve yet"
