"""How the merchant's account at Razorpay is set up. The settings can be changed while the fake runs."""

from dataclasses import dataclass
from typing import Any

from local.razorpay.errors import RazorpayApiError


@dataclass
class Account:
    """`deduct_at_onset`: Razorpay deducts a disputed amount as soon as the dispute is opened.

    https://razorpay.com/docs/payments/disputes/chargeback-fees-and-penalties/ (Deduct at Onset)

    `customer_bears_fee`: the checkout adds Razorpay's fee to the amount of the order.

    https://razorpay.com/docs/payments/dashboard/account-settings/configuration/convenience-fees/
    """

    deduct_at_onset: bool = False
    customer_bears_fee: bool = False

    def change(self, values: dict[str, Any]) -> None:
        """Set the fields named in `values`. Raises RazorpayApiError for a value of the wrong type."""
        for name, value in values.items():
            if not isinstance(value, bool):
                raise RazorpayApiError(f"{name} is true or false", field=name)
        for name, value in values.items():
            setattr(self, name, value)
