"""The driver of `make http-histories`: its plans, its network, its clock, and a batch in small."""

import os
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest

from local.waiting import wait_until
from shared import clock
from tests.load.http_histories.batch import play_batch
from tests.load.http_histories.history.action_table import ACTIONS
from tests.load.http_histories.history.history import Possible
from tests.load.http_histories.plan import ACTION_WEIGHTS, NO_LOSS, Loss, PlannedKill, plan_batch, plan_history
from tests.load.http_histories.processes.on_shared_clock import CLOCK_FILE, ClockedHandlerLoader
from tests.load.http_histories.processes.passing_days import steps
from tests.load.http_histories.processes.shared_clock import SharedClock
from tests.load.http_histories.processes.webhook_network import Fate, WebhookNetwork, random_fate
from tests.load.http_histories.report import describe, problems_of
from tests.load.http_histories.results import WHOLE_BATCH, BatchResult, failed_histories
from tests.local.api_gateway.sample_handlers import write_sample_package

DAY = 86_400


def test_plan_same_seed_gives_the_same_batch_and_another_seed_another() -> None:
    assert plan_batch(7, range(40), 150) == plan_batch(7, range(40), 150)
    assert plan_batch(7, range(40), 150).histories != plan_batch(8, range(40), 150).histories
    assert plan_batch(7, range(20, 40), 150).histories == plan_batch(7, range(40), 150).histories[20:]
    assert plan_batch(7, range(40), 150).limited_to(31).histories == (plan_history(7, 31),)


def test_plan_every_second_history_loses_messages_and_each_kind_is_lost_in_some() -> None:
    plans = [plan_history(1, number) for number in range(200)]
    assert [plan.loss != NO_LOSS for plan in plans] == [number % 2 == 1 for number in range(200)]
    losing = [plan.loss for plan in plans if plan.loss != NO_LOSS]
    kinds = ("payment.captured", "refund.processed", "order.paid", "payment.dispute.lost")
    assert all(any(loss.concerns(kind) and loss.webhooks == 1 for loss in losing) for kind in kinds)
    assert {loss.family for loss in losing} == {"", "payment", "refund", "order", "payment.dispute"}


def test_plan_plays_every_action_and_each_has_a_function() -> None:
    actions = Counter(
        action.name
        for number in range(200)
        for each in plan_history(1, number).rounds
        for moment in each
        for action in moment
    )
    assert set(actions) == set(ACTIONS) == set(ACTION_WEIGHTS)


def test_loss_of_a_family_concerns_only_its_events() -> None:
    loss = Loss(1.0, 0.5, "payment")
    events = ("payment.captured", "payment.dispute.lost", "refund.created", "order.paid")
    assert [loss.concerns(event) for event in events] == [True, False, False, False]
    assert random_fate(Random(1), 1.0) == Fate(copies=0)


def test_shared_clock_is_advanced_for_every_process(tmp_path: Path) -> None:
    ours = SharedClock.create(tmp_path / "clock")
    theirs = SharedClock(tmp_path / "clock")
    ours.advance(3 * DAY)
    ours.advance(60)
    assert abs(theirs.now() - datetime.now(UTC) - timedelta(days=3, minutes=1)) < timedelta(seconds=30)


