"""Planted bugs of credit and debit notes."""

from shared.domain import credit_notes
from shared.settlement import settled_items
from tests.simulation.planted_bugs.patching import Patch


def writes_no_note_when_a_credit_is_taken_back() -> list[Patch]:
    real_change = credit_notes.refunded_change

    def refunded_change(before: int, after: int, *, is_first: bool) -> object:
        return real_change(before, max(before, after), is_first=is_first)

    return [(settled_items, "refunded_change", refunded_change)]
