"""Errors of the dashboards function."""

from shared.errors import Unavailable


class NotReady(Unavailable):
    """The table, the configuration or a secret is missing. The detail names the kind of dependency, never a secret."""

    code = "not_ready"
    title = "The service is not ready"
