"""The admin of the demo data: the API never makes one, so it is made as `create-admin` does."""

import importlib
from contextlib import suppress
from typing import Final

EMAIL: Final = "admin@lectern.example"
PASSWORD: Final = "lectern demo"
"""Shared by everyone in the demo data."""


def ensure_admin() -> tuple[str, str]:
    """E-mail and password of the demo admin, who is made if not there. The settings of the instance are in the
    environment. Raises StoreUnavailable."""
    from shared.errors import Conflict

    service = importlib.import_module("functions.auth.service")
    with suppress(Conflict):  # there already
        service.create_admin(EMAIL, PASSWORD, "Nandini Rao")
    return EMAIL, PASSWORD
