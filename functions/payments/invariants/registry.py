"""The list of all invariants: number, name, rule and checks. docs/invariants.md is generated from it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from functions.payments.invariants.ledger import Breach, Ledger
from functions.payments.invariants.rules import (
    access,
    certificates,
    coupons,
    credit_notes,
    duplicate_orders,
    learner_requests,
    money,
    readability,
    receipt_numbering,
    scheduled_polls,
    webhooks,
)
from shared.db.table.unreadable_items import READ_ERRORS

LedgerCheck = Callable[[Ledger], Iterator[Breach]]
OverdueCheck = Callable[[Ledger, datetime], Iterator[Breach]]
"""Its second argument is the moment (UTC) before which scheduled work counts as overdue."""


@dataclass(frozen=True)
class Invariant:
    """`rule` is one sentence. `checks` work on any set of learners whose orders and enrollments are all in the ledger.
    `overdue_checks` also need the moment from which scheduled work counts as overdue. `whole_table_checks` need every
    item of the table; `number_tally` makes the same check of a table that does not fit in memory. An invariant about a
    sequence of events, or about data of another function, has no checks here; `verified_by` names the test or command
    that verifies it."""

    id: str
    name: str
    rule: str
    checks: tuple[LedgerCheck, ...] = ()
    overdue_checks: tuple[OverdueCheck, ...] = ()
    whole_table_checks: tuple[LedgerCheck, ...] = ()
    verified_by: str = "table check"

    @property
    def is_checked(self) -> bool:
        """Whether `check_invariants` checks it."""
        return bool(self.checks)


INVARIANTS: Final = (
    Invariant(
        "I1",
        "captures accounted for",
        "Every captured amount is the basis of an access, or refunded, or its refund is pending; a refund that was "
        "not requested has a valid reason.",
        checks=(
            money.check_captures_accounted,
            money.check_returns_decided,
            money.check_extra_captures_accounted,
            duplicate_orders.check_refund_reasons,
        ),
    ),
    Invariant(
        "I2",
        "access paid for or granted",
        "Every access to a course has an authorized or captured payment of that learner for that course, an admin's "
        "grant, or a free enrollment as its basis.",
        checks=(access.check_access_basis,),
    ),
    Invariant(
        "I3",
        "paid once",
        "A learner never has two unrefunded captures for one course, and gets no second order while the first can "
        "still be paid.",
        checks=(duplicate_orders.check_paid_once, duplicate_orders.check_single_open_order),
    ),
    Invariant(
        "I4",
        "refunds within the capture",
        "Refunds never exceed the capture, the refunded amount is the sum of processed refunds and reversals, capped "
        "at the capture, and each dispute has the reversal that its state requires.",
        checks=(money.check_refund_limits, money.check_refunded_amount, money.check_dispute_reversals),
    ),
    Invariant(
        "I5",
        "captured amount",
        "The captured amount is the amount of the order, or a rule explains the difference: fee on top, offer, or "
        "accepted by an admin.",
        checks=(money.check_captured_amounts,),
    ),
    Invariant(
        "I6",
        "nothing overdue",
        "Everything unsettled has a scheduled poll, and neither a poll nor the numbering of a receipt or a note is "
        "overdue.",
        checks=(scheduled_polls.check_payment_polls, scheduled_polls.check_enrollment_polls),
        overdue_checks=(
            scheduled_polls.check_not_overdue,
            scheduled_polls.check_not_stuck,
            receipt_numbering.check_numbered,
            credit_notes.check_notes_numbered,
        ),
    ),
    Invariant(
        "I7",
        "webhooks idempotent",
        "A webhook that is delivered again changes nothing.",
        checks=(webhooks.check_applied_once,),
    ),
    Invariant(
        "I8",
        "any order of delivery",
        "The order in which webhooks are delivered does not change the final state.",
        verified_by="`tests/simulation/test_webhook_order.py`",
    ),
    Invariant(
        "I9",
        "history complete",
        "Every status change is an allowed transition, and every history replays to its item.",
        checks=(access.check_payment_history, access.check_enrollment_history),
    ),
    Invariant(
        "I10",
        "crash recovery",
        "A crash after any call is repaired within two sweeps.",
        verified_by="`tests/simulation/test_crashes.py`",
    ),
    Invariant(
        "I11",
        "redundant sources",
        "Webhooks without the sweep, and the sweep without webhooks, are each sufficient.",
        verified_by="`make simulate`",
    ),
    Invariant(
        "I12",
        "acknowledged webhooks applied",
        "The effect of every webhook that was acknowledged with 2xx is in the ledger.",
        checks=(webhooks.check_applied,),
    ),
    Invariant(
        "I13",
        "dashboards match a recount",
        "The counters that the dashboards show are those of a recount.",
        verified_by="`python -m cli invariants` and `python -m cli recount`",
    ),
    Invariant(
        "I14",
        "orders are private",
        "No learner can act on another learner's order.",
        verified_by="`make simulate` and `tests/security`",
    ),
    Invariant(
        "I15",
        "receipts",
        "Each sale has a receipt that names the buyer of the order, and receipt numbers are unique and without gaps, "
        "except for ranges that a restore voided, which no receipt has.",
        checks=(
            receipt_numbering.check_receipts,
            receipt_numbering.check_receipt_taxes,
            receipt_numbering.check_receipt_buyers,
        ),
        whole_table_checks=(receipt_numbering.check_consecutive,),
    ),
    Invariant(
        "I16",
        "certificates",
        "Each completed enrollment has one certificate, and each certificate one completed enrollment.",
        checks=(certificates.check_completions, certificates.check_certificates),
    ),
    Invariant(
        "I17",
        "items readable",
        "Every item of the ledger can be read and checked, and is listed under its learner.",
        checks=(readability.check_readable, readability.check_listed),
    ),
    Invariant(
        "I18",
        "credit notes",
        "Each change of the refunded amount of a sale has a credit or debit note of the difference, the notes of a "
        "full refund add up to the receipt, tax included, and the numbers of notes are as those of receipts.",
        checks=(credit_notes.check_notes, credit_notes.check_note_taxes),
    ),
    Invariant(
        "I19",
        "coupons counted once",
        "The claims on a coupon are its open orders, its redemptions are the orders that were paid and the free "
        "activations, and together they never exceed its limit, except for orders that were paid late.",
        checks=(coupons.check_claims,),
        whole_table_checks=(coupons.check_uses, coupons.check_totals),
    ),
    Invariant(
        "I20",
        "refund requests of learners",
        "An approved request has its refund, demanded in the same step or made; an open one belongs to a captured "
        "payment; one is closed only when the payment is refunded, or its full refund demanded; and exactly the open "
        "ones are listed for admins.",
        checks=(learner_requests.check_learner_requests,),
    ),
)


def find_breaches(ledger: Ledger, *, overdue_before: datetime | None = None) -> list[Breach]:
    """The breaches in the ledger. With `overdue_before` (UTC) also the scheduled work that was due before then. A check
    that fails on a stored value is a breach of I17."""
    breaches: list[Breach] = []
    for invariant in INVARIANTS:
        for check in invariant.checks:
            breaches += _found(ledger, check.__name__, check(ledger))
        if overdue_before is not None:
            for overdue_check in invariant.overdue_checks:
                breaches += _found(ledger, overdue_check.__name__, overdue_check(ledger, overdue_before))
    return breaches


def _found(ledger: Ledger, name: str, breaches: Iterator[Breach]) -> list[Breach]:
    try:
        return list(breaches)
    except READ_ERRORS as error:
        return [Breach("I17", ledger.subject, f"{name} failed: {type(error).__name__}: {error}")]


def find_whole_table_breaches(ledger: Ledger) -> list[Breach]:
    """The breaches that show only in a ledger of the whole table."""
    return [breach for invariant in INVARIANTS for check in invariant.whole_table_checks for breach in check(ledger)]
