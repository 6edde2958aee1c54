"""Run the end-to-end scenarios and check every step."""

import typer


def command() -> None:
    """Run end-to-end scenarios over HTTP and print each step and its responses. Exit code 1 when a step fails."""
    from cli._demo.run import run_demo
    from cli._demo.target import TargetUnusable
    from shared.config import SettingUnusable

    try:
        passed = run_demo(typer.echo)
    except (TargetUnusable, SettingUnusable) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    raise typer.Exit(0 if passed else 1)
