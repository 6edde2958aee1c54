"""Comparisons of the ledger before and after everything was sent again."""

import json

from local.razorpay.state.account_statement import account_statement
from tests.simulation.checks.ledger_checks import partitions_on_hold
from tests.simulation.session import SimulationSession

_BOOKKEEPING = frozenset({"version", "updated_at", "unresolved", "returned_payment_ids", "gsi2pk", "gsi2sk"})

Lines = dict[tuple[str, str], str]
"""The text of each item by its key, and Razorpay's statement."""


def ledger_lines(session: SimulationSession) -> Lines:
    """Stored payments, enrollments and their histories, and Razorpay's statement. Payments on hold are excluded: their
    next poll moves every day."""
    kinds = ("payment", "payment_event", "enrollment", "enrollment_event")
    stored, aside = session.environment.table.items, partitions_on_hold(session)
    lines = {key: _line(item) for key, item in stored.items() if item["kind"]["S"] in kinds and key[0] not in aside}
    return lines | {("statement", ""): _line(account_statement(session.ledger))}


def outcomes(session: SimulationSession) -> Lines:
    """What payments and enrollments mean to the learner and the seller: everything except their polls and versions."""
    return {
        key: _line({name: value for name, value in item.items() if name not in _BOOKKEEPING})
        for key, item in session.environment.table.items.items()
        if item["kind"]["S"] in ("payment", "enrollment")
    }


def polled_again(before: Lines, after: Lines) -> set[str]:
    """The partitions of orders with a new step that notes an attempt, its end, or the return of what was authorized."""
    steps = {key: after[key] for key in after.keys() - before.keys()}
    return {key[0] for key, step in steps.items() if "unresolved" in step or "returned_payment_ids" in step}


def first_difference(before: Lines, after: Lines, excluded: set[str]) -> str:
    """The first line that differs, outside of the excluded partitions; empty without one."""
    keys = {key for key in before.keys() | after.keys() if key[0] not in excluded}
    return min((after.get(key, before.get(key, "")) for key in keys if before.get(key) != after.get(key)), default="")[
        :400
    ]


def _line(value: object) -> str:
    return json.dumps(value, sort_keys=True, default=sorted)
