"""A soak from its start to the last line."""

import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from local import interrupts
from local.engines import STARTED_BY
from local.soak.closing import come_to_rest, count
from local.soak.market import Market, open_market
from local.soak.people import bad_line, learner, postman, scheduler

Say = Callable[[str], None]
_SAY_EVERY = 60.0


def soak(engine_name: str, seconds: float, learners: int, seed: int, say: Say) -> bool:
    """Whether both ledgers agree to the paisa and every invariant holds. Raises EngineUnusable."""
    with ExitStack() as closing:
        with interrupts.deferred():
            engine = STARTED_BY[engine_name]()
            closing.callback(engine.stop)
        with open_market(engine, learners, seed) as market:
            say(f"{learners} learners on {engine_name} for {seconds / 60:g} minutes, seed {seed}")
            market.wrongs += _open_for(market, seconds, seed, say)
            fired = market.proxy.fired()
            say("everybody has gone home; what is still due is done")
            market.wrongs += come_to_rest(market)
            return _tell(market, fired, say)


def _open_for(market: Market, seconds: float, seed: int, say: Say) -> list[str]:
    """What went wrong with those who were there."""
    wrongs: list[str] = []

    def guarded(work: Callable[..., None], *arguments: Any) -> None:
        try:
            work(market, *arguments)
        except BaseException as failure:  # noqa: BLE001 (whatever it is, the soak has failed and goes on)
            wrongs.append(f"{work.__name__} ended with {failure!r}")

    jobs: list[tuple[Any, ...]] = [(learner, me, seed + n) for n, me in enumerate(market.learners)]
    jobs += [(postman, seed), (postman, seed + 1), (scheduler,), (scheduler,), (bad_line, seed)]
    threads = [threading.Thread(target=guarded, args=job, name=job[0].__name__, daemon=True) for job in jobs]
    for thread in threads:
        thread.start()
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        market.closing.wait(min(left, _SAY_EVERY))
        said = ", ".join(f"{number} x {what}" for what, number in market.answers.most_common(4))
        say(f"{max(0, end - time.monotonic()) / 60:5.1f} minutes left: {said}")
    market.closing.set()
    for thread in threads:
        thread.join(120)
    return wrongs + [f"{thread.name} did not end" for thread in threads if thread.is_alive()]


def _tell(market: Market, fired: int, say: Say) -> bool:
    found = count(market)
    for status, number in market.answers.most_common():
        say(f"  {number:7} x {status}")
    say(f"  {fired:7} requests to the database were spoiled")
    say("payments: " + ", ".join(f"{number} {status}" for status, number in sorted(found.statuses.items())))
    for what, there, here in zip(("captured", "refunded"), found.there, found.here, strict=True):
        say(f"{what:9} gateway INR {there / 100:>14,.2f}   here INR {here / 100:>14,.2f}   {_same(there == here)}")
    wrong = [*market.wrongs, *found.wrong]
    for each in wrong[:50]:
        say(f"WRONG {each}")
    say(f"invariants I1 to I7, I9, I12: {_same(not found.wrong)}; wrong: {len(wrong)}")
    sys.stdout.flush()
    return not wrong and found.there == found.here


def _same(holds: bool) -> str:
    return "ok" if holds else "BROKEN"
