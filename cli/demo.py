"""Play the whole journey and check every step."""

import typer


def command() -> None:
    """Play the whole journey over HTTP, print each step and its answer; exit code 1 when one does not hold."""
    from cli._demo.run import run_demo
    from cli._demo.target import TargetUnusable
    from shared.config import SettingUnusable

    try:
        held = run_demo(typer.echo)
    except (TargetUnusable, SettingUnusable) as sentence:
        typer.echo(str(sentence), err=True)
        raise typer.Exit(2) from None
    raise typer.Exit(0 if held else 1)
