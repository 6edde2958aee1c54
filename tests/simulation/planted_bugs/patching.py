"""How a bug is planted: something of the product is something else meanwhile."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from shared.settlement import decide

Patch = tuple[Any, Any, Any]
"""(object, attribute, what it is meanwhile); of a dict: (dict, key, value)."""


@contextmanager
def apply_patches(changes: list[Patch]) -> Iterator[None]:
    with ExitStack() as stack:
        for owner, name, instead in changes:
            if isinstance(owner, dict):
                stack.enter_context(patch.dict(owner, {name: instead}))
            else:
                stack.enter_context(patch.object(owner, name, instead))
        yield


def patch_rule(kind: type, turned: Callable[..., Any]) -> Patch:
    """The rule for that evidence; its decision is `turned(decision, payment, enrollment, evidence, now)`."""
    rule = decide._RULES[kind]
    return decide._RULES, kind, lambda *given: turned(rule(*given), *given)
