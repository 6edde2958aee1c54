"""A soak from its start to the last line."""

import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from local import interrupts
from local.dynamodb.engines import ENGINE_STARTERS
from tests.load.soak.actors import run_gateway_faults, run_learner, run_sweeps, run_webhook_delivery
from tests.load.soak.harness import SoakHarness, open_harness
from tests.load.soak.verification import compare_ledgers, drain

PrintLine = Callable[[str], None]
_PROGRESS_SECONDS = 60.0


def run_soak(engine_name: str, seconds: float, learners: int, seed: int, say: PrintLine) -> bool:
    """Whether both ledgers agree to the paisa and every invariant holds. Raises EngineUnusable."""
    with ExitStack() as closing:
        with interrupts.deferred():
            engine = ENGINE_STARTERS[engine_name]()
            closing.callback(engine.stop)
        with open_harness(engine, learners, seed) as market:
            say(f"{learners} learners on {engine_name} for {seconds / 60:g} minutes, seed {seed}")
            market.problems += _run_actors(market, seconds, seed, say)
            fired = market.proxy.faults_injected()
            say("everybody has gone home; what is still due is done")
            market.problems += drain(market)
            return _report(market, fired, say)


def _run_actors(market: SoakHarness, seconds: float, seed: int, say: PrintLine) -> list[str]:
    """What went wrong with those who were there."""
    wrongs: list[str] = []

    def guarded(work: Callable[..., None], *arguments: Any) -> None:
        try:
            work(market, *arguments)
        except BaseException as failure:  # noqa: BLE001 (whatever it is, the soak has failed and goes on)
            wrongs.append(f"{work.__name__} ended with {failure!r}")

    jobs: list[tuple[Any, ...]] = [(run_learner, me, seed + n) for n, me in enumerate(market.learners)]
    jobs += [
        (run_webhook_delivery, seed),
        (run_webhook_delivery, seed + 1),
        (run_sweeps,),
        (run_sweeps,),
        (run_gateway_faults, seed),
    ]
    threads = [threading.Thread(target=guarded, args=job, name=job[0].__name__, daemon=True) for job in jobs]
    for thread in threads:
        thread.start()
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        market.stopping.wait(min(left, _PROGRESS_SECONDS))
        said = ", ".join(f"{number} x {what}" for what, number in market.response_counts.most_common(4))
        say(f"{max(0, end - time.monotonic()) / 60:5.1f} minutes left: {said}")
    market.stopping.set()
    for thread in threads:
        thread.join(120)
    return wrongs + [f"{thread.name} did not end" for thread in threads if thread.is_alive()]


def _report(market: SoakHarness, fired: int, say: PrintLine) -> bool:
    found = compare_ledgers(market)
    for status, number in market.response_counts.most_common():
        say(f"  {number:7} x {status}")
    say(f"  {fired:7} requests to the database were spoiled")
    say("payments: " + ", ".join(f"{number} {status}" for status, number in sorted(found.statuses.items())))
    for what, there, here in zip(("captured", "refunded"), found.gateway_totals, found.local_totals, strict=True):
        say(
            f"{what:9} gateway INR {there / 100:>14,.2f}   here INR {here / 100:>14,.2f}   {_ok_or_broken(there == here)}"
        )
    wrong = [*market.problems, *found.problems]
    for each in wrong[:50]:
        say(f"WRONG {each}")
    say(f"invariants I1 to I7, I9, I12: {_ok_or_broken(not found.problems)}; wrong: {len(wrong)}")
    sys.stdout.flush()
    return not wrong and found.gateway_totals == found.local_totals


def _ok_or_broken(holds: bool) -> str:
    return "ok" if holds else "BROKEN"
