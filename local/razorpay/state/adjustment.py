"""An adjustment: money that Razorpay credits to the account, or debits, apart from payments, refunds and disputes."""

from dataclasses import dataclass


@dataclass
class Adjustment:
    """`amount` in minor units is negative for a debit. `created_at` in unix seconds."""

    id: str
    amount: int
    currency: str
    created_at: int
    description: str
