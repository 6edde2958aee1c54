"""Plant a bug by patching attributes of the product."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from functions.payments.invariants.ledger import Breach
from shared.settlement import decide
from shared.settlement.decision import Decision
from shared.settlement.settle import amount_policy

Patch = tuple[Any, str, Any]
"""(object, attribute, replacement)"""


@dataclass(frozen=True)
class PlantedBug:
    """`plant` returns the patches. `words` are a part of the breaches that the bug must cause ("I4 the request"), after
    the id of the invariant; any one of them counts."""

    plant: Callable[[], list[Patch]]
    words: tuple[str, ...]

    def causes(self, breach: Breach) -> bool:
        """Whether the bug is found by this breach, and not by an accident beside it."""
        text = f"{breach.invariant} {breach.detail}"
        return any(self._matches(each, text) for each in self.words)

    @staticmethod
    def _matches(words: str, text: str) -> bool:
        invariant, _, part = words.partition(" ")
        return text.startswith(f"{invariant} ") and part in text


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
        decision = original(payment, enrollment, evidence, now, amount_policy())
        return change(decision, payment, enrollment, evidence, now)

    return patch_rule(kind, changed)
