"""Checks of the ledger against its invariants and Razorpay's account statement."""

from collections.abc import Collection, Iterator

from functions.payments.invariants.ledger import Breach, Ledger, build_ledger
from functions.payments.invariants.registry import find_breaches, find_whole_table_breaches
from functions.payments.invariants.rules.scheduled_polls import check_not_overdue
from functions.payments.reconciliation.ledger_comparison import local_side
from local.razorpay.state.account_statement import account_statement
from shared import clock
from shared.db.entities import Payment
from shared.db.payments.payment_attributes import extra_captures
from shared.db.table.base import Item
from shared.domain.lifecycle import PaymentStatus
from shared.settlement.balances import on_hold
from tests.simulation.checks import account_checks, gateway_checks, promise_checks
from tests.simulation.session import SimulationSession

_FINAL_STATUSES = (PaymentStatus.CAPTURED, PaymentStatus.FAILED, PaymentStatus.REFUNDED)


def read_ledger(session: SimulationSession) -> Ledger:
    """The ledger, read from the table without the product's queries."""
    return build_ledger(stored_items(session), session.environment.scheduler.now())


def check_always(session: SimulationSession) -> list[Breach]:
    """The invariants that hold at any time, even while handlers run. A claim may be due: `check_nothing_open` reports
    it at rest."""
    ledger = read_ledger(session)
    return [
        *(breach for breach in find_breaches(ledger) if not _is_of_due_claim(ledger, breach)),
        *find_whole_table_breaches(ledger),
        *check_captures_kept(ledger),
        *promise_checks.check_recorded(session, ledger),
        *gateway_checks.check_refunds_made_once(session),
        *gateway_checks.check_captures_wanted(session),
        *_check_logged_errors(session),
    ]


def check_at_rest(session: SimulationSession) -> list[Breach]:
    """The additional invariants once no timer is due and no event is undelivered."""
    ledger = read_ledger(session)
    found = [
        *check_always(session),
        *check_ledgers_agree(session, ledger),
        *gateway_checks.check_receipts_issued_once(session, stored_items(session)),
        *account_checks.check_account_sums(stored_items(session)),
        *account_checks.check_account_agrees(session, stored_items(session)),
    ]
    if session.mode.sweep:
        found += [*check_nothing_open(ledger), *promise_checks.check_kept(session, ledger)]
    return found


def _is_of_due_claim(ledger: Ledger, breach: Breach) -> bool:
    payment = ledger.payments.get(breach.subject)
    return breach.invariant == "I19" and payment is not None and payment.coupon_due is not None


def check_captures_kept(ledger: Ledger) -> Iterator[Breach]:
    """I1: a capture of the order's amount is a duplicate only beside a primary capture; otherwise it pays for the
    order."""
    for payment in ledger.payments.values():
        if payment.captured_amount:
            continue
        for payment_id, capture in extra_captures(payment).items():
            is_exact = (capture.amount, capture.currency) == (payment.amount, payment.currency)
            if is_exact and not capture.on_hold and not capture.released:
                yield Breach("I1", payment.order_id, f"{payment_id} is refunded as a duplicate of no other capture")


def check_polls_found_all(session: SimulationSession) -> list[Breach]:
    """Once the sweep has no more to do, the money that its polls promise to find is in the ledger, without any
    webhook and without the reconciliation."""
    ledger = read_ledger(session)
    return [
        *check_ledgers_agree(session, ledger, except_for=session.beyond_polls),
        *check_nothing_open(ledger, except_for=session.beyond_polls),
    ]


def check_ledgers_agree(
    session: SimulationSession, ledger: Ledger, except_for: Collection[str] = ()
) -> Iterator[Breach]:
    """I1 and I5: Razorpay's statement of our orders equals the ledger, to the paisa."""
    for order_id, line in account_statement(session.ledger)["by_order"].items():
        payment = ledger.payments.get(order_id)
        if session.ledger.orders[order_id].notes.get("stage") != "local" or order_id in except_for:
            continue
        if payment is None:
            if line["captured"]:
                yield Breach(
                    "I1", order_id, f"{line['captured']} captured at Razorpay, but no such payment in the ledger"
                )
            continue
        statement_refunded = line["refunded"] + line["charged_back"] - line["refund_pending"]
        stored = local_side(payment)
        captured, refunded = stored.captured_amount(), stored.refunded_amount()
        if captured != line["captured"]:
            yield Breach("I1", order_id, f"captured {captured} in the ledger, {line['captured']} at Razorpay")
        elif refunded != statement_refunded:
            yield Breach("I1", order_id, f"refunded {refunded} in the ledger, {statement_refunded} at Razorpay")
        if (payment.amount, payment.currency) != (line["amount"], line["currency"]):
            yield Breach("I5", order_id, f"{payment.amount} in the ledger, {line['amount']} at Razorpay")


def check_nothing_overdue(session: SimulationSession) -> Iterator[Breach]:
    """I6 without faults: a sweep leaves no timer due."""
    yield from check_not_overdue(read_ledger(session), session.environment.scheduler.now())


def due_order_ids(session: SimulationSession) -> set[str]:
    """The orders that a sweep would poll now."""
    now = session.environment.scheduler.now()
    known = (item for item in stored_items(session) if isinstance(item, Payment) and item.gsi2sk)
    return {item.order_id for item in known if clock.parse(item.gsi2sk) <= now}


def check_authorizations_captured(session: SimulationSession, polled: set[str]) -> Iterator[Breach]:
    """Without faults, a sweep captures the authorizations of the orders it polls; otherwise Razorpay would refund a
    learner who paid."""
    stored = read_ledger(session).payments
    for order_id in sorted(polled):
        payments = [payment for payment in session.ledger.payments.values() if payment.order_id == order_id]
        if any(payment.captured for payment in payments):
            continue
        amount = stored[order_id].amount
        if any(payment.status == "authorized" and payment.amount == amount for payment in payments):
            yield Breach("I6", order_id, "polled, but not captured")


def partitions_on_hold(session: SimulationSession) -> set[str]:
    """The partitions of orders with payments on hold."""
    return {item.pk for item in stored_items(session) if isinstance(item, Payment) and on_hold(item)}


def stored_items(session: SimulationSession) -> list[Item]:
    return [
        item
        for raw in session.environment.table.items.values()
        if (item := session.environment.entities.get_shared(raw))
    ]


def check_nothing_open(ledger: Ledger, except_for: Collection[str] = ()) -> Iterator[Breach]:
    """I6 at rest: every payment and enrollment is in a final status, without a scheduled poll."""
    for payment in ledger.payments.values():
        if payment.order_id in except_for:
            continue
        if payment.status not in _FINAL_STATUSES:
            yield Breach("I6", payment.order_id, f"still {payment.status}")
        elif payment.gsi2sk and not on_hold(payment):
            yield Breach("I6", payment.order_id, f"{payment.status}, but scheduled for a poll at {payment.gsi2sk}")
    for learner, enrollment in ledger.enrollments.items():
        if enrollment.status == "pending" and enrollment.order_id not in except_for:
            yield Breach("I6", " ".join(learner), "still pending")


def _check_logged_errors(session: SimulationSession) -> Iterator[Breach]:
    for error in session.environment.errors:
        yield Breach("unhandled", "", error)
    for wrong in session.unexpected_responses:
        invariant, _, detail = wrong.partition(" ")
        yield Breach(invariant, "", detail)
