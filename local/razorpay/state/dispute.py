"""A dispute: its state, and its JSON in Razorpay's API. Amounts in minor units, times in unix seconds.

https://razorpay.com/docs/api/disputes/entity/
"""

from dataclasses import dataclass, field
from typing import Any, Final

PHASES: Final = ("fraud", "retrieval", "chargeback", "pre_arbitration", "arbitration")
STATUSES: Final = ("open", "under_review", "won", "lost", "closed")
ENDED: Final = ("won", "lost", "closed")
EVIDENCE_FIELDS: Final = (
    "amount",
    "summary",
    "shipping_proof",
    "billing_proof",
    "cancellation_proof",
    "customer_communication",
    "proof_of_service",
    "explanation_letter",
    "refund_confirmation",
    "access_activity_log",
    "refund_cancellation_policy",
    "term_and_conditions",
    "others",
    "submitted_at",
)


@dataclass
class Dispute:
    """`amount_deducted` is what Razorpay has deducted from the account so far. The documentation of the entity says
    that it is 0 until the dispute is lost; with deduct at onset it is set when the dispute is opened. The bank may
    deduct a part of `amount`. `deductions` are its changes: the time and the difference of each."""

    id: str
    payment_id: str
    amount: int
    currency: str
    created_at: int
    respond_by: int
    amount_deducted: int = 0
    status: str = "open"
    phase: str = "chargeback"
    reason_code: str = "goods_or_services_not_received_or_partially_received"
    evidence: dict[str, Any] = field(default_factory=dict)  # as sent by `contest`
    deductions: list[tuple[int, int]] = field(default_factory=list)

    @property
    def ended(self) -> bool:
        return self.status in ENDED

    def entity(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "entity": "dispute",
            "payment_id": self.payment_id,
            "amount": self.amount,
            "currency": self.currency,
            "amount_deducted": self.amount_deducted,
            "gateway_dispute_id": f"bank-{self.id[5:]}",
            "reason_code": self.reason_code,
            "reason_description": self.reason_code.replace("_", " ").capitalize(),
            "respond_by": self.respond_by,
            "status": self.status,
            "phase": self.phase,
            "comments": None,
            "evidence": dict.fromkeys(EVIDENCE_FIELDS) | {"amount": self.amount} | self.evidence,
            "created_at": self.created_at,
        }
