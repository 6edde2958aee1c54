"""Receipts: one per captured payment; and the credit and debit notes of each. All are numbered without gaps within a
financial year."""

from typing import Any, ClassVar

from pynamodb.attributes import BooleanAttribute, ListAttribute, UnicodeAttribute

from shared.db.table.attributes import IntAttribute, TimeAttribute
from shared.db.table.base import DueIndexed, Item, ListingIndexed


class Receipt(ListingIndexed, DueIndexed, Item):
    """`RECEIPT#order_id / RECEIPT`: written by the transaction that captures the payment. gsi2 lists it, due at once,
    until it has its number. The number is stored together with a snapshot of learner, seller and tax; after that the
    receipt never changes, and gsi1 lists it in the month of its date. `day` is the seller's day of the capture
    ("2026-11-30"), which the receipt bears as its date; receipts that version 0.2.0 numbered have none, and are in no
    list until `index-documents` adds them. The snapshot of a firm is `buyer_*`.

    `has_all_notes`: each change of the refunded amount since the receipt was written has its note. Receipts of versions
    before the notes do not have it, until `issue-credit-notes` has written the missing notes.

    `list_amount`, `discount`, `coupon_code` and `coupon_discount` are those of the order: all four are absent in an
    order at the list price that was paid with its amount, and `coupon_code` in one without a coupon. An order at the
    list price of which another amount was accepted (an offer or a fee of the gateway) has `discount` 0; receipts of
    earlier versions do not have it. `coupon_discount` is the coupon's part of `discount`, 0 without one; receipts of
    earlier versions do not have it.

    Amounts are in minor units, tax included: `taxable` and the taxes add up to `amount`. Without `seller_gstin` they
    are absent.
    """

    KIND: ClassVar[str] = "receipt"

    order_id = UnicodeAttribute()
    payment_id = UnicodeAttribute()
    user_id = UnicodeAttribute()
    learner_name = UnicodeAttribute()
    course_id = UnicodeAttribute()
    course_title = UnicodeAttribute()
    amount = IntAttribute()
    currency = UnicodeAttribute()
    list_amount = IntAttribute(null=True)
    discount = IntAttribute(null=True)
    coupon_code = UnicodeAttribute(null=True)
    coupon_discount = IntAttribute(null=True)
    captured_at = TimeAttribute()
    number = UnicodeAttribute(null=True)
    numbered_at = TimeAttribute(null=True)
    day = UnicodeAttribute(null=True)
    learner_state = UnicodeAttribute(null=True)
    buyer_gstin = UnicodeAttribute(null=True)
    buyer_name = UnicodeAttribute(null=True)
    buyer_address = UnicodeAttribute(null=True)
    seller_name = UnicodeAttribute(null=True)
    seller_address = UnicodeAttribute(null=True)
    seller_gstin = UnicodeAttribute(null=True)
    rate_basis_points = IntAttribute(null=True)
    taxable = IntAttribute(null=True)
    cgst = IntAttribute(null=True)
    sgst = IntAttribute(null=True)
    igst = IntAttribute(null=True)
    has_all_notes = BooleanAttribute(null=True)

    @property
    def place_of_supply(self) -> str | None:
        """The State of the buyer, by the first two digits of a GSTIN; of a tax invoice without one, the State of the
        seller (IGST Act, section 12(2)(b))."""
        state: str | None = self.learner_state
        return state or (self.seller_gstin[:2] if self.seller_gstin else None)

    @property
    def state_assumed(self) -> bool:
        """Whether the place of supply of a tax invoice is the seller's State because the buyer's is unknown: the order
        was adopted, or created by an earlier version, and the learner's profile has no State."""
        return bool(self.seller_gstin) and not self.learner_state


class CreditNote(ListingIndexed, DueIndexed, Item):
    """`RECEIPT#order_id / NOTE#step`: a credit note, or a debit note that takes credit back. Written by the transaction
    of the step of the payment's history that changed the refunded amount of a sale. gsi2 lists it, due at once, until
    it has its number, which it gets after its receipt, with number and day of that, with the tax, and with its own
    date: `day`, the seller's day of `issued_at`; after that the note never changes. gsi1 then lists it in the month of
    its date.

    `note_type` is credit or debit. `amount` is positive, in minor units, tax included: `taxable` and the taxes add up
    to it, and are absent if the receipt has no tax. `refunded_before` is the refunded amount of the receipt before the
    note: the credit notes of all earlier steps less the debit notes. `refunded_at` is the time of the step, and
    `issued_at` the date of the note, later only if `issue-credit-notes` wrote it."""

    KIND: ClassVar[str] = "credit_note"

    order_id = UnicodeAttribute()
    user_id = UnicodeAttribute()
    course_id = UnicodeAttribute()
    note_type = UnicodeAttribute()
    amount = IntAttribute()
    currency = UnicodeAttribute()
    step = IntAttribute()
    refunded_before = IntAttribute()
    refunded_at = TimeAttribute()
    issued_at = TimeAttribute()
    number = UnicodeAttribute(null=True)
    numbered_at = TimeAttribute(null=True)
    day = UnicodeAttribute(null=True)
    receipt_number = UnicodeAttribute(null=True)
    receipt_day = UnicodeAttribute(null=True)
    taxable = IntAttribute(null=True)
    cgst = IntAttribute(null=True)
    sgst = IntAttribute(null=True)
    igst = IntAttribute(null=True)


class ReceiptCounter(Item):
    """`RECEIPTS#26-27 / COUNTER`, and in the same way `CREDIT_NOTES#26-27` and `DEBIT_NOTES#26-27`: the last number of
    the series that was assigned or voided in the financial year. `voided` lists the ranges {first, last, restored_to,
    at} that no document will ever have, because documents of the time after `restored_to` may have had them before an
    older table was restored; `at` is the time of the jump. It is absent before the first restore."""

    KIND: ClassVar[str] = "receipt_counter"

    last = IntAttribute()
    voided: ListAttribute[Any] = ListAttribute(null=True)
