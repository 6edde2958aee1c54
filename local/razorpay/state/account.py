"""How the merchant's account at Razorpay is set up. The settings can be changed while the fake runs."""

from dataclasses import dataclass
from typing import Any, Final

from local.razorpay.errors import RazorpayApiError


@dataclass
class Account:
    """`deduct_at_onset`: Razorpay deducts a disputed amount as soon as the dispute is opened.

    https://razorpay.com/docs/payments/disputes/chargeback-fees-and-penalties/ (Deduct at Onset)

    `customer_bears_fee`: the checkout adds Razorpay's fee to the amount of the order.

    https://razorpay.com/docs/payments/dashboard/account-settings/configuration/convenience-fees/

    `balance`: what Razorpay holds for the merchant, in paise; None is unlimited. Captures, refunds and deductions
    change it, and a refund that exceeds it is rejected. With `vague_balance_error` the rejection does not say why.

    Lists may be less than ideal: entities younger than `list_lag_seconds` are missing from the lists of the account,
    but are found by their id; a page has at most `max_page_size` items, whatever the caller asks for; with
    `lists_out_of_order`, entities of the same second change places from call to call, also between pages, and a page
    has its items in any order.
    """

    deduct_at_onset: bool = False
    customer_bears_fee: bool = False
    balance: int | None = None
    vague_balance_error: bool = False
    list_lag_seconds: float = 0
    max_page_size: int = 1_000
    lists_out_of_order: bool = False

    def change(self, values: dict[str, Any]) -> None:
        """Set the fields named in `values`. Raises RazorpayApiError for a value of the wrong type or below its
        minimum."""
        for name, value in values.items():
            allowed, minimum = ALLOWED_VALUES[name]
            if type(value) not in allowed or (value is not None and value < minimum):
                names = " or ".join(kind.__name__ for kind in allowed)
                raise RazorpayApiError(f"{name} is of type {names}, at least {minimum}", field=name)
        for name, value in values.items():
            setattr(self, name, value)

    def change_balance(self, amount: int) -> None:
        if self.balance is not None:
            self.balance += amount


ALLOWED_VALUES: Final[dict[str, tuple[tuple[type, ...], int]]] = {
    "deduct_at_onset": ((bool,), 0),
    "customer_bears_fee": ((bool,), 0),
    "balance": ((int, type(None)), -(10**15)),
    "vague_balance_error": ((bool,), 0),
    "list_lag_seconds": ((int, float), 0),
    "max_page_size": ((int,), 1),
    "lists_out_of_order": ((bool,), 0),
}
"""Setting > its types, and its minimum."""
