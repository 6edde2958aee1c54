"""The ledger held against the gateway's own books and against what clients were told."""

import json
from collections.abc import Iterator

from functions.payments import certified, effects, numbering
from functions.payments.books import here
from functions.payments.giving_back import held
from local.razorpay.books import books
from local.simulation.play import Play
from shared import clock
from shared.db.base import Item
from shared.db.entities import Certificate, Payment, Receipt, ReceiptCounter, WebhookEvent
from shared.invariants import breaches
from shared.invariants.ledger import Breach, Ledger, read
from shared.invariants.waiting import overdue
from shared.lifecycle import PaymentStatus

_SETTLED = (PaymentStatus.CAPTURED, PaymentStatus.FAILED, PaymentStatus.REFUNDED)


def ledger_of(play: Play) -> Ledger:
    """Read past the product's own reads."""
    return read(_items(play))


def always(play: Play) -> list[Breach]:
    """What holds at every moment, handlers under way or not."""
    ledger = ledger_of(play)
    return [
        *breaches(ledger, play.world.scheduler.now()),
        *promises_kept(play, ledger),
        *_books_of_messages(play, ledger),
        *_logged(play),
    ]


def at_rest(play: Play) -> list[Breach]:
    """What holds in addition once nothing is due and everything was delivered that ever will be."""
    found = [*always(play), *books_agree(play, ledger_of(play))]
    return found + list(settled(ledger_of(play))) if play.mode.sweep else found


def promises_kept(play: Play, ledger: Ledger) -> Iterator[Breach]:
    """I12: what a 2xx said, the history says too."""
    for promise in play.promises:
        if promise.event_id:
            if (f"WEBHOOK#{promise.event_id}", "EVENT") not in play.world.table.items:
                yield Breach("I12", promise.event_id, "acknowledged, and not in the inbox")
            continue
        steps = ledger.payment_steps[promise.order_id]
        if promise.payment_status not in [step.changes.get("status") for step in steps]:
            yield Breach("I12", promise.order_id, f"told it is {promise.payment_status}, which it never was")
        payment = ledger.payments.get(promise.order_id)
        learner = (payment.user_id, payment.course_id) if payment else ("", "")
        granted = [step.changes.get("granted_by") for step in ledger.enrollment_steps[learner]]
        if promise.granted and promise.order_id not in granted:
            yield Breach("I12", promise.order_id, "told that the course is open, which it never was")


def books_agree(play: Play, ledger: Ledger) -> Iterator[Breach]:
    """I1 and I5 to the paisa: the gateway's books of our orders and the ledger are the same."""
    told = books(play.ledger)["by_order"]
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
        mine = here(payment)
        captured, returned = mine.captured_amount(), mine.returned_amount()
        if captured != line["captured"]:
            yield Breach("I1", order_id, f"captured {captured} here, {line['captured']} at the gateway")
        elif returned != given_back:
            yield Breach("I1", order_id, f"refunded {returned} here, {given_back} at the gateway")
        if (payment.amount, payment.currency) != (line["amount"], line["currency"]):
            yield Breach("I5", order_id, f"{payment.amount} here, {line['amount']} at the gateway")


def due_after_sweep(play: Play) -> Iterator[Breach]:
    """I6 on a quiet day: a sweep leaves nothing due."""
    yield from overdue(ledger_of(play), play.world.scheduler.now())


def due_payments(play: Play) -> set[str]:
    """The orders that a sweep looks at now."""
    now = play.world.scheduler.now()
    known = (item for item in _items(play) if isinstance(item, Payment) and item.gsi2sk)
    return {item.order_id for item in known if clock.parse(item.gsi2sk) <= now}


def left_uncaptured(play: Play, looked_at: set[str]) -> Iterator[Breach]:
    """On a quiet day a sweep captures what is authorised, or the gateway gives it back to a learner who paid."""
    rows = ledger_of(play).payments
    for order_id in sorted(looked_at):
        row, paid = rows[order_id], [each for each in play.ledger.payments.values() if each.order_id == order_id]
        if any(each.captured for each in paid):
            continue
        if any(each.status == "authorized" and each.amount == row.amount for each in paid):
            yield Breach("I6", order_id, "looked at, and not captured")


def held_aside(play: Play) -> set[str]:
    """The partitions of orders with money that waits for an admin."""
    return {item.pk for item in _items(play) if isinstance(item, Payment) and held(item)}


def _items(play: Play) -> list[Item]:
    return [item for raw in play.world.table.items.values() if (item := play.world.entities.known(raw))]


def _books_of_messages(play: Play, ledger: Ledger) -> Iterator[Breach]:
    """I7, I12, I15 and I16 as the scheduled function checks them."""
    items = _items(play)
    receipts = [item for item in items if isinstance(item, Receipt)]
    yield from effects.counted_twice(ledger)
    yield from effects.missing(ledger, (item for item in items if isinstance(item, WebhookEvent)))
    yield from numbering.receipted(ledger, receipts)
    counters = {item.pk.removeprefix("RECEIPTS#"): item.last for item in items if isinstance(item, ReceiptCounter)}
    yield from numbering.consecutive(receipts, counters)
    yield from certified.certified(ledger, (item for item in items if isinstance(item, Certificate)))


def settled(ledger: Ledger) -> Iterator[Breach]:
    """I6 at rest: nothing is left to wait for."""
    for payment in ledger.payments.values():
        if payment.status not in _SETTLED:
            yield Breach("I6", payment.order_id, f"still {payment.status}")
        elif payment.gsi2sk and not held(payment):
            yield Breach("I6", payment.order_id, f"{payment.status}, and due at {payment.gsi2sk}")
    for learner, enrollment in ledger.enrollments.items():
        if enrollment.status == "pending":
            yield Breach("I6", " ".join(learner), "still pending")


def _course_exists(play: Play, course_id: str, payment: Payment | None) -> bool:
    """An order for a course that was deleted before anybody enrolled cannot be adopted."""
    return payment is not None or (f"COURSE#{course_id}", "COURSE") in play.world.table.items


def _logged(play: Play) -> Iterator[Breach]:
    for error in play.world.errors:
        yield Breach("unhandled", "", error)
    for wrong in play.wrongs:
        invariant, _, detail = wrong.partition(" ")
        yield Breach(invariant, "", detail)


def picture(play: Play) -> str:
    """Payments, enrollments and their histories as they are stored, and the gateway's books. Not what is held for an
    admin to give back: its timer goes on from day to day."""
    kinds = ("payment", "payment_event", "enrollment", "enrollment_event")
    stored, aside = play.world.table.items, held_aside(play)
    items = [item for (pk, _), item in stored.items() if item["kind"]["S"] in kinds and pk not in aside]
    lines = [json.dumps(item, sort_keys=True, default=sorted) for item in [*items, books(play.ledger)]]
    return "\n".join(sorted(lines))


def difference(before: str, after: str) -> str:
    """The first thing that is in only one of two pictures."""
    only = set(before.splitlines()) ^ set(after.splitlines())
    return min(only, default="")[:400]
