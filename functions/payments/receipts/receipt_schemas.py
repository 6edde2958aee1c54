"""How a receipt is told. Amounts in minor units."""

from shared.schemas import Out, UtcTime


class ReceiptSellerOut(Out):
    name: str
    address: str
    gstin: str | None


class ReceiptBuyerOut(Out):
    """`state` is the code a GSTIN begins with; null when the learner has not told it."""

    name: str
    state: str | None
    state_name: str | None


class ReceiptTaxOut(Out):
    """Goods and services tax in an amount that contains it: `taxable` and the taxes add up to the amount."""

    sac: str
    rate_basis_points: int
    taxable: int
    cgst: int
    sgst: int
    igst: int


class ReceiptCreditOut(Out):
    """What went back, and the parts of it that were tax."""

    at: UtcTime
    amount: int
    tax: ReceiptTaxOut | None


class ReceiptOut(Out):
    """`number` is consecutive within the Indian financial year. `tax` is null when the seller has no GSTIN. Credits are
    told beside: the receipt itself never changes. Amounts in minor units of `currency`."""

    id: str
    number: str
    title: str
    order_id: str
    payment_id: str
    issued_at: UtcTime
    seller: ReceiptSellerOut
    learner: ReceiptBuyerOut
    course_id: str
    course_title: str
    amount: int
    currency: str
    tax: ReceiptTaxOut | None
    credits: list[ReceiptCreditOut]
    net_amount: int
