"""Faults end, banks decide, the messages that are not lost arrive, and days pass."""

from collections.abc import Sequence
from random import Random
from typing import Any, Final

from tests.load.http_histories.history import dashboard_actions
from tests.load.http_histories.history.history import History
from tests.load.http_histories.plan import DAY
from tests.load.http_histories.processes.surroundings import Surroundings

_DAYS: Final = (11, 2)
"""The polls of an order end within a week, those of a waiting refund are a day apart."""
_SECONDS_TO_DELIVER: Final = 300.0
_NO_FAULTS: Final[dict[str, Any]] = {"faults": [], "refunds": "process", "balance": None, "lists_out_of_order": False}


def come_to_rest(surroundings: Surroundings, histories: Sequence[History]) -> list[str]:
    """Returns what the scheduled functions logged, and the problems as lines "PROBLEM …"."""
    surroundings.gateway.settings(_NO_FAULTS)
    for history in histories:
        dashboard_actions.settle_bank(history, Random(f"{history.plan.seed}:rest"))
    logged = deliver_all(surroundings)
    for days in _DAYS:
        logged += surroundings.pass_time(days * DAY).splitlines()
        logged += deliver_all(surroundings)
    return logged


def deliver_all(surroundings: Surroundings) -> list[str]:
    unanswered = surroundings.network.release_all(_SECONDS_TO_DELIVER)
    return [f"PROBLEM the webhook {event} was never acknowledged" for event in unanswered]
