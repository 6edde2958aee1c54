"""Check the invariants of a running instance."""

import importlib
import time
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cli._settings import running_stack_settings

if TYPE_CHECKING:
    from functions.payments.invariants.check import InvariantReport

MAX_RECOUNTS: Final = 4
DASHBOARD_INVARIANT: Final = "I13"
WEBHOOK_INVARIANT: Final = "I12"
"""The webhooks of one learner are not listed, so only the check of everything reads them."""
MAX_RECOUNTED_ITEMS: Final = 100_000
"""A recount holds every item in memory: of a larger table it is made only on request."""
SECONDS_BETWEEN_LINES: Final = 5.0


def command(
    order: Annotated[str | None, typer.Option(help="Check only the learner of this order.")] = None,
    user: Annotated[str | None, typer.Option(help="Check only this user, in every course.")] = None,
    course: Annotated[str | None, typer.Option(help="With --user: only this course.")] = None,
    recount: Annotated[
        bool | None, typer.Option("--recount/--no-recount", help="Recount the dashboards; default: in a small table.")
    ] = None,
    pause: Annotated[float, typer.Option(min=0, help="Seconds to wait before different counters are recounted.")] = 2,
) -> None:
    """Check every invariant over the whole table and print a line for each; exit code 1 when one is broken.

    docs/invariants.md lists the invariants. Tests verify those that stored data cannot show; they are not printed. The
    check reads one learner at a time; its progress is printed to stderr. Exit code 2: the store does not answer.
    """
    if (order and (user or course)) or (course and not user):
        raise typer.BadParameter("use --order, or --user with or without --course")
    with running_stack_settings():
        from shared.errors import StoreUnavailable

        try:
            is_sound = _check_part(order, user, course) if order or user else _check_everything(recount, pause)
        except StoreUnavailable as error:
            typer.echo(f"not checked: {error}", err=True)
            raise typer.Exit(2) from None
    if not is_sound:
        raise typer.Exit(1)


def _check_part(order: str | None, user: str | None, course: str | None) -> bool:
    from functions.payments.invariants import check

    report = check.check_order(order) if order else check.check_learner(user or "", course)
    if not report.item_counts and not report.breaches:
        typer.echo(f"nothing is stored for {order or user}", err=True)
        raise typer.Exit(2)
    _print_report(report, {}, unchecked=WEBHOOK_INVARIANT)
    return not report.breaches


def _check_everything(recount: bool | None, pause: float) -> bool:
    from functions.payments.invariants.check import check_invariants

    report = check_invariants(_Progress())
    differences = _counter_differences(recount, pause)
    _print_report(report, {} if differences is None else {DASHBOARD_INVARIANT: differences})
    return not report.breaches and not differences


def _counter_differences(recount: bool | None, pause: float) -> list[str] | None:
    """I13; None when the counters were not recounted."""
    from shared.db.table.unreadable_items import READ_ERRORS, UnreadableItems

    steps = importlib.import_module("shared.db.read_models.rebuild_steps")
    if recount is None:
        recount = steps.approximate_item_count() <= MAX_RECOUNTED_ITEMS
        if not recount:
            typer.echo("I13 is not checked in a table of this size: use --recount or `python -m cli recount`", err=True)
    if not recount:
        return None
    try:
        return _stable_differences(pause)
    except UnreadableItems as error:
        return [f"not recounted: {error}"]
    except READ_ERRORS as error:
        return [f"an item cannot be read: {type(error).__name__}: {error}"]


class _Progress:
    """Prints how many items were read, every five seconds."""

    def __init__(self) -> None:
        self._printed_at = time.monotonic()

    def __call__(self, scanned: int, report: "InvariantReport") -> None:
        if time.monotonic() - self._printed_at >= SECONDS_BETWEEN_LINES:
            self._printed_at = time.monotonic()
            payments, breaches = report.item_counts["payment"], len(report.breaches)
            typer.echo(f"{scanned} items scanned, {payments} payments checked, {breaches} breaches", err=True)


def _print_report(report: "InvariantReport", others: dict[str, list[str]], unchecked: str = "") -> None:
    """Prints the number of items, then a line for each invariant that was checked. `others`: further results, by
    invariant."""
    from functions.payments.invariants.registry import INVARIANTS

    typer.echo("read " + ", ".join(f"{count} x {kind}" for kind, count in sorted(report.item_counts.items())))
    for invariant in INVARIANTS:
        if invariant.id in others:
            _print_result(invariant, others[invariant.id])
        elif invariant.is_checked and invariant.id != unchecked:
            _print_result(invariant, [f"{each.subject}: {each.detail}" for each in report.breaches_of(invariant.id)])


def _print_result(invariant: Any, breaches: list[str]) -> None:
    """Prints a line for the invariant, and one for each breach."""
    result = f"{len(breaches)} BROKEN" if breaches else "ok"
    typer.echo(f"{invariant.id:4} {result:10} {invariant.rule}")
    for breach in breaches:
        typer.echo(f"     {breach}")


def _stable_differences(pause: float) -> list[str]:
    """The counters that differ from the recount by the same amount in MAX_RECOUNTS recounts, `pause` seconds apart. A
    difference that changes is not reported, because the projector has not applied every change of the table yet."""
    recount = importlib.import_module("functions.dashboards.recount.compare")
    stable: dict[tuple[str, int], Any] = {}
    for number in range(MAX_RECOUNTS):
        if number:
            time.sleep(pause)
        rows = recount.compare_counters().differences
        current = {(row.counter, row.displayed - row.recounted): row for row in rows}
        stable = {key: row for key, row in current.items() if number == 0 or key in stable}
        if not stable:
            return []
    return [str(row) for row in stable.values()]
