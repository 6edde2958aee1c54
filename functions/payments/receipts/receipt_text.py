"""How receipts and notes state buyers, amounts and taxes, on the page and in the PDF."""

from typing import Final, NamedTuple

from shared.db.entities import Receipt
from shared.domain import currencies, gst
from shared.domain.gst import Tax

_LAKH_GROUP: Final = 2
"""Digits of each group before the last three."""


class TaxColumns(NamedTuple):
    names: list[str]
    amounts: list[str]


def tax_columns(tax: Tax, rate: int, currency: str, *, integrated: bool) -> TaxColumns:
    """One column of integrated tax (between states), or two of central and state tax. `rate` in basis points."""
    if integrated:
        return TaxColumns([f"IGST {_percent(rate)}"], [money(tax.igst, currency)])
    half = _percent(rate / 2)
    return TaxColumns([f"CGST {half}", f"SGST {half}"], [money(tax.cgst, currency), money(tax.sgst, currency)])


def buyer_of_receipt(receipt: Receipt) -> list[tuple[str, str]]:
    """A firm by name, address and GSTIN (CGST Rules, rule 46(d)), with the learner; otherwise the learner."""
    learner = ("Learner" if receipt.buyer_gstin else "Name", receipt.learner_name)
    firm = [("Name", receipt.buyer_name), ("Address", receipt.buyer_address), ("GSTIN", receipt.buyer_gstin)]
    lines = [*firm, learner] if receipt.buyer_gstin else [learner]
    place = receipt.place_of_supply
    if place and receipt.seller_gstin:
        lines.append(("Place of supply", f"{gst.STATES[place]} ({place})"))
    elif place:
        lines.append(("State", gst.STATES[place]))
    return lines


def reductions(receipt: Receipt) -> list[tuple[str, str]]:
    """What leads from the list price to the amount: the part of a sale price, the part of a coupon, and an offer or a
    fee of the gateway. Empty if the list price was paid. A discount that is known at the time of supply must be on the
    invoice to lower the value of the supply (CGST Act 2017, section 15(3)(a); unverified: read in a copy)."""
    if not receipt.list_amount:
        return []
    by_payment = receipt.amount - (receipt.list_amount - receipt.discount)
    if not receipt.discount and not by_payment:
        return []
    lines = [
        ("List price", receipt.list_amount),
        *_discounts(receipt),
        ("Fee of the payment" if by_payment > 0 else "Offer of the payment", by_payment),
    ]
    return [(name, money(amount, receipt.currency)) for name, amount in lines if amount]


def _discounts(receipt: Receipt) -> list[tuple[str, int]]:
    """Receipts of earlier versions do not say where their discount comes from."""
    of_coupon: int | None = receipt.coupon_discount
    if of_coupon is None:
        return [("Discount", -receipt.discount)]
    return [
        ("Discount (sale price)", of_coupon - receipt.discount),
        (f"Discount (coupon {receipt.coupon_code})", -of_coupon),
    ]


def _percent(basis_points: float) -> str:
    return f"{basis_points / 100:g} %"


def money(minor: int, currency: str) -> str:
    """An amount in minor units, with the decimal places of its currency; with a minus sign when it is negative. The
    currency is an ISO 4217 code, so the text is also HTML."""
    sign = "\N{MINUS SIGN}" if minor < 0 else ""
    whole, fraction = currencies.whole_and_fraction(abs(minor), currency)
    point = f".{fraction}" if fraction else ""
    if currency != "INR":
        return f"{sign}{currency} {int(whole):,}{point}"
    return f"{sign}₹ {_grouped(whole)}{point}"


def _grouped(digits: str) -> str:
    """Grouped as in India: 12,34,567."""
    head, last = digits[:-3], digits[-3:]
    groups = [last]
    while head:
        head, group = head[:-_LAKH_GROUP], head[-_LAKH_GROUP:]
        groups.insert(0, group)
    return ",".join(groups)
