"""Run the product on this machine."""

import os
import signal
import sys
import threading
from types import FrameType
from typing import Annotated

import typer


def command(
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port of the API and the web page; 0 takes a free one.")
    ] = 8000,
    seed: Annotated[int, typer.Option(min=0, max=1, help="1 fills an empty table with demo data; 0 does not.")] = 1,
) -> None:
    """Run the product locally: API, web page, database, stream, sweep, and fakes of Razorpay and Cloudinary."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    code = 0
    try:
        code = _run(port, bool(seed))
    except KeyboardInterrupt:
        print("\nstopped", flush=True)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        # Not sys.exit: a handler that hangs in its thread must not keep the process alive.
        os._exit(code)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _run(port: int, seed: bool) -> int:
    from local import interrupts

    with interrupts.deferred():  # an interrupt during an import may be swallowed, and break the import
        from local.api_gateway.server import PortTaken
        from local.running_stack import data_directory
        from local.stack import Stack
        from shared.config import SettingUnusable

    stack = Stack(port=port, folder=data_directory(), seed=seed, reload=True, print_line=_print_line, log=_print_line)
    try:
        stack.start()
        for line in stack.startup_summary():
            _print_line(line)
        _print_line(f"ready {stack.url}")
        threading.Event().wait()
    except (PortTaken, SettingUnusable) as error:
        print(error, file=sys.stderr)
        return 2
    finally:
        stack.stop()
    return 0


def _print_line(line: str) -> None:
    print(f"{line}\n", end="", flush=True)  # one write, so that lines of other threads do not mix with it
