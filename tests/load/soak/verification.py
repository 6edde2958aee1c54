"""After the actors have ended: drain outstanding work without faults, then compare both ledgers."""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

from functions.payments.invariants.check import check_invariants
from functions.payments.polling.sweep import sweep
from functions.payments.reconciliation.ledger_comparison import Side, local_side
from local.razorpay.state.account_statement import account_statement
from shared.db import table_scan
from shared.db.entities import Payment
from tests.load.soak.actors import deliver_event
from tests.load.soak.harness import SoakHarness

_ROUND_MINUTES = (0, 1, 16, 16, 16, 60, 6 * 60, 24 * 60, 3 * 24 * 60, 6 * 24 * 60, 16)
"""Minutes between two rounds of deliveries and sweeps."""
_REDELIVERED_EVENTS = 200
"""The number of latest events that are delivered again, although they were acknowledged."""
_MAX_SWEEPS = 1_000
_UNFINISHED_STATUSES = ("pending", "authorized", "refund_pending")


@dataclass(frozen=True)
class LedgerComparison:
    """Totals are (captured, refunded) in minor units, by Razorpay's statement and by our ledger."""

    gateway_totals: tuple[int, int]
    local_totals: tuple[int, int]
    statuses: Counter[str]
    problems: list[str]


def drain(harness: SoakHarness) -> list[str]:
    """Deliver events and sweep for 11 days of simulated time; returns the problems."""
    harness.stop_faults()
    problems: list[str] = []
    for minutes in _ROUND_MINUTES:
        harness.advance_clock(timedelta(minutes=minutes))
        with harness.razorpay.locked_ledger() as ledger:
            redelivered = list(ledger.outbox.events.values())[-_REDELIVERED_EVENTS:] if minutes == 0 else []
            due = ledger.outbox.take_due(harness.razorpay.clock.now())
        for event in {event.id: event for event in [*redelivered, *due]}.values():
            status = deliver_event(harness, event)
            if status != 200:
                problems.append(f"webhook {event.type} {event.id} answered {status} without a fault")
        problems += _sweep_until_done()
    return problems


def _sweep_until_done() -> list[str]:
    problems: list[str] = []
    for _ in range(_MAX_SWEEPS):
        report = sweep()
        if report.deferred:
            problems.append(f"the sweep deferred {report.deferred} items without a fault")
        if report.processed < 500:
            break
    return problems


def compare_ledgers(harness: SoakHarness) -> LedgerComparison:
    """Check the invariants and compare every order with Razorpay's statement."""
    problems = [str(breach) for breach in check_invariants().breaches]
    payments = {item.order_id: item for item in table_scan.scan_all() if isinstance(item, Payment)}
    local_sides = {order_id: local_side(payment) for order_id, payment in payments.items()}
    with harness.razorpay.locked_ledger() as ledger:
        statement = account_statement(ledger)
    for order_id, line in statement["by_order"].items():
        side = local_sides.get(order_id, Side())
        gateway = line["captured"], line["refunded"]
        local = side.captured_amount(), side.refunded_amount()
        if gateway != local:
            problems.append(f"{order_id} (captured, refunded): {gateway} at Razorpay, {local} in the ledger")
    unknown = payments.keys() - statement["by_order"].keys()
    problems += [f"{order_id} is unknown to Razorpay" for order_id in unknown]
    unfinished = [payment for payment in payments.values() if payment.status in _UNFINISHED_STATUSES]
    problems += [f"{payment.order_id} is still {payment.status}" for payment in unfinished]
    sides = local_sides.values()
    return LedgerComparison(
        gateway_totals=(statement["captured"], statement["refunded"]),
        local_totals=(sum(side.captured_amount() for side in sides), sum(side.refunded_amount() for side in sides)),
        statuses=Counter(payment.status.value for payment in payments.values()),
        problems=problems,
    )
