"""One batch: many histories at once against one product, with a database and a Razorpay of their own."""

import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from random import Random
from typing import Any, Final

from tests.load.http_histories.at_rest import access_and_money, books, kept_answers, whole_ledger
from tests.load.http_histories.at_rest.come_to_rest import come_to_rest
from tests.load.http_histories.history.action_table import play_round
from tests.load.http_histories.history.api_user import PASSWORD, ApiUser, Site
from tests.load.http_histories.history.history import History
from tests.load.http_histories.history.setup import set_up
from tests.load.http_histories.history.timelines import log_timelines
from tests.load.http_histories.plan import BatchPlan, HistoryPlan
from tests.load.http_histories.processes.gateway_faults import GatewayFaults
from tests.load.http_histories.processes.surroundings import Surroundings, running_surroundings
from tests.load.http_histories.processes.webhook_network import Fate, random_fate
from tests.load.http_histories.results import WHOLE_BATCH, BatchResult, failed_histories

_THREADS: Final = 8
_ADMIN: Final = "admin@lectern.example"


def play_batch(plan: BatchPlan, *, reconciles: bool, folder: Path | None = None) -> BatchResult:
    """`folder` keeps the logs of the product."""
    histories: list[History] = []

    def fate_of(event_type: str, entities: dict[str, Any]) -> Fate:
        order_id = (entities.get("payment") or {}).get("order_id")
        owner = next((history for history in histories if order_id in history.orders), None)
        return owner.fate_of(event_type) if owner else random_fate(Random(f"{plan.seed}:{order_id}:{event_type}"), 0.2)

    with (
        ExitStack() as ending,
        running_surroundings(plan.kills, fate_of, reconciles=reconciles, folder=folder) as surroundings,
    ):
        site = Site(surroundings.product, surroundings.kills.count_request)
        ending.enter_context(closing(site.http))
        histories += [_new_history(each, site, surroundings) for each in plan.histories]
        result = BatchResult()
        try:
            found = list(_play(plan, surroundings, histories))
        except RuntimeError:
            found = [f"PROBLEM {traceback.format_exc()}"]
        _collect(result, surroundings, histories, site, found)
        for history in histories:
            if history.plan.number in failed_histories([result]):
                _for_each([history], log_timelines)
        return result


def _play(plan: BatchPlan, surroundings: Surroundings, histories: Sequence[History]) -> Iterator[str]:
    """Rounds, rest and checks. Yields what scheduled functions and commands printed, and problems."""
    since = surroundings.clock.now()
    _create_admin(surroundings)
    _for_each(histories, set_up)
    surroundings.gateway.settings(plan.account)
    surroundings.kills.begin()
    logged: list[str] = []
    for number in range(len(plan.moods)):
        surroundings.gateway.settings(plan.moods[number])
        surroundings.network.begin_round(number)
        with GatewayFaults(surroundings.gateway, Random(f"{plan.seed}:faults:{number}")):
            _for_each(histories, lambda history, number=number: play_round(history, number))  # type: ignore[misc]
        if number < len(plan.pauses):
            surroundings.network.hold()
            logged += surroundings.pass_time(plan.pauses[number]).splitlines()
    surroundings.kills.stop()
    logged += come_to_rest(surroundings, histories)
    yield from whole_ledger.check_commands(surroundings, since)
    _for_each(histories, _check)
    yield from whole_ledger.check_receipts(histories)
    yield from whole_ledger.check_inbox(surroundings)
    yield from whole_ledger.check_logs(surroundings, logged)
    yield from (f"PROBLEM {failure}" for failure in surroundings.kills.failures)


def _check(history: History) -> None:
    ledger = books.read_books(history)
    history.problems += access_and_money.check_money(history, ledger)
    history.problems += access_and_money.check_access(history, ledger)
    history.problems += kept_answers.check_answers(history)


def _new_history(plan: HistoryPlan, site: Site, surroundings: Surroundings) -> History:
    problems: list[str] = []

    def user(name: str, role: str) -> ApiUser:
        return ApiUser(site, f"{name} {plan.number}", f"{name}.{plan.number}@lectern.example", role, problems)

    return History(
        plan=plan,
        site=site,
        gateway=surroundings.gateway,
        clock=surroundings.clock,
        instructor=user("instructor", "instructor"),
        admin=ApiUser(site, "the admin", _ADMIN, "admin", problems),
        learners=[user(f"learner{number}", "student") for number in range(plan.learners)],
        problems=problems,
    )


def _create_admin(surroundings: Surroundings) -> None:
    """One account, to which every history signs in by itself. Raises RuntimeError."""
    done = surroundings.run_command("create-admin", "--email", _ADMIN, "--password", PASSWORD)
    if done.returncode:
        raise RuntimeError(f"create-admin failed: {done.stdout}{done.stderr}")


def _for_each(histories: Sequence[History], work: Callable[[History], None]) -> None:
    """Several histories at once. A failure of the driver is a problem of its history."""

    def guarded(history: History) -> None:
        try:
            work(history)
        except Exception:  # noqa: BLE001 (the other histories go on)
            history.problems.append(f"the driver failed: {traceback.format_exc(limit=6)}")

    with ThreadPoolExecutor(_THREADS) as threads:
        list(threads.map(guarded, histories))


def _collect(
    result: BatchResult, surroundings: Surroundings, histories: Sequence[History], site: Site, found: Sequence[str]
) -> None:
    for history in histories:
        result.problems[history.plan.number] = history.problems
        result.logs[history.plan.number] = history.log
        result.played += history.played
        result.answers += history.answers.count()
    result.problems[WHOLE_BATCH] = [line.removeprefix("PROBLEM ") for line in found if line.startswith("PROBLEM ")]
    result.healed = [line for line in found if not line.startswith("PROBLEM ")]
    result.statuses = site.statuses
    result.delivered, result.lost = surroundings.network.counts, surroundings.network.lost
    result.kills = surroundings.product.kills
