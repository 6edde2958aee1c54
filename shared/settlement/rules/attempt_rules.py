"""Rules for unresolved attempts: payments on an order, other than its primary one, that may have succeeded. Pure.

Razorpay accepts one payment for an order, but a late success beside a new attempt happens, and the webhooks of one of
them may be lost. Therefore every signed or authorized attempt is noted until Razorpay's list says what became of it.
https://razorpay.com/docs/payments/payments/late-authorisation/
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from shared.db.entities import Payment
from shared.db.payments.payment_attributes import (
    apply_payment_changes,
    extra_captures,
    unresolved_payments,
    voided_payment_ids,
)
from shared.domain.changes import PaymentChanges
from shared.domain.lifecycle import PaymentStatus
from shared.settlement.balances import EVER_CAPTURED
from shared.settlement.decision import HELD_REASONS, NO_CHANGE, Decision, Verdict
from shared.settlement.evidence import Authorized, Evidence, PollCompleted, SignedCheckout
from shared.settlement.poll_schedule import UNRESOLVED_POLL_DELAY, next_poll
from shared.settlement.rules.order_rules import UNPAID

MAX_UNRESOLVED: Final = 20
"""Razorpay refuses a payment while another one of the order is authorized, so there are few. Beyond the limit, the
order is polled without a note of the attempt; the poll reads every payment of the order anyway."""

AUTHORIZATION_LIFETIME: Final = timedelta(days=6)
"""Longer than Razorpay keeps an uncaptured authorization:
https://razorpay.com/docs/payments/payments/capture-settings/ (three days; older pages: five)"""


def with_unresolved_attempts(payment: Payment, decision: Decision, evidence: Evidence, now: datetime) -> Decision:
    """The decision, with a note of each attempt that it leaves unresolved: the signed or authorized one that the
    evidence reports, and an authorized primary one that another payment replaces. The order is then polled soon, and no
    other evidence postpones that poll. Attempts that the decision resolves are removed from the notes."""
    reported_ids = _reported_ids(payment, evidence)
    if decision.verdict is Verdict.REJECTED or not (reported_ids or payment.unresolved):
        return decision
    after = apply_payment_changes(payment, decision.payment)
    noted, resolved = unresolved_payments(after), _resolved_ids(after)
    kept = {payment_id: since for payment_id, since in noted.items() if payment_id not in resolved}
    reported = [each for each in reported_ids if each not in resolved | kept.keys()]
    kept |= dict.fromkeys(reported[: MAX_UNRESOLVED - len(kept)], now)
    changes = decision.payment if kept == noted else replace(decision.payment, unresolved_payments=kept)
    if kept or reported:
        replaced = payment.status is PaymentStatus.AUTHORIZED and payment.payment_id in reported
        is_polled_daily = payment.reason in HELD_REASONS
        soon = bool(reported) and (replaced or after.status not in UNPAID or is_polled_daily)
        others = noted.keys() & kept.keys() - set(reported_ids)
        changes = _with_poll(payment, changes, now, soon=soon, keeps_scheduled=bool(others))
    if changes == decision.payment:
        return decision
    verdict = Verdict.RECORDED if decision.verdict is Verdict.NO_CHANGE else decision.verdict
    return replace(decision, verdict=verdict, payment=changes)


def poll_completed(payment: Payment, evidence: PollCompleted, now: datetime) -> Decision:
    """Removes the attempts that ended, and those that Razorpay has not listed for the lifetime of an authorization.
    Ends the polls of an order on which nothing is due, pending or unresolved."""
    noted = unresolved_payments(payment)
    kept = {
        payment_id: since
        for payment_id, since in noted.items()
        if payment_id in evidence.authorized or not (payment_id in evidence.ended or _is_outdated(since, now))
    }
    changes = PaymentChanges() if kept == noted else PaymentChanges(unresolved_payments=kept)
    upcoming = next_poll(payment, now)
    if not kept and _is_poll_needless(payment, upcoming, bool(noted)):
        changes = replace(changes, next_poll_at=upcoming)
    return NO_CHANGE if changes == PaymentChanges() else Decision(Verdict.RECORDED, changes)


def _is_poll_needless(payment: Payment, upcoming: datetime | None, had_unresolved: bool) -> bool:
    """Whether the scheduled poll is not needed any more: nothing else is due, or it was due for an unresolved attempt.
    A pending and an authorized payment keep the scheduled poll."""
    if payment.status in EVER_CAPTURED:
        return payment.next_poll_at is not None and (upcoming is None or had_unresolved)
    return payment.status is PaymentStatus.FAILED and had_unresolved


def _is_outdated(since: datetime, now: datetime) -> bool:
    return now - since >= AUTHORIZATION_LIFETIME


def _reported_ids(payment: Payment, evidence: Evidence) -> list[str]:
    """The attempts that are known to be authorized at least: the primary one, and that of the evidence."""
    primary = [payment.payment_id] if payment.status is PaymentStatus.AUTHORIZED else []
    return [*primary, evidence.payment_id] if isinstance(evidence, SignedCheckout | Authorized) else primary


def _resolved_ids(payment: Payment) -> set[str]:
    """The attempts whose outcome the payment records: its primary one, extra captures and voided ones."""
    has_primary = payment.status is PaymentStatus.AUTHORIZED or payment.status in EVER_CAPTURED
    return {*([payment.payment_id] if has_primary else []), *extra_captures(payment), *voided_payment_ids(payment)}


def _with_poll(
    payment: Payment, changes: PaymentChanges, now: datetime, *, soon: bool, keeps_scheduled: bool
) -> PaymentChanges:
    """`changes` with a poll, in 15 minutes at the latest if there is none or it is to be `soon`. With
    `keeps_scheduled`, they do not postpone the scheduled one; one that is being made now is followed by one in 15
    minutes."""
    soonest, scheduled = now + UNRESOLVED_POLL_DELAY, payment.next_poll_at
    due = apply_payment_changes(payment, changes).next_poll_at
    if due is None or (soon and due > soonest):
        return replace(changes, next_poll_at=soonest)
    latest = scheduled if scheduled and scheduled > now else soonest
    is_postponed = keeps_scheduled and scheduled is not None and due > max(scheduled, latest)
    return replace(changes, next_poll_at=latest) if is_postponed else changes
