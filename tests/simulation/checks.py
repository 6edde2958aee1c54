"""The ledger held against the gateway's own books and against what clients were told."""

import json
from collections.abc import Iterator

from functions.payments.invariants.ledger import Breach, Learner, Ledger, build_ledger, learner_of
from functions.payments.invariants.registry import find_breaches, find_whole_table_breaches
from functions.payments.invariants.scheduled_polls import check_not_overdue
from functions.payments.reconciliation.ledger_comparison import local_side
from local.razorpay.state.account_statement import account_statement
from shared import clock
from shared.db.entities import Payment, ReceiptCounter
from shared.db.table.base import Item
from shared.domain.lifecycle import PaymentStatus
from shared.settlement.balances import on_hold
from tests.simulation.session import SimulationSession

_FINAL_STATUSES = (PaymentStatus.CAPTURED, PaymentStatus.FAILED, PaymentStatus.REFUNDED)


def read_ledger(play: SimulationSession) -> Ledger:
    """Read past the product's own reads."""
    items = _items(play)
    counters = {item.pk.removeprefix("RECEIPTS#"): item.last for item in items if isinstance(item, ReceiptCounter)}
    return build_ledger(items, play.environment.scheduler.now(), counters)


def check_always(play: SimulationSession) -> list[Breach]:
    """What holds at every moment, handlers under way or not."""
    ledger = read_ledger(play)
    return [
        *find_breaches(ledger),
        *find_whole_table_breaches(ledger),
        *check_acknowledgements(play, ledger),
        *_check_logged_errors(play),
    ]


def check_at_rest(play: SimulationSession) -> list[Breach]:
    """What holds in addition once nothing is due and everything was delivered that ever will be."""
    found = [*check_always(play), *check_ledgers_agree(play, read_ledger(play))]
    return found + list(check_nothing_open(read_ledger(play))) if play.mode.sweep else found


def check_acknowledgements(play: SimulationSession, ledger: Ledger) -> Iterator[Breach]:
    """I12: what a 2xx said, the history says too."""
    for promise in play.acknowledgements:
        if promise.event_id:
            if (f"WEBHOOK#{promise.event_id}", "EVENT") not in play.environment.table.items:
                yield Breach("I12", promise.event_id, "acknowledged, and not in the inbox")
            continue
        steps = ledger.payment_steps[promise.order_id]
        if promise.payment_status not in [step.changes.get("status") for step in steps]:
            yield Breach("I12", promise.order_id, f"told it is {promise.payment_status}, which it never was")
        payment = ledger.payments.get(promise.order_id)
        learner = learner_of(payment) if payment else Learner("", "")
        granted = [step.changes.get("granted_by") for step in ledger.enrollment_steps[learner]]
        if promise.granted and promise.order_id not in granted:
            yield Breach("I12", promise.order_id, "told that the course is open, which it never was")


def check_ledgers_agree(play: SimulationSession, ledger: Ledger) -> Iterator[Breach]:
    """I1 and I5 to the paisa: the gateway's books of our orders and the ledger are the same."""
    told = account_statement(play.ledger)["by_order"]
    for order_id, line in told.items():
        notes = play.ledger.orders[order_id].notes
        payment = ledger.payments.get(order_id)
        if notes.get("stage") != "local" or not _course_exists(play, notes["course_id"], payment):
            continue
        if payment is None:
            if line["captured"]:
                yield Breach("I1", order_id, f"{line['captured']} captured at the gateway, and no such payment here")
            continue
        given_back = line["refunded"] + line["charged_back"] - line["refund_pending"]
        mine = local_side(payment)
        captured, returned = mine.captured_amount(), mine.refunded_amount()
        if captured != line["captured"]:
            yield Breach("I1", order_id, f"captured {captured} here, {line['captured']} at the gateway")
        elif returned != given_back:
            yield Breach("I1", order_id, f"refunded {returned} here, {given_back} at the gateway")
        if (payment.amount, payment.currency) != (line["amount"], line["currency"]):
            yield Breach("I5", order_id, f"{payment.amount} here, {line['amount']} at the gateway")


def check_nothing_overdue(play: SimulationSession) -> Iterator[Breach]:
    """I6 on a quiet day: a sweep leaves nothing due."""
    yield from check_not_overdue(read_ledger(play), play.environment.scheduler.now())


def due_order_ids(play: SimulationSession) -> set[str]:
    """The orders that a sweep looks at now."""
    now = play.environment.scheduler.now()
    known = (item for item in _items(play) if isinstance(item, Payment) and item.gsi2sk)
    return {item.order_id for item in known if clock.parse(item.gsi2sk) <= now}


def check_authorizations_captured(play: SimulationSession, looked_at: set[str]) -> Iterator[Breach]:
    """On a quiet day a sweep captures what is authorised, or the gateway gives it back to a learner who paid."""
    rows = read_ledger(play).payments
    for order_id in sorted(looked_at):
        row, paid = rows[order_id], [each for each in play.ledger.payments.values() if each.order_id == order_id]
        if any(each.captured for each in paid):
            continue
        if any(each.status == "authorized" and each.amount == row.amount for each in paid):
            yield Breach("I6", order_id, "looked at, and not captured")


def partitions_on_hold(play: SimulationSession) -> set[str]:
    """The partitions of orders with money that waits for an admin."""
    return {item.pk for item in _items(play) if isinstance(item, Payment) and on_hold(item)}


def _items(play: SimulationSession) -> list[Item]:
    return [
        item for raw in play.environment.table.items.values() if (item := play.environment.entities.get_shared(raw))
    ]


def check_nothing_open(ledger: Ledger) -> Iterator[Breach]:
    """I6 at rest: nothing is left to wait for."""
    for payment in ledger.payments.values():
        if payment.status not in _FINAL_STATUSES:
            yield Breach("I6", payment.order_id, f"still {payment.status}")
        elif payment.gsi2sk and not on_hold(payment):
            yield Breach("I6", payment.order_id, f"{payment.status}, and due at {payment.gsi2sk}")
    for learner, enrollment in ledger.enrollments.items():
        if enrollment.status == "pending":
            yield Breach("I6", " ".join(learner), "still pending")


def _course_exists(play: SimulationSession, course_id: str, payment: Payment | None) -> bool:
    """An order for a course that was deleted before anybody enrolled cannot be adopted."""
    return payment is not None or (f"COURSE#{course_id}", "COURSE") in play.environment.table.items


def _check_logged_errors(play: SimulationSession) -> Iterator[Breach]:
    for error in play.environment.errors:
        yield Breach("unhandled", "", error)
    for wrong in play.unexpected_responses:
        invariant, _, detail = wrong.partition(" ")
        yield Breach(invariant, "", detail)


def ledger_snapshot(play: SimulationSession) -> str:
    """Payments, enrollments and their histories as they are stored, and the gateway's books. Not what is held for an
    admin to give back: its timer goes on from day to day."""
    kinds = ("payment", "payment_event", "enrollment", "enrollment_event")
    stored, aside = play.environment.table.items, partitions_on_hold(play)
    items = [item for (pk, _), item in stored.items() if item["kind"]["S"] in kinds and pk not in aside]
    lines = [json.dumps(item, sort_keys=True, default=sorted) for item in [*items, account_statement(play.ledger)]]
    return "\n".join(sorted(lines))


def first_difference(before: str, after: str) -> str:
    """The first thing that is in only one of two pictures."""
    only = set(before.splitlines()) ^ set(after.splitlines())
    return min(only, default="")[:400]
