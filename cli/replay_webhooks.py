"""Replay webhook events that could not be read when they came."""

from typing import TYPE_CHECKING, Annotated

import typer

from cli._settings import running_stack_settings

if TYPE_CHECKING:
    from shared.db.entities import WebhookEvent


def command(
    apply: Annotated[bool, typer.Option("--apply", help="Apply the events. Without it they are only listed.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="The maximum number of events.")] = 1_000,
) -> None:
    """List the webhook events that could not be read, oldest first; with --apply, apply those that can be read now.

    Applying is safe to repeat. The body of an applied event is removed. Exit code 1 when an event is left.
    """
    with running_stack_settings():
        from functions.payments.webhook_replay import unreadable_events

        events = list(unreadable_events(limit))
        left = 0
        for event in events:
            if apply:
                result, is_left = _replay(event)
            else:
                result, is_left = f"{event.body_size} bytes", True
            left += is_left
            typer.echo(f"{event.received_at.isoformat()} {event.event} {event.event_id}: {result}")
    typer.echo(f"{len(events)} events, {left} left")
    if left:
        raise typer.Exit(1)


def _replay(event: "WebhookEvent") -> tuple[str, bool]:
    """The outcome, and whether the event is left. The message of an unexpected error is not printed: it may contain a
    part of the body."""
    from functions.payments.webhook_replay import ReplayOutcome, replay
    from shared.errors import DomainError

    try:
        outcome = replay(event.event_id)
    except DomainError as error:
        return error.code, True
    except Exception as error:  # noqa: BLE001 (one event must not keep the others from being applied)
        return f"failed: {type(error).__name__}", True
    return outcome, outcome in (ReplayOutcome.UNREADABLE, ReplayOutcome.NOT_KEPT)
