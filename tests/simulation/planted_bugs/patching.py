"""Plant a bug by patching attributes of the product."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from shared.settlement import decide
from shared.settlement.amount_rules import DEFAULT_POLICY
from shared.settlement.decision import Decision

Patch = tuple[Any, str, Any]
"""(object, attribute, replacement)"""

Rule = Callable[..., Decision]
"""(payment, enrollment, evidence, now) > decision"""


@contextmanager
def apply_patches(changes: list[Patch]) -> Iterator[None]:
    with ExitStack() as stack:
        for owner, name, replacement in changes:
            stack.enter_context(patch.object(owner, name, replacement))
        yield


def patch_rule(kind: type, rule: Rule) -> Patch:
    """Replace the rule for evidence of this class by `rule`."""
    original = decide._apply_rule

    def apply_rule(payment: Any, enrollment: Any, evidence: Any, now: Any, policy: Any) -> Decision:
        if isinstance(evidence, kind):
            return rule(payment, enrollment, evidence, now)
        return original(payment, enrollment, evidence, now, policy)

    return decide, "_apply_rule", apply_rule


def patch_decision(kind: type, change: Callable[..., Decision]) -> Patch:
    """Replace the decision on evidence of this class by `change(decision, payment, enrollment, evidence, now)`."""
    original = decide._apply_rule

    def changed(payment: Any, enrollment: Any, evidence: Any, now: Any) -> Decision:
        decision = original(payment, enrollment, evidence, now, DEFAULT_POLICY)
        return change(decision, payment, enrollment, evidence, now)

    return patch_rule(kind, changed)
