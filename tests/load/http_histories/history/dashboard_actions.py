"""What happens in Razorpay's dashboard and at the banks after a payment: refunds, disputes, returned refunds."""

from random import Random
from typing import Final

from tests.load.http_histories.history.history import History
from tests.load.http_histories.processes.gateway import Entity, GatewayRefused

UNDOCUMENTED: Final = "on_its_way"
_PHASES: Final = ("chargeback", "chargeback", "fraud", "retrieval", "pre_arbitration")
_CHANGES: Final = ("under_review", "action_required", "won", "lost", "lost", "closed")


def refund_in_dashboard(history: History, random: Random) -> None:
    payment = _pick_payment(history, random, ("captured",))
    if payment is None:
        return
    left = payment["amount"] - payment["amount_refunded"]
    amount = random.choice((left, min(left, 5_000)))
    try:
        refund = history.gateway.control(f"payments/{payment['id']}/refund", {"amount": amount})
    except GatewayRefused as refusal:
        history.note(f"dashboard refund {payment['id']}: refused, {refusal}")
        return
    history.play("refund in the dashboard", f"{payment['order_id']} {payment['id']} {refund['id']} {amount}")


def open_dispute(history: History, random: Random) -> None:
    payment = _pick_payment(history, random, ("captured", "refunded"))
    if payment is None:
        return
    body = {"new": True, "phase": random.choice(_PHASES), "amount": random.choice((None, payment["amount"], 5_000))}
    if random.random() < 0.3:
        body["deduct_at_onset"] = True
    try:
        dispute = history.gateway.control(f"payments/{payment['id']}/dispute", body)
    except GatewayRefused as refusal:
        history.note(f"dispute {payment['id']}: refused, {refusal}")
        return
    history.disputes.append(dispute["id"])
    history.play("open a dispute", f"{payment['order_id']} {payment['id']} {dispute['id']} {dispute['amount']}")


def change_dispute(history: History, random: Random) -> None:
    """Change an open dispute, or win one that was lost."""
    if not history.disputes:
        return
    dispute_id, event = random.choice(list(history.disputes)), random.choice(_CHANGES)
    dispute = history.gateway.rest("GET", f"disputes/{dispute_id}")
    if dispute["status"] == "lost" and random.random() < 0.5:
        event, name = "won", "win a lost dispute"
    elif dispute["status"] in ("open", "under_review"):
        name = f"dispute {event.replace('_', ' ')}"
    else:
        return
    body = {"status": event, "even_if_ended": name == "win a lost dispute"}
    if event == "lost" and random.random() < 0.2:
        body["deducted"] = min(5_000, dispute["amount"])
    try:
        history.gateway.control(f"disputes/{dispute_id}", body)
    except GatewayRefused as refusal:
        history.note(f"dispute {dispute_id}: refused, {refusal}")
        return
    history.play(name, f"{dispute_id} of {dispute['payment_id']}")


def change_refund(history: History, random: Random) -> None:
    """A processed refund comes back from the bank, or a pending one gets a status that Razorpay does not document."""
    payment = _pick_payment(history, random, ("captured", "refunded"))
    refunds = history.gateway.items(f"payments/{payment['id']}/refunds") if payment else []
    if payment is None or not refunds:
        return
    refund = random.choice(refunds)
    if refund["status"] == "processed":
        status = random.choice(("failed", "reversed"))
    elif refund["status"] == "pending":
        status = UNDOCUMENTED
    else:
        return
    body = {"status": status, "event": None} if random.random() < 0.3 else {"status": status}
    try:
        history.gateway.control(f"refunds/{refund['id']}/status", body)
    except GatewayRefused as refusal:
        history.note(f"refund {refund['id']} to {status}: refused, {refusal}")
        return
    history.play(f"refund to {status.replace('_', ' ')}", f"{payment['order_id']} {payment['id']} {refund['id']}")


def settle_bank(history: History, random: Random) -> None:
    """At rest: banks decide every dispute, and make the refunds that are on their way."""
    for dispute_id in history.disputes:
        if history.gateway.rest("GET", f"disputes/{dispute_id}")["status"] in ("open", "under_review"):
            status = random.choice(("won", "lost", "closed"))
            history.gateway.control(f"disputes/{dispute_id}", {"status": status})
            history.play(f"dispute {status}", f"{dispute_id}, at the end")
    for payment_id in list(history.attempts):
        for refund in history.gateway.items(f"payments/{payment_id}/refunds"):
            if refund["status"] == UNDOCUMENTED:
                history.gateway.control(f"refunds/{refund['id']}/status", {"status": "processed"})
                history.note(f"refund {refund['id']} processed, at the end")


def _pick_payment(history: History, random: Random, statuses: tuple[str, ...]) -> Entity | None:
    """The entity of a captured payment in one of the statuses, at random."""
    attempts = list(history.attempts.values())
    random.shuffle(attempts)
    for attempt in attempts:
        payment = history.gateway.rest("GET", f"payments/{attempt.payment_id}")
        if payment["captured"] and payment["status"] in statuses:
            return payment
    return None
