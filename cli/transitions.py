"""The state machines and every decision about money, written from the code: docs/transitions.md."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import typer

DOCUMENT: Final = Path(__file__).parent.parent / "docs" / "transitions.md"
HEAD: Final = """# States, and every decision about money
Written by `python -m cli transitions` from `shared/domain/lifecycle.py` and `shared/settlement/decide.py`, which it calls for
every payment state, enrollment and evidence; `make check` fails when this page is not what the code says.
"""
PAYMENTS: Final = """
## Payments
Failed is not final: the gateway cannot cancel an order, so late money moves it on. Nothing leaves `refunded`.
"""
ENROLLMENTS: Final = """
## Enrollments
`active` and `completed` give access. A cancelled enrollment begins again with an order, or with late money.
"""
DECISIONS: Final = """
## Decisions
A row is what the learner has, a column the payment the evidence is about. A cell tells the verdict, then the payment's
new state and the enrollment's, where they change. A dot: known already, or no concern of this state; nothing is
written. *Window over*: the time in which the order is given again has ended. *Kept aside*: money of another amount was
seen on the order. Enrollments with equal cells are one row.

| verdict | |
|---|---|
"""
VERDICTS: Final = {
    "recorded": "only the history grows, or the next look moves",
    "granted": "the course opens",
    "captured": "the money is ours, under an access that is there",
    "refund_due": "the money goes back",
    "expired": "the order is given up, and watched",
    "refunded": "all of it went back; the access that rests on it, and no other, ends",
    "revoked": "the money never came; the access that rested on it ends",
    "on_hold": "not the amount that was asked for: never granted, kept for an admin",
    "rejected": "cannot be: nothing is written",
}
NO_CHANGE: Final = "·"
_MAX_LISTED: Final = 8
"""More rows than half of all are told in one, the last."""


def command(
    check: bool = typer.Option(False, help="Write nothing; fail when the page is not what it should be."),
) -> None:
    """Write docs/transitions.md."""
    text = page()
    if check and (not DOCUMENT.exists() or DOCUMENT.read_text() != text):
        typer.echo("docs/transitions.md is out of date: run python -m cli transitions", err=True)
        raise typer.Exit(1)
    if not check:
        DOCUMENT.write_text(text)
        typer.echo(f"wrote {DOCUMENT.name}")


def page() -> str:
    from shared.domain.lifecycle import ENROLLMENT_TRANSITIONS, PAYMENT_TRANSITIONS

    verdicts = "".join(f"| {name} | {meaning} |\n" for name, meaning in VERDICTS.items())
    return "".join(
        [
            HEAD,
            PAYMENTS,
            _state_machine(PAYMENT_TRANSITIONS),
            ENROLLMENTS,
            _state_machine(ENROLLMENT_TRANSITIONS),
            DECISIONS,
            verdicts,
            *_decisions(),
        ]
    )


def _state_machine(transitions: Mapping[Any, frozenset[Any]]) -> str:
    """A diagram and a table; states in the order of their enum. The first is where everything begins."""
    moves = [
        (state, sorted(transitions[state], key=_declaration_order))
        for state in sorted(transitions, key=_declaration_order)
    ]
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {moves[0][0].value}"]
    lines += [f"    {state.value} --> {after.value}" for state, afters in moves for after in afters]
    lines += [f"    {state.value} --> [*]" for state, afters in moves if not afters]
    lines += ["```", "", "| from | to |", "|---|---|"]
    lines += [f"| {state.value} | {', '.join(each.value for each in afters) or 'nothing'} |" for state, afters in moves]
    return "\n".join(lines) + "\n"


def _declaration_order(state: StrEnum) -> int:
    return list(type(state)).index(state)


def _decisions() -> Iterator[str]:
    from cli import _payment_matrix as all_of

    for name, evidence in all_of.EVIDENCE.items():
        yield f"\n### Evidence: {name}\n"
        yield "| enrollment | " + " | ".join(all_of.PAYMENTS) + " |\n"
        yield "|---" * (len(all_of.PAYMENTS) + 1) + "|\n"
        rows: dict[tuple[str, ...], list[str]] = {}
        for situation, enrollment in all_of.ENROLLMENTS.items():
            rows.setdefault(_row(enrollment, evidence), []).append(situation)
        for row, situations in sorted(rows.items(), key=lambda each: len(each[1]) > _MAX_LISTED):
            told = "; ".join(situations) if len(situations) <= _MAX_LISTED else "any other" if len(rows) > 1 else "any"
            yield f"| {told} | {' | '.join(row)} |\n"


def _row(enrollment: Any, evidence: Any) -> tuple[str, ...]:
    from cli import _payment_matrix as all_of

    return tuple(_cell(payment, enrollment, evidence) for payment in all_of.PAYMENTS.values())


def _cell(payment: Any, enrollment: Any, evidence: Any) -> str:
    from cli._payment_matrix import NOW
    from shared.settlement.decide import decide
    from shared.settlement.decision import Verdict

    decision = decide(payment, enrollment, evidence, NOW)
    if decision.verdict is Verdict.NO_CHANGE:
        return NO_CHANGE
    told = [_format_change("payment", decision.payment), _format_change("enrollment", decision.enrollment)]
    changes = ", ".join(each for each in told if each)
    return f"**{decision.verdict.value}**" + (f": {changes}" if changes else "")


def _format_change(what: str, changes: Mapping[str, Any]) -> str:
    if "status" not in changes:
        return ""
    reason = changes.get("reason")
    return f"{what} {changes['status'].value}" + (f" ({reason.value})" if reason else "")
