"""Lambda entry point: checks the invariants of the ledger, every hour what changed, every night everything."""

from collections.abc import Callable
from datetime import datetime, timedelta
from math import inf
from typing import Any, Final

from functions.payments.disputes.dispute_counts import count_open_disputes
from functions.payments.invariants import full_pass
from functions.payments.invariants.changed import examine_changed
from functions.payments.invariants.ledger import Breach
from functions.payments.invariants.pass_counts import stored_breaches, unstored_breaches
from functions.payments.invariants.registry import INVARIANTS
from shared import clock
from shared.db.payments import examination_pass, examinations, learner_requests
from shared.db.payments.examination_pass import PassState
from shared.observability import emit_metrics, logger

FULL: Final = "full"
"""The value of `pass` in the event of the schedule that runs the slices of the full pass."""

MAX_REQUESTS: Final = 100
"""Learners' requests that are counted: 100 stands for 100 or more. The age of the oldest is exact."""


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Runs the hourly check; with `{"pass": "full"}` one slice of the pass over the whole table. Raises
    StoreUnavailable."""

    def seconds_left() -> float:
        return context.get_remaining_time_in_millis() / 1000 if context else inf

    return _run_slice(seconds_left) if event.get("pass") == FULL else _check_changed(seconds_left)


def _check_changed(seconds_left: Callable[[], float]) -> dict[str, Any]:
    """Returns the number of breaches by invariant id, zeros included. Emits these numbers as metrics, with the total,
    which also contains the breaches that a pass found and could not store; the number of payments at the latest pass;
    the refunds that wait, and the age of the oldest in hours; the same for learners' requests that wait for an admin;
    what the run had no time for, and for how many hours it
    has been waiting; the age of the latest complete pass in hours, and the progress of the current one in per cent.
    Logs each breach as an error."""
    report = examine_changed(seconds_left)
    state = _current_pass()
    breaches = list(dict.fromkeys([*report.breaches, *_pass_breaches(state)]))
    for breach in breaches:
        logger().error("invariant broken", extra=breach._asdict())
    counts = {each.id: _count_of(each.id, breaches) for each in INVARIANTS if each.is_checked}
    refunds, disputes = examinations.waiting_refunds(), count_open_disputes(clock.now())
    requests = learner_requests.count_open(MAX_REQUESTS)
    emit_metrics(
        "invariants",
        {
            **counts,
            "breaches": len(breaches) + unstored_breaches(state.result) + unstored_breaches(state.progress),
            "payments": int((state.result or state.progress)["payments"]),
            "refunds_waiting": refunds.number,
            "oldest_refund_hours": _hours_since(refunds.oldest) if refunds.oldest else 0,
            "learner_requests_open": requests.number,
            "oldest_learner_request_hours": _hours_since(requests.oldest) if requests.oldest else 0,
            "disputes_open": disputes.open,
            "disputes_due": disputes.due,
            "disputes_unknown": disputes.unknown,
            "unexamined": report.unexamined,
            "unexamined_hours": report.unexamined_hours,
            "pass_age_hours": _hours_since(_known_since(state)),
            "pass_percent": _percent(state),
        },
    )
    return counts


def _current_pass() -> PassState:
    """The current or latest pass; a new one if there has never been one. Raises StoreUnavailable."""
    try:
        return examination_pass.current() or full_pass.begin(None)
    except full_pass.PassOvertaken:  # a slice has begun it just now
        return _current_pass()


def _pass_breaches(state: PassState) -> list[Breach]:
    """Those of the latest complete pass, and of the current one."""
    return [*stored_breaches(state.result), *stored_breaches(state.progress)]


def _count_of(invariant_id: str, breaches: list[Breach]) -> int:
    return sum(breach.invariant == invariant_id for breach in breaches)


def _known_since(state: PassState) -> datetime:
    """When the latest complete pass began; when the first one began, if none is complete."""
    return clock.parse(state.result["began_at"]) if state.result else state.began_at


def _hours_since(moment: datetime) -> int:
    return (clock.now() - moment) // timedelta(hours=1)


def _percent(state: PassState) -> int:
    """100 when the pass is complete. The number of items of the table is that of the pass before."""
    if state.completed_at:
        return 100
    items = int(state.result.get("items", 0))
    return min(100 * int(state.progress.get("items", 0)) // items, 99) if items else 0


def _run_slice(seconds_left: Callable[[], float]) -> dict[str, Any]:
    """Returns the state of the pass after the slice, and logs it. A slice that another one has overtaken changes
    nothing."""
    try:
        state = full_pass.run_slice(seconds_left)
    except full_pass.PassOvertaken:
        logger().warning("examination pass overtaken")
        return {"overtaken": True}
    counts = {name: value for name, value in state.progress.items() if isinstance(value, int)}
    done = {"completed": state.completed_at is not None, **counts}
    logger().info("examination pass", extra=done)
    return done
