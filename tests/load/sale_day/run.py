"""Plays a sale day and measures the waits of the learners whose messages were lost."""

from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from functions.payments import sweep_handler
from shared.db.entities import Receipt
from tests.load.sale_day import previous_sweep
from tests.load.sale_day.function import TIMEOUT_SECONDS, Run, Schedule, product_on_virtual_time
from tests.load.sale_day.learners import Learners
from tests.load.sale_day.modelled_razorpay import SaleRazorpay
from tests.load.sale_day.modelled_table import SaleDynamoClient, SaleTable
from tests.load.sale_day.scenario import Sale, planned_orders
from tests.load.sale_day.virtual_time import VirtualTime

START: Final = datetime(2026, 11, 23, 4, 30, tzinfo=UTC).timestamp()
MAX_WAIT_SECONDS: Final = 900
_MAX_HOURS: Final = 72


@dataclass(frozen=True)
class SaleResult:
    """`waits`: seconds from the payment to the course, of each learner whose messages were lost, in ascending order."""

    waits: list[float]
    unsettled: int
    sales: int
    numbers: list[str]
    runs: list[Run]
    skipped: int

    @property
    def problems(self) -> list[str]:
        """One sentence for each violated promise."""
        found = []
        if self.unsettled:
            found.append(f"{self.unsettled} learners who paid have no course")
        if self.waits and self.waits[-1] >= MAX_WAIT_SECONDS:
            found.append(f"a learner who paid waited {self.waits[-1]:.0f} s")
        if self.numbers != [f"L/26-27/{number:06d}" for number in range(1, self.sales + 1)]:
            found.append("receipt numbers have a gap or a duplicate, or a sale has none")
        longest = max(run.seconds for run in self.runs)
        if longest > TIMEOUT_SECONDS or self.skipped:
            found.append(f"a run took {longest:.0f} s, and {self.skipped} runs were skipped")
        return found


def play_sale(sale: Sale, latency: float, *, previous: bool = False) -> SaleResult:
    """Plays the sale, and afterwards runs the sweep until every learner has the course and every receipt its number, at
    most until the third day. `previous`: the sweep and its rules before decision 0036."""
    time = VirtualTime(START)
    table = SaleTable(lambda: time.seconds)
    client, gateway = SaleDynamoClient(time, table), SaleRazorpay(time, latency)
    handler: Callable[..., Any] = previous_sweep.lambda_handler if previous else sweep_handler.lambda_handler
    with ExitStack() as stack:
        stack.enter_context(product_on_virtual_time(time, client, gateway))
        if previous:
            stack.enter_context(previous_sweep.previous_rules())
        learners = Learners(time, table, gateway)
        learners.play(planned_orders(sale))
        schedule = Schedule(time, handler, client, gateway)
        schedule.start()
        time.run(START + sale.hours * 3_600)
        while time.seconds < START + _MAX_HOURS * 3_600 and not _is_settled(learners, table):
            time.run(time.seconds + 600)
    return _result(learners, table, schedule)


def _is_settled(learners: Learners, table: SaleTable) -> bool:
    return len(learners.granted.keys() & learners.lost.keys()) == len(learners.lost) and not table.has_due_receipts()


def _result(learners: Learners, table: SaleTable, schedule: Schedule) -> SaleResult:
    waits = [
        learners.granted[order_id] - paid for order_id, paid in learners.lost.items() if order_id in learners.granted
    ]
    numbers = [raw.get("number", {"S": ""})["S"] for raw in table.items.values() if raw["kind"]["S"] == Receipt.KIND]
    unsettled = len(learners.lost) - len(waits)
    return SaleResult(sorted(waits), unsettled, learners.sales, sorted(numbers), schedule.runs, schedule.skipped)


def describe(result: SaleResult) -> list[str]:
    """The figures, one line each."""
    runs, waits = result.runs, result.waits or [0.0]
    calls = Counter[str]()
    for run in runs:
        calls += run.gateway_calls
    busiest = max(runs, key=lambda run: run.seconds)
    return [
        f"sales {result.sales}, of which {len(result.waits)} lost every message; runs {len(runs)}",
        f"wait of a paid learner: median {_minutes(waits[len(waits) // 2])}, worst {_minutes(waits[-1])}",
        f"busiest run: {busiest.seconds:.0f} s, {busiest.report['processed']} items, "
        f"Razorpay {_counts(busiest.gateway_calls)}, DynamoDB {busiest.table_requests.total()} requests",
        f"a run on average: {sum(run.seconds for run in runs) / len(runs):.0f} s, "
        f"Razorpay {calls.total() / len(runs):.0f} calls, "
        f"DynamoDB {sum(run.table_requests.total() for run in runs) / len(runs):.0f} requests",
        f"Razorpay in total: {_counts(calls)}",
    ]


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.1f} min"


def _counts(calls: Counter[str]) -> str:
    return ", ".join(f"{count} {kind}" for kind, count in sorted(calls.items())) or "no calls"
