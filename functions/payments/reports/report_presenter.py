"""Builds the reports from stored items. Amounts in minor units."""

from collections import defaultdict
from collections.abc import Iterable

from functions.payments.reports.report_schemas import (
    LedgerEntryOut,
    LedgerTotalsOut,
    PayoutOut,
    TaxDocumentOut,
)
from shared import seller_day
from shared.db.entities import LedgerEntry, LedgerMonth, Receipt, Settlement
from shared.db.payments.documents.tax_documents import TaxDocument
from shared.domain import gst
from shared.domain.account_ledger import LedgerKind
from shared.domain.credit_notes import NoteType
from shared.domain.gstr1 import Gstr1Section, section_of_invoice, section_of_note


def totals(month: str, months: Iterable[LedgerMonth], unreadable: Iterable[str] = ()) -> list[LedgerTotalsOut]:
    """The sums of `month` for each currency; `months` are those up to it. A currency is left out if one of its months
    is among `unreadable`, the keys of those that cannot be read: its balance is not known."""
    opening: defaultdict[str, int] = defaultdict(int)
    sums: dict[str, dict[LedgerKind, int]] = {}
    for each in months:
        of_month, _, currency = each.sk.partition("#")
        opening[currency] += 0 if of_month == month else each.net
        if of_month == month:
            sums[currency] = each.by_kind
    unknown = {name.rpartition("#")[2] for name in unreadable}
    found = []
    for currency in sorted(opening.keys() - unknown):
        by_kind = sums.get(currency, dict.fromkeys(LedgerKind, 0))
        balance = opening[currency]
        found.append(
            LedgerTotalsOut(
                **{kind.value: amount for kind, amount in by_kind.items()},
                currency=currency,
                opening_balance=balance,
                closing_balance=balance + sum(by_kind.values()),
            )
        )
    return found


def entry(stored: LedgerEntry) -> LedgerEntryOut:
    return LedgerEntryOut(
        id=stored.entity_id,
        kind=stored.ledger_kind,
        amount=stored.net + stored.fee,
        fee=stored.tax - stored.fee,
        fee_tax=-stored.tax,
        net=stored.net,
        currency=stored.currency,
        at=stored.at,
        day=seller_day.day(stored.at),
        payment_id=stored.payment_id,
        order_id=stored.order_id,
        dispute_id=stored.dispute_id,
        settlement_id=stored.settlement_id,
        utr=stored.utr,
        description=stored.description,
    )


def payout(stored: Settlement) -> PayoutOut:
    return PayoutOut(
        **{kind.value: amount for kind, amount in stored.by_kind.items()},
        id=stored.settlement_id,
        utr=stored.utr,
        status=stored.status,
        currency=stored.currency,
        created_at=stored.created_at,
        day=seller_day.day(stored.created_at),
        amount=-stored.settlement,
        entries=stored.entries - 1,
        unexplained=stored.net,
    )


def tax_document(document: TaxDocument) -> TaxDocumentOut:
    """Raises an error that one of READ_ERRORS names for a document without its snapshot."""
    receipt, note = document
    day = receipt.day or seller_day.day(receipt.captured_at)
    of_invoice = _section(receipt)
    parts, sign = (receipt, 1) if note is None else (note, -1 if note.note_type == NoteType.CREDIT else 1)
    return TaxDocumentOut(
        number=parts.number,
        day=day if note is None else note.day or seller_day.day(note.issued_at),
        section=of_invoice if note is None else section_of_note(of_invoice),
        order_id=receipt.order_id,
        receipt_number=receipt.number,
        receipt_day=day,
        buyer_name=receipt.buyer_name or receipt.learner_name,
        buyer_gstin=receipt.buyer_gstin,
        place_of_supply=receipt.place_of_supply,
        state_assumed=receipt.state_assumed,
        sac=gst.SAC,
        rate_basis_points=receipt.rate_basis_points or 0,
        currency=receipt.currency,
        amount=sign * parts.amount,
        taxable=sign * (parts.amount if parts.taxable is None else parts.taxable),
        cgst=sign * (parts.cgst or 0),
        sgst=sign * (parts.sgst or 0),
        igst=sign * (parts.igst or 0),
    )


def _section(receipt: Receipt) -> Gstr1Section:
    return section_of_invoice(
        taxed=receipt.seller_gstin is not None,
        registered=receipt.buyer_gstin is not None,
        interstate=bool(receipt.igst),
        amount=receipt.amount,
    )
