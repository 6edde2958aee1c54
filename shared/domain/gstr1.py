"""The sections of GSTR-1, the monthly return of outward supplies, by document.

CGST Act 2017, section 37, and CGST Rules 2017, rule 59: supplies to registered persons by invoice; supplies between
States of more than a limit to others by invoice; all other supplies to others by State and rate, less their notes.
The limit is 1 lakh rupees since August 2024 (Notification 12/2024-Central Tax, before 2.5 lakh). All unverified: read
in copies.
"""

from enum import StrEnum
from typing import Final

LARGE_INVOICE: Final = 10_000_000
"""Paise: an invoice between States to an unregistered person of more than this is listed by itself."""


class Gstr1Section(StrEnum):
    """The section of a document. Sent and exported exactly as written here."""

    B2B = "b2b"
    """An invoice to a registered person."""
    B2CL = "b2cl"
    """A large invoice between States to an unregistered person."""
    B2CS = "b2cs"
    """Any other invoice to an unregistered person, and its notes: summed by State and rate."""
    CDNR = "cdnr"
    """A credit or debit note to a registered person."""
    CDNUR = "cdnur"
    """A note of a B2CL invoice."""
    UNTAXED = "untaxed"
    """A receipt without tax, or a note of one: the seller had no GSTIN, or the currency is not INR. Not part of the
    return."""


def section_of_invoice(*, taxed: bool, registered: bool, interstate: bool, amount: int) -> Gstr1Section:
    """`amount` in paise, tax included."""
    if not taxed:
        return Gstr1Section.UNTAXED
    if registered:
        return Gstr1Section.B2B
    return Gstr1Section.B2CL if interstate and amount > LARGE_INVOICE else Gstr1Section.B2CS


_OF_NOTES: Final = {Gstr1Section.B2B: Gstr1Section.CDNR, Gstr1Section.B2CL: Gstr1Section.CDNUR}


def section_of_note(of_invoice: Gstr1Section) -> Gstr1Section:
    return _OF_NOTES.get(of_invoice, of_invoice)
