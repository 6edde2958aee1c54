"""Planted bugs of credit and debit notes."""

from typing import Any

from functions.dashboards.projections import tax_documents
from shared.domain import credit_notes
from shared.domain.credit_notes import NoteType
from shared.settlement import settled_items
from tests.simulation.planted_bugs.patching import Patch


def writes_no_note_when_a_credit_is_taken_back() -> list[Patch]:
    real_change = credit_notes.refunded_change

    def refunded_change(before: int, after: int, *, is_first: bool) -> object:
        return real_change(before, max(before, after), is_first=is_first)

    return [(settled_items, "refunded_change", refunded_change)]


def counts_no_credit_notes_in_the_month() -> list[Patch]:
    real_add = tax_documents._add

    def add(projection: Any, document: Any, name: str, sign: int) -> Any:
        return real_add(projection, document, name, 0 if name == NoteType.CREDIT else sign)

    return [(tax_documents, "_add", add)]
