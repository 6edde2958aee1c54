"""A planted bug counts as found only by a breach that it causes."""

import pytest

from functions.payments.invariants.ledger import Breach
from tests.simulation.planted_bugs import PLANTED_BUGS
from tests.simulation.planted_bugs.patching import PlantedBug

TWICE = Breach("I4", "order_1", "the request abc was refunded 2 times")


@pytest.mark.parametrize(
    ("words", "causes"),
    [
        (("I4 the request",), True),
        (("I4 ",), True),
        (("I1 the request",), False),
        (("I4 another",), False),
        (("I1 captured", "I4 refunded 2 times"), True),
        ((), False),
    ],
)
def test_planted_bug_causes_only_named_breaches(words: tuple[str, ...], causes: bool) -> None:
    assert PlantedBug(list, words).causes(TWICE) is causes


def test_planted_bug_invariant_name_is_matched_as_a_whole() -> None:
    assert not PlantedBug(list, ("I1 ",)).causes(Breach("I12", "order_1", "forgotten"))


def test_every_planted_bug_names_a_breach() -> None:
    assert [name for name, bug in PLANTED_BUGS.items() if not bug.words] == []
