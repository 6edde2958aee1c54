"""Disputes: chargebacks by a learner's bank, and the merchant's answers."""

from dataclasses import dataclass
from typing import Any, Final

from local.razorpay.errors import RazorpayApiError
from local.razorpay.state.dispute import EVIDENCE_FIELDS, PHASES, Dispute
from local.razorpay.state.entities import Payment
from local.razorpay.state.ledger import Ledger

DAY: Final = 86_400
RESPONSE_DAYS: Final = {"fraud": 7, "retrieval": 7, "chargeback": 3, "pre_arbitration": 2, "arbitration": 1}
"""Days to respond. Razorpay counts business days; the fake counts calendar days."""
LOST_WITHOUT_RESPONSE: Final = ("chargeback", "pre_arbitration", "arbitration")
STATUS_BY_EVENT: Final = {
    "created": "open",
    "under_review": "under_review",
    "action_required": "open",
    "won": "won",
    "lost": "lost",
    "closed": "closed",
}


@dataclass(frozen=True)
class DisputeDetails:
    """What the bank states when it opens a dispute. `respond_by` is a unix time; None applies the period of the
    phase. `deduct_at_onset` None applies the setting of the account."""

    phase: str = "chargeback"
    reason_code: str = "goods_or_services_not_received_or_partially_received"
    respond_by: int | None = None
    deduct_at_onset: bool | None = None


def update_dispute(
    ledger: Ledger,
    payment_id: str,
    event: str,
    amount: int | None = None,
    *,
    deducted: int | None = None,
    details: DisputeDetails = DisputeDetails(),
) -> Dispute:
    """Apply payment.dispute.`event` to the last dispute of a captured payment. A first dispute is opened without an
    event of its own, and so is a new one when `amount` is given and the last one has ended. Parameters as for
    `open_dispute` and `change_dispute`; raises RazorpayApiError."""
    disputes = [dispute for dispute in ledger.disputes.values() if dispute.payment_id == payment_id]
    if event not in STATUS_BY_EVENT:
        raise RazorpayApiError(f"The status must be one of {', '.join(STATUS_BY_EVENT)}", field="status")
    is_new = not disputes or (disputes[-1].ended and amount is not None)
    if is_new and event == "created":
        return open_dispute(ledger, payment_id, amount, deducted=deducted, details=details)
    dispute = _new_dispute(ledger, ledger.payment(payment_id), amount, deducted, details) if is_new else disputes[-1]
    return change_dispute(ledger, dispute, event, deducted=deducted)


def open_dispute(
    ledger: Ledger,
    payment_id: str,
    amount: int | None = None,
    *,
    deducted: int | None = None,
    details: DisputeDetails = DisputeDetails(),
) -> Dispute:
    """Open a dispute of a captured payment, also beside an open one; emits payment.dispute.created.

    The bank does not know about refunds: `amount` in minor units may exceed what is left of the payment, and a refund
    may be pending. Without `amount` the dispute covers the unrefunded amount. With deduct at onset, `deducted` (by
    default the whole amount) is deducted now. Raises RazorpayApiError."""
    dispute = _new_dispute(ledger, ledger.payment(payment_id), amount, deducted, details)
    account_setting = ledger.account.deduct_at_onset
    if deducted is not None or (account_setting if details.deduct_at_onset is None else details.deduct_at_onset):
        _deduct(ledger, dispute, dispute.amount if deducted is None else deducted)
    ledger.emit_event("payment.dispute.created", ledger.payments[payment_id], dispute=dispute)
    return dispute


def change_dispute(
    ledger: Ledger, dispute: Dispute, event: str, *, deducted: int | None = None, even_if_ended: bool = False
) -> Dispute:
    """Change the status of a dispute; emits payment.dispute.`event`.

    lost deducts `deducted` in total, by default the whole amount; won and closed return a deduction. An ended dispute
    changes only with `even_if_ended`. Raises RazorpayApiError."""
    if event not in STATUS_BY_EVENT:
        raise RazorpayApiError(f"The status must be one of {', '.join(STATUS_BY_EVENT)}", field="status")
    if dispute.ended and not even_if_ended:
        raise RazorpayApiError(f"The dispute is already {dispute.status}", field="status")
    _check_deducted(deducted, dispute.amount)
    dispute.status = STATUS_BY_EVENT[event]
    if dispute.status == "lost":
        _deduct(ledger, dispute, dispute.amount if deducted is None else deducted)
    elif dispute.ended:
        _deduct(ledger, dispute, 0)
    elif deducted is not None:
        _deduct(ledger, dispute, deducted)
    ledger.emit_event(f"payment.dispute.{event}", ledger.payments[dispute.payment_id], dispute=dispute)
    return dispute