def test_shared_clock_is_that_of_every_load_of_the_product(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_sample_package(tmp_path, "shop_histories")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv(CLOCK_FILE, str(tmp_path / "clock"))
    SharedClock.create(tmp_path / "clock").advance(10 * DAY)
    with closing(ClockedHandlerLoader("shop_histories.manifest", ("shop_histories", "shared"))) as loader:
        for _ in range(2):
            from shared import clock as loaded

            assert loaded is not clock
            assert loaded.now() - datetime.now(UTC) > timedelta(days=9)
            loader.reload()


def test_passing_days_takes_short_steps_first_and_arrives() -> None:
    week = list(steps(7 * DAY))
    assert (week[:4], max(week), sum(week)) == ([300, 300, 300, 450], 43_200, 7 * DAY)
    assert list(steps(0)) == []


@contextmanager
def product_answering(statuses: list[int]) -> Iterator[tuple[str, list[str]]]:
    """(URL, ids of the events that arrived): answers with these statuses, then with 200."""
    arrived: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            arrived.append(self.headers["x-razorpay-event-id"])
            self.send_response(statuses.pop(0) if statuses else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/", arrived
    server.shutdown()
    server.server_close()
    thread.join()


def send(network: WebhookNetwork, event_id: str, event_type: str = "payment.captured") -> int:
    headers = {"x-razorpay-event-id": event_id, "x-razorpay-signature": "s", "User-Agent": "Razorpay-Webhook/v1"}
    body = {"event": event_type, "payload": {"payment": {"entity": {"order_id": event_id}}}}
    return httpx.post(network.url, json=body, headers=headers).status_code


def test_network_loses_repeats_and_delays_events_and_counts_them() -> None:
    fates = {"lost": Fate(copies=0), "twice": Fate(copies=2), "later": Fate(rounds=1), "at rest": Fate(rounds=10**6)}
    with product_answering([]) as (url, arrived):
        network = WebhookNetwork(url, lambda _type, entities: fates[entities["payment"]["order_id"]], lambda: None)
        with closing_network(network):
            assert [send(network, event_id) for event_id in fates] == [200, 200, 200, 200]
            assert wait_until(lambda: len(arrived) == 2, 20)
            network.hold()
            network.begin_round(1)
            assert wait_until(lambda: len(arrived) == 3, 20)
            assert network.release_all(20) == []
        assert sorted(arrived) == ["at rest", "later", "twice", "twice"]
        assert network.acknowledged == {"twice", "later", "at rest"}
        assert (network.lost, network.counts) == ({"payment.captured": 1}, {"payment.captured": 3})


def test_network_sends_again_until_the_product_answers_with_2xx() -> None:
    with product_answering([503, 500]) as (url, arrived):
        network = WebhookNetwork(url, lambda *_: Fate(), lambda: None)
        with closing_network(network):
            send(network, "a")
            assert network.release_all(20) == []
        assert arrived == ["a", "a", "a"]
        assert network.unexpected == {"500": 1}


def test_network_reports_events_that_are_never_acknowledged() -> None:
    with product_answering([503] * 1_000) as (url, _):
        network = WebhookNetwork(url, lambda *_: Fate(), lambda: None)
        with closing_network(network):
            send(network, "a", "order.paid")
            network.hold()
            unanswered = wait_until(lambda: network.release_all(0.1), 20)
        assert unanswered == ["order.paid a: 503"]
        assert network.acknowledged == set()


@contextmanager
def closing_network(network: WebhookNetwork) -> Iterator[None]:
    yield
    network.stop()


def test_possible_values_are_all_that_were_sent_until_one_is_confirmed_alone() -> None:
    price = Possible(100)
    with price.changing_to(200):
        pass
    assert price.values == {100, 200}
    with price.changing_to(300) as confirm:
        confirm()
    assert price.values == {300}
    with price.changing_to(400) as confirm, price.changing_to(500) as confirm_other:
        confirm()
        confirm_other()
    assert price.values == {300, 400, 500}


def test_report_names_the_histories_that_a_problem_of_the_batch_is_about() -> None:
    result = BatchResult(
        problems={0: [], 1: ["paid twice"], 2: [], WHOLE_BATCH: ["order_00000000000001 differs"]},
        logs={0: ["buys order_00000000000001"], 1: ["buys order_00000000000002"], 2: []},
        kills=3,
    )
    assert failed_histories([result]) == {0, 1}
    assert list(problems_of(result)) == [
        "PROBLEM of the batch: order_00000000000001 differs",
        "PROBLEM of history 1: paid twice",
        "log of history 0:",
        "    buys order_00000000000001",
        "log of history 1:",
        "    buys order_00000000000002",
    ]
    assert "kills of the product: 3" in list(describe([result]))
    assert failed_histories([replace(result, problems={WHOLE_BATCH: ["recount differs"]})]) == {WHOLE_BATCH}


@pytest.mark.timeout(900)
def test_batch_of_two_histories_survives_a_kill_and_lost_messages(tmp_path: Path) -> None:
    plan = plan_batch(3, range(2), 0)
    histories = tuple(replace(history, rounds=history.rounds[:1]) for history in plan.histories)
    small = replace(plan, histories=histories, pauses=(), kills=(PlannedKill(5, 0.01, 0.0),), moods=plan.moods[:1])
    result = play_batch(small, reconciles=True, folder=tmp_path)
    assert result.problems == {0: [], 1: [], WHOLE_BATCH: []}, (tmp_path / "product.log").read_text()
    assert (result.kills, result.played["create-order"] > 0, os.path.exists(tmp_path / "stack.json")) == (3, True, True)
