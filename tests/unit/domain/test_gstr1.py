"""The sections of GSTR-1."""

import pytest

from shared.domain.gstr1 import Gstr1Section, section_of_invoice, section_of_note


@pytest.mark.parametrize(
    ("taxed", "registered", "interstate", "amount", "section"),
    [
        (False, False, False, 49_900, "untaxed"),
        (False, True, True, 49_900, "untaxed"),
        (True, True, False, 49_900, "b2b"),
        (True, True, True, 20_000_000, "b2b"),
        (True, False, False, 20_000_000, "b2cs"),
        (True, False, True, 10_000_000, "b2cs"),
        (True, False, True, 10_000_001, "b2cl"),
    ],
)
def test_section_of_invoice(taxed: bool, registered: bool, interstate: bool, amount: int, section: str) -> None:
    found = section_of_invoice(taxed=taxed, registered=registered, interstate=interstate, amount=amount)
    assert found == section


def test_section_of_note_follows_its_invoice() -> None:
    assert [(each.value, section_of_note(each).value) for each in Gstr1Section] == [
        ("b2b", "cdnr"),
        ("b2cl", "cdnur"),
        ("b2cs", "b2cs"),
        ("cdnr", "cdnr"),
        ("cdnur", "cdnur"),
        ("untaxed", "untaxed"),
    ]
