"""What Razorpay's books say about the orders of a history at rest, without the product's code."""

from dataclasses import dataclass

from tests.load.http_histories.history.history import History
from tests.load.http_histories.processes.gateway import Entity


@dataclass(frozen=True)
class Capture:
    """A captured payment, in minor units. `left` is what was neither refunded nor deducted for disputes; below 0 if a
    dispute exceeds the rest. `eligible`: its amount pays for the order by the rules of the settings."""

    order_id: str
    payment_id: str
    amount: int
    left: int
    eligible: bool


@dataclass(frozen=True)
class Books:
    captures: tuple[Capture, ...]
    uncertain: tuple[str, ...]
    """Payments that are authorized, or whose refund is not made: at rest there is none."""

    def of_order(self, order_id: str) -> list[Capture]:
        return [capture for capture in self.captures if capture.order_id == order_id]


def read_books(history: History) -> Books:
    disputes = [history.gateway.rest("GET", f"disputes/{dispute_id}") for dispute_id in history.disputes]
    captures, uncertain = [], []
    for order_id in history.orders:
        for payment in history.gateway.payments_of(order_id):
            if payment["captured"]:
                captures.append(_capture(history, order_id, payment, disputes))
                uncertain += _unmade_refunds(history, payment)
            elif payment["status"] == "authorized":
                uncertain.append(f"{order_id} {payment['id']} is still authorized")
    return Books(tuple(captures), tuple(uncertain))


def _capture(history: History, order_id: str, payment: Entity, disputes: list[Entity]) -> Capture:
    deducted = sum(each["amount_deducted"] for each in disputes if each["payment_id"] == payment["id"])
    attempt = history.attempts[payment["id"]]
    left = payment["amount"] - payment["amount_refunded"] - deducted
    return Capture(order_id, payment["id"], payment["amount"], left, attempt.eligible)


def _unmade_refunds(history: History, payment: Entity) -> list[str]:
    refunds = history.gateway.items(f"payments/{payment['id']}/refunds") if payment["amount_refunded"] else []
    waiting = [refund for refund in refunds if refund["status"] not in ("processed", "failed", "reversed")]
    return [f"{payment['order_id']} {refund['id']} is still {refund['status']}" for refund in waiting]
