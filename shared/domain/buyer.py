"""To whom the invoice of an order is issued."""

import hashlib
import json
from dataclasses import astuple, dataclass
from typing import Final

_FINGERPRINT_DIGITS: Final = 32


@dataclass(frozen=True, slots=True)
class Buyer:
    """The buyer's details that an invoice needs. `state` is the Indian State by the first two digits of a GSTIN: every
    invoice states it (CGST Rules, rule 46(f)). A registered buyer has `gstin`, and then the `name` and `address` of the
    firm (rule 46(d)); the learner is the buyer otherwise."""

    state: str | None = None
    gstin: str | None = None
    name: str | None = None
    address: str | None = None

    @property
    def fingerprint(self) -> str | None:
        """Equal for equal details, and shows none of them; None when nothing is known of the buyer."""
        if self == NO_DETAILS:
            return None
        details = json.dumps(astuple(self), ensure_ascii=False)
        return hashlib.sha256(details.encode()).hexdigest()[:_FINGERPRINT_DIGITS]


NO_DETAILS: Final = Buyer()
