"""After everybody has gone home: what is still due is done, and then both ledgers are laid side by side."""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

from functions.payments.books import Side
from functions.payments.books import here as books_of
from functions.payments.examine import examine
from functions.payments.sweep import sweep
from local.razorpay.books import books
from local.soak.market import Market
from local.soak.people import deliver
from shared.db import recount
from shared.db.entities import Payment

_ON = (0, 1, 16, 16, 16, 60, 6 * 60, 24 * 60, 3 * 24 * 60, 6 * 24 * 60, 16)
"""Minutes, from one look at everything to the next."""
_AGAIN = 200
"""So many of the last messages are delivered again, though they were acknowledged."""
_RUNS = 1_000


@dataclass(frozen=True)
class Count:
    """In minor units, `there` by the gateway and `here` by us; `wrong`: one line for each thing that is not right."""

    there: tuple[int, int]
    here: tuple[int, int]
    statuses: Counter[str]
    wrong: list[str]


def come_to_rest(market: Market) -> list[str]:
    """What is left undone although nothing fails any more."""
    market.repair()
    left: list[str] = []
    for minutes in _ON:
        market.pass_time(timedelta(minutes=minutes))
        with market.gateway.turn() as ledger:
            again = list(ledger.outbox.events.values())[-_AGAIN:] if minutes == 0 else []
            fresh = ledger.outbox.take_due(market.gateway.clock.now())
        for event in {each.id: each for each in [*again, *fresh]}.values():
            status = deliver(market, event)
            if status != 200:
                left.append(f"webhook {event.type} {event.id} answered {status} on a quiet day")
        for _ in range(_RUNS):
            report = sweep()
            if report.left:
                left.append(f"the sweep left {report.left} on a quiet day")
            if report.looked_at < 500:
                break
    return left


def count(market: Market) -> Count:
    """Every invariant, every order."""
    wrong = [str(breach) for breach in examine().breaches]
    payments = {item.order_id: item for item in recount.everything() if isinstance(item, Payment)}
    ours = {order_id: books_of(payment) for order_id, payment in payments.items()}
    with market.gateway.turn() as ledger:
        told = books(ledger)
    for order_id, line in told["by_order"].items():
        mine = ours.get(order_id, Side())
        there = line["captured"], line["refunded"]
        here = mine.captured_amount(), mine.returned_amount()
        if there != here:
            wrong.append(f"{order_id} (captured, refunded): {there} at the gateway, {here} here")
    wrong += [f"{order_id} is unknown to the gateway" for order_id in payments.keys() - told["by_order"].keys()]
    waiting = ("pending", "authorized", "refund_pending")
    wrong += [f"{each.order_id} is still {each.status}" for each in payments.values() if each.status in waiting]
    return Count(
        there=(told["captured"], told["refunded"]),
        here=(sum(s.captured_amount() for s in ours.values()), sum(s.returned_amount() for s in ours.values())),
        statuses=Counter(each.status.value for each in payments.values()),
        wrong=wrong,
    )
