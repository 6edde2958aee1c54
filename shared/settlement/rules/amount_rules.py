"""Rules for payments of another amount than the order's. Pure. Amounts in minor units.

A switch in Razorpay's dashboard changes the amount that a learner pays, without any code of ours: "Show Offer on
Checkout" reduces it, and "Customer Fee Bearer" adds the gateway's fee
(https://razorpay.com/docs/sg/payments/payment-gateway/customer-fee-bearer). The payment's `fee`, with its tax, and
its `offer_id` explain the difference (https://razorpay.com/docs/api/payments/entity).
"""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from shared.db.entities import Payment
from shared.domain.captures import AmountRule
from shared.domain.lifecycle import StatusReason
from shared.settlement.evidence import Authorized, Captured


@dataclass(frozen=True, slots=True)
class AmountPolicy:
    """The differences from the order's amount that the seller accepts (docs/settings.md): the gateway's fee on top, and
    an offer of at most so many percent of the order's amount."""

    accepts_fee_on_top: bool = True
    max_offer_percent: int = 0


DEFAULT_POLICY: Final = AmountPolicy()
"""The policy of the settings' defaults."""


class AmountCheck(Enum):
    """The result of comparing a payment with its order."""

    MATCHES = auto()
    """Amount and currency are those of the order."""
    FEE_ON_TOP = auto()
    """The amount is the order's plus the gateway's fee."""
    OFFER = auto()
    """An offer within the limit of the policy reduced the amount."""
    FEE_UNKNOWN = auto()
    """An authorization of more than the order's amount. The fee may explain it, and is known once it is captured."""
    UNEXPLAINED = auto()
    """Another currency, or an amount that no rule explains; or the order is orphaned, and no payment can pay for it."""

    @property
    def is_accepted(self) -> bool:
        """Whether a capture of this amount pays for the order."""
        return self in _ACCEPTED

    @property
    def rule(self) -> AmountRule | None:
        """The rule that explains the difference; None when there is no difference, or no rule."""
        return _RULES.get(self)


_ACCEPTED: Final = frozenset({AmountCheck.MATCHES, AmountCheck.FEE_ON_TOP, AmountCheck.OFFER})
_RULES: Final = {AmountCheck.FEE_ON_TOP: AmountRule.FEE_ON_TOP, AmountCheck.OFFER: AmountRule.OFFER}


def check_amount(payment: Payment, evidence: Authorized | Captured, policy: AmountPolicy) -> AmountCheck:
    """Compares the amount of a payment at the gateway with that of its order."""
    if evidence.currency != payment.currency or payment.reason is StatusReason.ORPHANED:
        return AmountCheck.UNEXPLAINED
    surcharge = evidence.amount - payment.amount
    if surcharge == 0:
        return AmountCheck.MATCHES
    if surcharge > 0:
        return _check_surcharge(surcharge, evidence, policy)
    within_limit = -surcharge * 100 <= policy.max_offer_percent * payment.amount
    return AmountCheck.OFFER if evidence.offer_id and within_limit else AmountCheck.UNEXPLAINED


def _check_surcharge(surcharge: int, evidence: Authorized | Captured, policy: AmountPolicy) -> AmountCheck:
    if not policy.accepts_fee_on_top:
        return AmountCheck.UNEXPLAINED
    if evidence.fee is None and isinstance(evidence, Authorized):
        return AmountCheck.FEE_UNKNOWN
    return AmountCheck.FEE_ON_TOP if evidence.fee == surcharge else AmountCheck.UNEXPLAINED
