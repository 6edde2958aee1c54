"""Shortcuts for expensive code of libraries that a history does not need; the results are the same."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from pynamodb import attributes
from pynamodb.connection import base as connection

from shared.gateways import razorpay


@contextmanager
def speedups() -> Iterator[None]:
    client = razorpay._razorpay()
    version = client._get_version()
    with ExitStack() as stack:
        stack.enter_context(patch.object(attributes.Attribute, "__get__", _fast_get))
        # PynamoDB creates a UUID for each call, for listeners that are not used.
        stack.enter_context(patch.object(connection, "uuid", SimpleNamespace(uuid4=lambda: None)))
        # The Razorpay SDK looks up its own version for every request, which takes half of the time of a call.
        stack.enter_context(patch.object(client, "_get_version", lambda: version))
        yield


_original_get: Any = attributes.Attribute.__get__


def _fast_get(attribute: Any, instance: Any, owner: Any = None) -> Any:
    """Read an item's attribute in one call instead of six; any other access uses PynamoDB's implementation."""
    values = None if instance is None else instance.__dict__.get("attribute_values")
    return _original_get(attribute, instance, owner) if values is None else values.get(attribute.attr_path[-1])
