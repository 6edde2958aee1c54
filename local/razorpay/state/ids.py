"""Razorpay's identifiers: a prefix and 14 case-sensitive alphanumerics."""

import random
import re
import string

ALPHANUMERICS = string.ascii_letters + string.digits
ORDER_ID = re.compile(r"order_[A-Za-z0-9]{14}")
PAYMENT_ID = re.compile(r"pay_[A-Za-z0-9]{14}")
REFUND_ID = re.compile(r"rfnd_[A-Za-z0-9]{14}")
DISPUTE_ID = re.compile(r"disp_[A-Za-z0-9]{14}")


class IdGenerator:
    """A seed gives the same ids in the same order in every run."""

    def __init__(self, seed: int | None = None) -> None:
        self._random = random.SystemRandom() if seed is None else random.Random(seed)

    def new(self, prefix: str) -> str:
        return prefix + "".join(self._random.choices(ALPHANUMERICS, k=14))
