"""The tax of credit and debit notes adds up to that of the receipt, whatever the refunds."""

from itertools import pairwise
from random import Random
from typing import Final

from functions.payments.receipts.note_service import tax_of
from shared.db.entities import CreditNote, Receipt
from shared.db.table import keys
from shared.domain.credit_notes import RefundedChange
from shared.domain.gst import Tax, split_tax

SEQUENCES: Final = 20_000
NOTHING: Final = Tax(0, 0, 0, 0)
ORDER: Final = "order_1"


def receipt_of(amount: int, rate: int, tax: Tax) -> Receipt:
    parts = {"taxable": tax.taxable, "cgst": tax.cgst, "sgst": tax.sgst, "igst": tax.igst}
    gstin = "27AAPFU0939F1ZV"
    return Receipt.build(
        keys.receipt(ORDER), order_id=ORDER, amount=amount, rate_basis_points=rate, seller_gstin=gstin, **parts
    )


def note_of(change: RefundedChange) -> CreditNote:
    return CreditNote.build(
        keys.credit_note(ORDER, 1),
        note_type=change.note_type,
        amount=change.amount,
        refunded_before=change.before,
    )


def previous_split(amount: int, rate: int) -> Tax:
    """As a version before equal halves rounded: the odd paisa of the tax went to the central tax."""
    tax = amount - (2 * amount * 10_000 + 10_000 + rate) // (2 * (10_000 + rate))
    return Tax(amount - tax, (tax + 1) // 2, tax // 2, 0)


def random_receipt(random: Random) -> Receipt:
    amount = random.choice([random.randint(1, 300), 100 * random.randint(1, 100_000)])
    rate = random.choice([500, 1_200, 1_800, 2_800])
    kind = random.randrange(3)
    tax = previous_split(amount, rate) if kind == 2 else split_tax(amount, rate, intra_state=bool(kind))
    return receipt_of(amount, rate, tax)


def random_changes(random: Random, amount: int) -> list[RefundedChange]:
    """Refunds, some of them taken back, until the whole amount is refunded."""
    totals = [0, *(random.randint(0, amount) for _ in range(random.randrange(6))), amount]
    return [RefundedChange(before, after) for before, after in pairwise(totals) if before != after]


def test_tax_of_notes_of_20_000_random_full_refunds_adds_up_to_the_receipt() -> None:
    random, wrong, debit_notes = Random(44), 0, 0
    for _ in range(SEQUENCES):
        receipt = random_receipt(random)
        total, amount = NOTHING, 0
        for change in random_changes(random, receipt.amount):
            note = note_of(change)
            tax = tax_of(note, receipt)
            assert tax is not None
            wrong += tax.taxable + tax.total != note.amount
            is_credit = note.note_type == "credit"
            debit_notes += not is_credit
            total, amount = (
                (total - (NOTHING - tax), amount + note.amount) if is_credit else (total - tax, amount - note.amount)
            )
        whole = Tax(receipt.taxable, receipt.cgst, receipt.sgst, receipt.igst)
        wrong += (total, amount) != (whole, receipt.amount)
    assert (wrong, debit_notes > SEQUENCES / 2) == (0, True)


def test_tax_of_a_note_without_gstin_is_none() -> None:
    receipt = Receipt.build(keys.receipt(ORDER), order_id=ORDER, amount=500)
    assert tax_of(note_of(RefundedChange(0, 100)), receipt) is None


def test_tax_of_a_debit_note_is_that_of_the_credit_it_takes_back() -> None:
    receipt = receipt_of(49_900, 1_800, split_tax(49_900, 1_800, intra_state=True))
    credit, debit = (
        tax_of(note_of(RefundedChange(10_000, 20_000)), receipt),
        tax_of(note_of(RefundedChange(20_000, 10_000)), receipt),
    )
    assert credit == debit == Tax(8_476, 762, 762, 0)
