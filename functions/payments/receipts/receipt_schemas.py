"""Responses of the receipt routes. Amounts are in minor units of the receipt's currency."""

from shared.domain.credit_notes import NoteType
from shared.schemas import Out, UtcTime


class ReceiptSellerOut(Out):
    name: str
    address: str
    gstin: str | None


class ReceiptBuyerOut(Out):
    """`name` is the learner's. `state` is the two-digit code of an Indian state, as at the start of a GSTIN; null when
    neither the order nor the learner's profile has one: `state_assumed` is true then on a tax invoice, whose place of
    supply is the seller's State. A firm that bought the course has `gstin`, `firm_name` and `firm_address`."""

    name: str
    state: str | None
    state_name: str | None
    state_assumed: bool
    gstin: str | None
    firm_name: str | None
    firm_address: str | None


class ReceiptTaxOut(Out):
    """Goods and services tax included in an amount: `taxable` and the taxes add up to the amount."""

    sac: str
    rate_basis_points: int
    taxable: int
    cgst: int
    sgst: int
    igst: int


class ReceiptNoteOut(Out):
    """A credit note, or a debit note that takes credit back (CGST Act, section 34). `number` is consecutive within the
    Indian financial year, such as C/26-27/000001 or D/26-27/000001; null until the note has one, a few minutes after
    the refund."""

    id: str
    type: NoteType
    number: str | None
    issued_at: UtcTime


class ReceiptCreditOut(Out):
    """A refund or another reversal, and the tax included in it. A negative amount takes an earlier credit back: a
    dispute was won, or a refund failed after all. `day` is the seller's day, such as "2026-11-30". `note` is its credit
    or debit note; null for a refund of an earlier version until its note is written."""

    at: UtcTime
    day: str
    amount: int
    tax: ReceiptTaxOut | None
    note: ReceiptNoteOut | None


class ReceiptOut(Out):
    """`number` is consecutive within the Indian financial year (April to March). `day` is the date of the receipt: the
    seller's day of the payment ("2026-11-30"), which is in the financial year of the number. `tax` is null when the
    seller has no GSTIN. A numbered receipt never changes: refunds appear as `credits` with their notes, and
    `net_amount` is the amount minus the credits. `discount` is what a sale and a coupon took off `list_amount`, which
    is null in an order at the list price that was paid with its amount. What `list_amount` less `discount` differs from
    `amount` is an offer or a fee of the gateway that was accepted. `coupon_discount` is the part of
    `coupon` in `discount`, null in a receipt that does not say where its discount comes from."""

    id: str
    number: str
    title: str
    order_id: str
    payment_id: str
    issued_at: UtcTime
    day: str
    seller: ReceiptSellerOut
    learner: ReceiptBuyerOut
    course_id: str
    course_title: str
    list_amount: int | None
    discount: int
    coupon: str | None
    coupon_discount: int | None
    amount: int
    currency: str
    tax: ReceiptTaxOut | None
    credits: list[ReceiptCreditOut]
    net_amount: int
