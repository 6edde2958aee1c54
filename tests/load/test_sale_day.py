"""The sale day in small: the promise holds, and the measurement itself notices when it does not."""

from collections import Counter
from dataclasses import replace

import pytest

from tests.load.sale_day.function import Run
from tests.load.sale_day.run import SaleResult, describe, play_sale
from tests.load.sale_day.scenario import WINDOW_SECONDS, Sale, planned_orders
from tests.load.sale_day.virtual_time import VirtualTime

SMALL = Sale(orders=400, hours=0.2, loss=0.1)


def test_sale_day_every_learner_without_messages_has_the_course_within_15_minutes() -> None:
    result = play_sale(SMALL, latency=0.2)
    assert result.problems == []
    assert (result.sales, len(result.waits), round(result.waits[-1])) == (226, 14, 509)
    calls = sum((run.gateway_calls for run in result.runs), Counter[str]())
    polls = sum(run.report["processed"] - run.report["receipts"] for run in result.runs)
    assert (polls, calls) == (552, {"list": 18, "poll": 5})
    assert calls["list"] == sum(run.report["list_calls"] for run in result.runs)
    assert [run.report["deferred"] for run in result.runs] == [0] * len(result.runs)


def test_sale_day_previous_sweep_polls_one_order_after_another() -> None:
    result = play_sale(replace(SMALL, orders=150), latency=0.2, previous=True)
    assert result.unsettled == 0
    calls = sum((run.gateway_calls for run in result.runs), Counter[str]())
    assert (calls["list"], calls["poll"]) == (0, 136)
    assert max(run.seconds / run.report["processed"] for run in result.runs if run.report["processed"]) > 0.2


RUN = Run(0, 10, {"processed": 1}, Counter({"poll": 1}), Counter({"Query": 8}))
SOUND = SaleResult([60, 120], 0, 2, ["L/26-27/000001", "L/26-27/000002"], [RUN], 0)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"waits": [60, 900]}, "a learner who paid waited 900 s"),
        ({"unsettled": 1}, "1 learners who paid have no course"),
        (
            {"numbers": ["L/26-27/000001", "L/26-27/000003"]},
            "receipt numbers have a gap or a duplicate, or a sale has none",
        ),
        ({"sales": 3}, "receipt numbers have a gap or a duplicate, or a sale has none"),
        ({"skipped": 2}, "a run took 10 s, and 2 runs were skipped"),
        ({"runs": [replace(RUN, seconds=281)]}, "a run took 281 s, and 0 runs were skipped"),
    ],
)
def test_sale_day_broken_promise_is_reported(change: dict[str, object], problem: str) -> None:
    assert SOUND.problems == []
    assert replace(SOUND, **change).problems == [problem]  # type: ignore[arg-type]


def test_sale_day_figures_name_waits_calls_and_requests() -> None:
    assert describe(SOUND) == [
        "sales 2, of which 2 lost every message; runs 1",
        "wait of a paid learner: median 2.0 min, worst 2.0 min",
        "busiest run: 10 s, 1 items, Razorpay 1 poll, DynamoDB 8 requests",
        "a run on average: 10 s, Razorpay 1 calls, DynamoDB 8 requests",
        "Razorpay in total: 1 poll",
    ]


def test_planned_orders_have_the_stated_shares_and_are_paid_within_the_window() -> None:
    planned = list(planned_orders(Sale(orders=20_000, first_hour_share=0.5)))
    paid = [order for order in planned if order.paid_at is not None]
    assert len(paid) / 20_000 == pytest.approx(0.6, abs=0.01)
    assert sum(order.is_lost for order in paid) / len(paid) == pytest.approx(0.005, abs=0.002)
    assert sum(order.created_at < 3_600 for order in planned) / 20_000 == pytest.approx(0.5, abs=0.01)
    assert max(order.paid_at - order.created_at for order in paid if order.paid_at) <= WINDOW_SECONDS


def test_virtual_time_threads_wait_at_once_and_share_the_cpu() -> None:
    time, ended = VirtualTime(0), list[float]()

    def call() -> None:
        time.use_cpu(1)
        time.sleep(10)
        ended.append(time.seconds)

    time.spawn(lambda: time.call_in_threads([call] * 4, 2))
    time.run(until=100)
    assert (ended, time.seconds) == ([11, 12, 22, 23], 100)
