"""Secrets: from Secrets Manager in the cloud, from `LMS_*` environment variables in local development.

The secret named by `LMS_SECRET_NAME` is one JSON object with the names below as keys. It is cached for five minutes, so
that a rotated value is picked up without a deployment.
"""

import json
import os
import threading
from enum import StrEnum
from typing import Final

from shared.config import SettingUnusable, settings

_CACHE_SECONDS: Final = 300
_LOCK: Final = threading.Lock()
"""The polls of a sweep run in threads: one of them creates the client and refreshes the cache, which are not made for
several at once."""


class Secret(StrEnum):
    JWT_PRIVATE_KEY = "LMS_JWT_PRIVATE_KEY"
    REFRESH_KEY = "LMS_REFRESH_KEY"
    CURSOR_KEY = "LMS_CURSOR_KEY"
    RAZORPAY_KEY_SECRET = "LMS_RAZORPAY_KEY_SECRET"  # noqa: S105
    RAZORPAY_WEBHOOK_SECRET = "LMS_RAZORPAY_WEBHOOK_SECRET"  # noqa: S105
    CLOUDINARY_API_SECRET = "LMS_CLOUDINARY_API_SECRET"  # noqa: S105
    EDGE_KEY = "LMS_EDGE_KEY"


def secret(name: Secret) -> str:
    """The value of the secret, never empty. Raises SettingUnusable: an empty key would let anyone forge a signature."""
    value = os.environ.get(name, "")
    secret_name = settings().secret_name
    if not value and secret_name:
        value = str(_stored_secrets(secret_name).get(name, ""))
    if not value.strip():
        raise SettingUnusable(f"{name} is not set: set the variable, or add it to the secret named by LMS_SECRET_NAME")
    return value


def secret_values(name: Secret, limit: int = 2) -> tuple[str, ...]:
    """The values of a comma-separated secret: the current one, then the one that is being rotated out. Raises
    SettingUnusable."""
    values = tuple(part.strip() for part in secret(name).split(","))
    if not 1 <= len(values) <= limit or not all(values):
        raise SettingUnusable(f"{name} must hold one to {limit} values separated by commas, none of them empty")
    return values


def secret_values_for_key_id(name: Secret, key_id: str) -> tuple[str, ...]:
    """The values of a secret that belongs to a public key id, the value for `key_id` first. During a key rotation,
    functions with either id run at the same time, so each value names its key ("id:secret"). Raises SettingUnusable."""
    values = sorted(secret_values(name), key=lambda value: not value.startswith(f"{key_id}:"))
    return tuple(value.rpartition(":")[2] for value in values)


def _stored_secrets(secret_name: str) -> dict[str, object]:
    from aws_lambda_powertools.utilities import parameters  # imports boto3: needed only for a stored secret

    with _LOCK:
        stored = json.loads(parameters.get_secret(secret_name, max_age=_CACHE_SECONDS))
    if not isinstance(stored, dict):
        raise SettingUnusable("the secret named by LMS_SECRET_NAME must be a JSON object")
    return stored
