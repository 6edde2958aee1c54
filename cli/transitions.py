"""Write docs/transitions.md from the code: the state machines, and every decision about money."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

if TYPE_CHECKING:
    from shared.db.entities import Enrollment, Payment
    from shared.settlement.evidence import Evidence

DOCUMENT: Final = Path(__file__).parent.parent / "docs" / "transitions.md"
HEAD: Final = """# Statuses, and every decision about money
Written by `python -m cli transitions` from `shared/domain/lifecycle.py` and from the results of
`shared/settlement/decide.py` for every payment, enrollment and evidence; `make check` fails when they differ.
"""
PAYMENTS: Final = """
## Payments
`failed` is not final: the gateway cannot cancel an order, so a late payment moves it on. `refunded` ends only when a
dispute that had returned the payment to the learner is won after all.
"""
ENROLLMENTS: Final = """
## Enrollments
`active` and `completed` give access. A cancelled enrollment is resumed by a new order, or by a late payment.
"""
DECISIONS: Final = """
## Decisions
A row is the enrollment of the learner, a column the payment that the evidence is about. A cell shows the verdict, and
the new status of the payment and of the enrollment, if they change. A dot means that nothing is written: the evidence
is known already, or does not concern this payment. *Window over*: the order window has ended. *On hold*: money of
another amount or currency was captured on the order, and the enrollment lists the order. *Dispute open*: no refund is
made until it ends. Enrollments with equal cells share a row. Statuses and reasons are the stored ones; the API sends
`no_longer_wanted` for the reason `not_wanted`.

| verdict | |
|---|---|
"""
VERDICTS: Final = {
    "recorded": "refunds, disputes, the history or the next poll change, but neither access nor status",
    "granted": "the payment gives access to the course",
    "captured": "the payment is captured, for an access that exists already",
    "refund_due": "the payment is to be refunded",
    "expired": "the order expires, and is polled for six more days",
    "refunded": "the payment is refunded in full; the access that it granted ends, and no other",
    "revoked": "the authorization was voided, or an admin revoked the access; the access that it granted ends",
    "on_hold": "no rule accepts the amount: gives no access; a capture is on hold until it is accepted or refunded",
    "rejected": "the request is not possible: nothing is written",
}
NO_CHANGE: Final = "·"
_MAX_LISTED: Final = 8
"""A row lists at most this number of enrollments. A row with more of them comes last and is called "any other"."""


def command(
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail when the page is out of date.")] = False,
) -> None:
    """Write docs/transitions.md."""
    text = render_page()
    if check and (not DOCUMENT.exists() or DOCUMENT.read_text() != text):
        typer.echo("docs/transitions.md is out of date: run python -m cli transitions", err=True)
        raise typer.Exit(1)
    if not check:
        DOCUMENT.write_text(text)
        typer.echo(f"wrote {DOCUMENT.name}")


def render_page() -> str:
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
    """A diagram and a table of the transitions. Statuses are in the order of their enum, the initial one first."""
    next_statuses = {
        status: sorted(transitions[status], key=_declaration_order)
        for status in sorted(transitions, key=_declaration_order)
    }
    initial = next(iter(next_statuses))
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {initial.value}"]
    lines += [f"    {status.value} --> {after.value}" for status, afters in next_statuses.items() for after in afters]
    lines += [f"    {status.value} --> [*]" for status, afters in next_statuses.items() if not afters]
    lines += ["```", "", "| from | to |", "|---|---|"]
    for status, afters in next_statuses.items():
        lines.append(f"| {status.value} | {', '.join(after.value for after in afters) or 'nothing'} |")
    return "\n".join(lines) + "\n"


def _declaration_order(status: StrEnum) -> int:
    return list(type(status)).index(status)


def _decisions() -> Iterator[str]:
    """A table for each evidence."""
    from cli import _payment_matrix as matrix

    for name, evidence in matrix.EVIDENCE.items():
        yield f"\n### Evidence: {name}\n"
        yield "| enrollment | " + " | ".join(matrix.PAYMENTS) + " |\n"
        yield "|---" * (len(matrix.PAYMENTS) + 1) + "|\n"
        yield from _decision_rows(evidence)


def _decision_rows(evidence: "Evidence") -> Iterator[str]:
    from cli import _payment_matrix as matrix

    enrollments_by_row: dict[tuple[str, ...], list[str]] = {}
    for name, enrollment in matrix.ENROLLMENTS.items():
        cells = tuple(_cell(payment, enrollment, evidence) for payment in matrix.PAYMENTS.values())
        enrollments_by_row.setdefault(cells, []).append(name)
    remainder = "any other" if len(enrollments_by_row) > 1 else "any"
    for cells, names in sorted(enrollments_by_row.items(), key=lambda row: len(row[1]) > _MAX_LISTED):
        title = "; ".join(names) if len(names) <= _MAX_LISTED else remainder
        yield f"| {title} | {' | '.join(cells)} |\n"


def _cell(payment: "Payment", enrollment: "Enrollment | None", evidence: "Evidence") -> str:
    from cli._payment_matrix import NOW, enrollment_beside
    from shared.domain.changes import changed_fields
    from shared.settlement.decide import decide
    from shared.settlement.decision import Verdict

    decision = decide(payment, enrollment_beside(payment, enrollment), evidence, NOW)
    if decision.verdict is Verdict.NO_CHANGE:
        return NO_CHANGE
    changes = [_format_change("payment", changed_fields(decision.payment))]
    if decision.enrollment:
        changes.append(_format_change("enrollment", changed_fields(decision.enrollment)))
    text = ", ".join(change for change in changes if change)
    return f"**{decision.verdict.value}**" + (f": {text}" if text else "")


def _format_change(subject: str, changes: Mapping[str, Any]) -> str:
    if "status" not in changes:
        return ""
    reason = changes.get("reason")
    return f"{subject} {changes['status'].value}" + (f" ({reason.value})" if reason else "")
