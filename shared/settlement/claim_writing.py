"""Writes a settlement whose payment has a claim on a coupon: money never waits for a coupon."""

from dataclasses import replace
from datetime import datetime

from shared.db.payments import payments
from shared.db.payments.coupon_claims import ClaimNotWritten
from shared.db.payments.payment_attributes import apply_payment_changes
from shared.db.payments.payments import PaymentStep, SettledItems, Settlement
from shared.domain.lifecycle import PaymentStatus
from shared.errors import StoreUnavailable
from shared.observability import emit_metrics, logger
from shared.settlement.rules.coupon_rules import changes_only_claim_due, with_claim_due


def write_settlement(settlement: Settlement, now: datetime) -> SettledItems | None:
    """As `payments.write_settlement`. If the coupon cannot be written, because it is missing, its counters are no
    numbers, or too many transactions change it, everything else is written, and the state of the claim is due. Returns
    None if there is nothing else: the state was due already, and nothing is written.

    An order that ends unpaid can wait: while its coupon is only contended, StoreUnavailable is raised, and the sweep
    tries again. Raises DuplicateEvent, WriteConflict, StoreUnavailable."""
    try:
        return payments.write_settlement(settlement, now)
    except ClaimNotWritten as error:
        step = settlement.payment_step
        if error.is_contended and apply_payment_changes(step.read, step.changes).status is PaymentStatus.FAILED:
            raise StoreUnavailable from error
        _report(step, is_contended=error.is_contended)
        if changes_only_claim_due(step.read, step.changes) and not _writes_other_items(settlement):
            return None
        changes = with_claim_due(step.read, step.changes, now)
        return payments.write_settlement(replace(settlement, payment_step=replace(step, changes=changes)), now)


def _writes_other_items(settlement: Settlement) -> bool:
    """Whether the settlement writes an item that is neither the payment nor its history."""
    documents = (settlement.receipt, settlement.note, settlement.dispute, settlement.learner_request)
    events = (settlement.inbox_entry, settlement.audited_action)
    return any((settlement.enrollment_step, settlement.course, *events, *documents))


def _report(step: PaymentStep, *, is_contended: bool) -> None:
    names = {"order_id": step.read.order_id, "coupon": step.read.coupon_code, "is_contended": is_contended}
    logger().warning("coupon not written", extra={"code": "coupon_not_written", **names})
    emit_metrics("settlement", {"coupons_not_written": 1})