def accept(ledger: Ledger, dispute_id: str, body: dict[str, Any]) -> Dispute:
    """POST /v1/disputes/{id}/accept: an open dispute is lost. Raises RazorpayApiError."""
    if body:
        extra = sorted(body)
        raise RazorpayApiError(f"{', '.join(extra)} is/are not required and should not be sent", field=extra[0])
    return change_dispute(ledger, _answerable(ledger, dispute_id), "lost")


def contest(ledger: Ledger, dispute_id: str, body: dict[str, Any]) -> Dispute:
    """PATCH /v1/disputes/{id}/contest: keep the evidence; the action "submit" makes an open dispute under_review.
    Raises RazorpayApiError."""
    dispute = _answerable(ledger, dispute_id)
    extra = sorted(set(body) - set(EVIDENCE_FIELDS) - {"action"})
    if extra:
        raise RazorpayApiError(f"{', '.join(extra)} is/are not required and should not be sent", field=extra[0])
    if body.get("action", "draft") not in ("draft", "submit"):
        raise RazorpayApiError("The selected action is invalid.", field="action")
    if body.get("amount", 0) > dispute.amount:
        raise RazorpayApiError("contest amount cannot be greater than dispute amount.", field="amount")
    dispute.evidence |= {name: value for name, value in body.items() if name != "action"}
    if body.get("action") == "submit":
        dispute.evidence["submitted_at"] = ledger.now()
        change_dispute(ledger, dispute, "under_review")
    return dispute


def lose_unanswered(ledger: Ledger, dispute_id: str) -> None:
    """A dispute that is still open when its period to respond ends is lost, except in the phases fraud and
    retrieval."""
    dispute = ledger.disputes.get(dispute_id)  # a test may have removed it
    if dispute is not None and dispute.status == "open" and dispute.phase in LOST_WITHOUT_RESPONSE:
        change_dispute(ledger, dispute, "lost")


def _new_dispute(
    ledger: Ledger, payment: Payment, amount: int | None, deducted: int | None, details: DisputeDetails
) -> Dispute:
    if not payment.captured:
        raise RazorpayApiError("Only a captured payment can be disputed", field="payment_id")
    if details.phase not in PHASES:
        raise RazorpayApiError(f"The phase must be one of {', '.join(PHASES)}", field="phase")
    disputed = sum(
        other.amount
        for other in ledger.disputes.values()
        if other.payment_id == payment.id and other.status not in ("won", "closed")
    )
    most = payment.amount - disputed
    disputed_amount = amount if amount is not None else min(most, payment.amount - payment.amount_refunded) or most
    if not 0 < disputed_amount <= most:
        raise RazorpayApiError("The amount exceeds the undisputed amount of the payment", field="amount")
    _check_deducted(deducted, disputed_amount)
    dispute = Dispute(
        id=ledger.new_id("disp_", ledger.disputes),
        payment_id=payment.id,
        amount=disputed_amount,
        currency=payment.currency,
        created_at=ledger.now(),
        respond_by=details.respond_by or ledger.now() + RESPONSE_DAYS[details.phase] * DAY,
        phase=details.phase,
        reason_code=details.reason_code,
    )
    ledger.disputes[dispute.id] = dispute
    ledger.schedule(dispute.respond_by, "lose_unanswered", dispute.id)
    return dispute


def _deduct(ledger: Ledger, dispute: Dispute, total: int) -> None:
    if total != dispute.amount_deducted:
        dispute.deductions.append((ledger.now(), total - dispute.amount_deducted))
    ledger.account.change_balance(dispute.amount_deducted - total)
    dispute.amount_deducted = total


def _check_deducted(deducted: int | None, amount: int) -> None:
    if deducted is not None and not 0 <= deducted <= amount:
        raise RazorpayApiError("The deducted amount must be between 0 and the amount of the dispute", field="deducted")


def _answerable(ledger: Ledger, dispute_id: str) -> Dispute:
    dispute = ledger.dispute(dispute_id)
    if dispute.status != "open":
        raise RazorpayApiError(f"Action not allowed when dispute is in {dispute.status} status.", field="id")
    if ledger.now() >= dispute.respond_by:
        raise RazorpayApiError("Action not allowed as deadline to respond has elapsed.", field="id")
    return dispute
