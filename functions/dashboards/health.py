"""Health and readiness of the service."""

from typing import Literal

from functions.dashboards.errors import NotReady
from shared.config import SettingUnusable
from shared.db.read_models import dashboard_queries
from shared.errors import StoreUnavailable
from shared.schemas import Out
from shared.secrets import Secret, secret
from shared.version import VERSION


class HealthOut(Out):
    status: Literal["ok"] = "ok"
    version: str = VERSION


class ReadinessOut(Out):
    status: Literal["ready"] = "ready"


def require_ready() -> None:
    """Checks that the table responds and that the secret which signs cursors is set. The dashboards function has no
    access to the secrets of other functions. Raises NotReady."""
    missing = []
    try:
        dashboard_queries.ping()
    except StoreUnavailable:
        missing.append("the table does not respond")
    try:
        secret(Secret.CURSOR_KEY)
    except SettingUnusable:
        missing.append("a secret is missing")
    if missing:
        raise NotReady("; ".join(missing))
