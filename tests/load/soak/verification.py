"""After everybody has gone home: what is still due is done, and then both ledgers are laid side by side."""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

from functions.payments.invariants.check import check_invariants
from functions.payments.polling.sweep import sweep
from functions.payments.reconciliation.ledger_comparison import Side
from functions.payments.reconciliation.ledger_comparison import local_side as books_of
from local.razorpay.state.account_statement import account_statement
from shared.db import table_scan
from shared.db.entities import Payment
from tests.load.soak.actors import deliver_event
from tests.load.soak.harness import SoakHarness

_ROUND_MINUTES = (0, 1, 16, 16, 16, 60, 6 * 60, 24 * 60, 3 * 24 * 60, 6 * 24 * 60, 16)
"""Minutes, from one look at everything to the next."""
_REDELIVERED_EVENTS = 200
"""So many of the last messages are delivered again, though they were acknowledged."""
_MAX_SWEEPS = 1_000


@dataclass(frozen=True)
class LedgerComparison:
    """In minor units, `there` by the gateway and `here` by us; `wrong`: one line for each thing that is not right."""

    gateway_totals: tuple[int, int]
    local_totals: tuple[int, int]
    statuses: Counter[str]
    problems: list[str]


def drain(market: SoakHarness) -> list[str]:
    """What is left undone although nothing fails any more."""
    market.stop_faults()
    left: list[str] = []
    for minutes in _ROUND_MINUTES:
        market.advance_clock(timedelta(minutes=minutes))
        with market.razorpay.locked_ledger() as ledger:
            again = list(ledger.outbox.events.values())[-_REDELIVERED_EVENTS:] if minutes == 0 else []
            fresh = ledger.outbox.take_due(market.razorpay.clock.now())
        for event in {each.id: each for each in [*again, *fresh]}.values():
            status = deliver_event(market, event)
            if status != 200:
                left.append(f"webhook {event.type} {event.id} answered {status} on a quiet day")
        for _ in range(_MAX_SWEEPS):
            report = sweep()
            if report.deferred:
                left.append(f"the sweep left {report.deferred} on a quiet day")
            if report.processed < 500:
                break
    return left


def compare_ledgers(market: SoakHarness) -> LedgerComparison:
    """Every invariant, every order."""
    wrong = [str(breach) for breach in check_invariants().breaches]
    payments = {item.order_id: item for item in table_scan.scan_all() if isinstance(item, Payment)}
    ours = {order_id: books_of(payment) for order_id, payment in payments.items()}
    with market.razorpay.locked_ledger() as ledger:
        told = account_statement(ledger)
    for order_id, line in told["by_order"].items():
        mine = ours.get(order_id, Side())
        there = line["captured"], line["refunded"]
        here = mine.captured_amount(), mine.refunded_amount()
        if there != here:
            wrong.append(f"{order_id} (captured, refunded): {there} at the gateway, {here} here")
    wrong += [f"{order_id} is unknown to the gateway" for order_id in payments.keys() - told["by_order"].keys()]
    waiting = ("pending", "authorized", "refund_pending")
    wrong += [f"{each.order_id} is still {each.status}" for each in payments.values() if each.status in waiting]
    return LedgerComparison(
        gateway_totals=(told["captured"], told["refunded"]),
        local_totals=(sum(s.captured_amount() for s in ours.values()), sum(s.refunded_amount() for s in ours.values())),
        statuses=Counter(each.status.value for each in payments.values()),
        problems=wrong,
    )
