"""All error classes of the product, for the API document and docs/errors.md."""

import importlib
import pkgutil
from typing import Final

from shared.errors import DomainError

ErrorClass = type[DomainError]

_PACKAGES: Final = ("functions", "shared")


def all_error_classes() -> list[ErrorClass]:
    """Every class of an error that the API can return, by status and code. Imports all modules of the product."""
    for package in _PACKAGES:
        for module in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
            importlib.import_module(module.name)
    product = [error for error in _subclasses(DomainError) if error.__module__.partition(".")[0] in _PACKAGES]
    return sorted(product, key=lambda error: (error.status, error.code))


def _subclasses(base: ErrorClass) -> set[ErrorClass]:
    direct = base.__subclasses__()
    return {*direct, *(descendant for error in direct for descendant in _subclasses(error))}
