"""The admin of the demo data. The API cannot create an admin, so it is created as by `create-admin`."""

import importlib
from contextlib import suppress
from typing import Final

EMAIL: Final = "admin@lectern.example"
PASSWORD: Final = "lectern demo"
"""The password of every user in the demo data."""


def ensure_admin() -> tuple[str, str]:
    """Create the demo admin if it does not exist; returns its e-mail address and password. The settings of the instance
    are in the environment. Raises StoreUnavailable."""
    from shared.errors import Conflict

    service = importlib.import_module("functions.auth.service")
    with suppress(Conflict):  # the admin exists
        service.create_admin(EMAIL, PASSWORD, "Nandini Rao")
    return EMAIL, PASSWORD
