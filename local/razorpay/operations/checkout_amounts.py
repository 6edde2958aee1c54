"""The amount at the checkout, which an offer or a fee may change."""

from dataclasses import dataclass
from typing import Final

from local.razorpay.errors import RazorpayApiError
from local.razorpay.operations.orders import validate_amount
from local.razorpay.state.entities import Order
from local.razorpay.state.ledger import Ledger


@dataclass(frozen=True)
class Payer:
    """The input of the learner at the checkout, where the amount may change.

    An offer takes `discount` off the amount of the order. When the customer bears Razorpay's fee, the checkout adds it;
    `customer_bears_fee` None applies the setting of the account. Razorpay allows one of the two.
    """

    method: str = "upi"
    email: str = "learner@example.com"
    contact: str = "+919876543210"
    notes: dict[str, str] | None = None
    offer_id: str | None = None
    discount: int = 0
    customer_bears_fee: bool | None = None


DEFAULT_PAYER: Final = Payer()


def fee_and_tax(amount: int) -> tuple[int, int]:
    """Razorpay's fee with tax, and the tax in it: 2 % of the amount, and 18 % of that."""
    charge = amount * 2 // 100
    tax = charge * 18 // 100
    return charge + tax, tax


def customer_fee(ledger: Ledger, order: Order, payer: Payer) -> int:
    """The fee that the checkout adds to the amount of the order: 0 unless the customer bears it. Raises
    RazorpayApiError."""
    account_setting = ledger.account.customer_bears_fee
    bears_fee = account_setting if payer.customer_bears_fee is None else payer.customer_bears_fee
    if bears_fee and payer.offer_id is not None:
        raise RazorpayApiError("Offers are not supported when the customer bears the fee", field="offer_id")
    return fee_and_tax(order.amount)[0] if bears_fee else 0


def amount_at_checkout(order: Order, payer: Payer, fee: int) -> int:
    """The amount of a payment: that of the order, less the discount, plus the fee. Raises RazorpayApiError."""
    if not isinstance(payer.discount, int) or payer.discount < 0 or (payer.discount and payer.offer_id is None):
        raise RazorpayApiError("The discount is a positive integer, and needs an offer", field="discount")
    return validate_amount(order.amount - payer.discount + fee, order.currency)
