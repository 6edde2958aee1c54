"""Builds the response of the receipt route."""

from functions.payments.receipts.receipt_schemas import (
    ReceiptBuyerOut,
    ReceiptCreditOut,
    ReceiptNoteOut,
    ReceiptOut,
    ReceiptSellerOut,
    ReceiptTaxOut,
)
from functions.payments.receipts.receipt_service import NumberedReceipt
from shared.db.entities import CreditNote
from shared.domain import gst
from shared.domain.credit_notes import NoteType
from shared.domain.gst import Tax


def receipt(numbered: NumberedReceipt) -> ReceiptOut:
    stored = numbered.receipt
    rate = stored.rate_basis_points
    return ReceiptOut(
        id=stored.order_id,
        number=stored.number,
        title=numbered.title,
        order_id=stored.order_id,
        payment_id=stored.payment_id,
        issued_at=stored.captured_at,
        day=numbered.day,
        seller=ReceiptSellerOut(
            name=stored.seller_name, address=stored.seller_address or "", gstin=stored.seller_gstin
        ),
        learner=ReceiptBuyerOut(
            name=stored.learner_name,
            state=stored.learner_state,
            state_name=gst.STATES.get(stored.learner_state or ""),
            state_assumed=stored.state_assumed,
            gstin=stored.buyer_gstin,
            firm_name=stored.buyer_name,
            firm_address=stored.buyer_address,
        ),
        course_id=stored.course_id,
        course_title=stored.course_title,
        list_amount=stored.list_amount,
        discount=stored.discount or 0,
        coupon=stored.coupon_code,
        coupon_discount=stored.coupon_discount,
        amount=stored.amount,
        currency=stored.currency,
        tax=_tax(rate, numbered.tax),
        credits=[
            ReceiptCreditOut(
                at=credit.at,
                day=credit.day,
                amount=credit.amount,
                tax=_tax(rate, credit.tax),
                note=_note(credit.note),
            )
            for credit in numbered.credits
        ],
        net_amount=numbered.net_amount,
    )


def _tax(rate: int, tax: Tax | None) -> ReceiptTaxOut | None:
    if tax is None:
        return None
    return ReceiptTaxOut(
        sac=gst.SAC, rate_basis_points=rate, taxable=tax.taxable, cgst=tax.cgst, sgst=tax.sgst, igst=tax.igst
    )


def _note(note: CreditNote | None) -> ReceiptNoteOut | None:
    if note is None:
        return None
    return ReceiptNoteOut(
        id=str(note.step), type=NoteType(note.note_type), number=note.number, issued_at=note.issued_at
    )
