"""Run a soak test and report its result."""

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


def run_soak(engine_name: str, seconds: float, learners: int, seed: int, print_line: PrintLine) -> bool:
    """True when both ledgers agree to the paisa and no invariant is violated. Raises EngineUnavailable."""
    with ExitStack() as exit_stack:
        with interrupts.deferred():
            engine = ENGINE_STARTERS[engine_name]()
            exit_stack.callback(engine.stop)
        with open_harness(engine, learners, seed) as harness:
            print_line(f"{learners} learners on {engine_name} for {seconds / 60:g} minutes, seed {seed}")
            harness.problems += _run_actors(harness, seconds, seed, print_line)
            injected_faults = harness.proxy.faults_injected()
            print_line("the actors have ended; delivering outstanding webhooks and sweeping until no timer is due")
            harness.problems += drain(harness)
            return _report(harness, injected_faults, print_line)


def _run_actors(harness: SoakHarness, seconds: float, seed: int, print_line: PrintLine) -> list[str]:
    """Run all actors for `seconds`; returns their failures."""
    failures: list[str] = []

    def guarded(work: Callable[..., None], *arguments: Any) -> None:
        try:
            work(harness, *arguments)
        except BaseException as error:  # noqa: BLE001 (any exception fails the soak, which continues)
            failures.append(f"{work.__name__} ended with {error!r}")

    jobs: list[tuple[Any, ...]] = [(run_learner, user, seed + n) for n, user in enumerate(harness.learners)]
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
        harness.stopping.wait(min(left, _PROGRESS_SECONDS))
        counts = ", ".join(f"{number} x {status}" for status, number in harness.response_counts.most_common(4))
        print_line(f"{max(0, end - time.monotonic()) / 60:5.1f} minutes left: {counts}")
    harness.stopping.set()
    for thread in threads:
        thread.join(120)
    return failures + [f"{thread.name} did not end" for thread in threads if thread.is_alive()]


def _report(harness: SoakHarness, injected_faults: int, print_line: PrintLine) -> bool:
    comparison = compare_ledgers(harness)
    for status, number in harness.response_counts.most_common():
        print_line(f"  {number:7} x {status}")
    print_line(f"  {injected_faults:7} database requests had a fault injected")
    statuses = sorted(comparison.statuses.items())
    print_line("payments: " + ", ".join(f"{number} {status}" for status, number in statuses))
    totals = zip(("captured", "refunded"), comparison.gateway_totals, comparison.local_totals, strict=True)
    for name, gateway, local in totals:
        amounts = f"gateway INR {gateway / 100:>14,.2f}   local INR {local / 100:>14,.2f}"
        print_line(f"{name:9} {amounts}   {_ok_or_failed(gateway == local)}")
    problems = [*harness.problems, *comparison.problems]
    for problem in problems[:50]:
        print_line(f"PROBLEM {problem}")
    invariants = _ok_or_failed(not comparison.problems)
    print_line(f"invariants I1 to I7, I9, I12: {invariants}; problems: {len(problems)}")
    sys.stdout.flush()
    return not problems and comparison.gateway_totals == comparison.local_totals


def _ok_or_failed(passed: bool) -> str:
    return "ok" if passed else "FAILED"
