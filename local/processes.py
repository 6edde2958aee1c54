"""Programs that are started here are ended and waited for, whatever happens to whoever started them."""

import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Final

from local import interrupts

PATIENCE_SECONDS: Final = 10.0
"""How long a program may take to end by itself before it is killed."""


@contextmanager
def started(command: Sequence[str], **options: Any) -> Iterator["subprocess.Popen[Any]"]:
    """Starts a program as `subprocess.Popen` does. It goes on after the block, unless the block raises: then it is
    ended first."""
    process: subprocess.Popen[Any] | None = None
    try:
        # An interrupt inside Popen would leave a child that nobody knows of.
        with interrupts.deferred():
            process = subprocess.Popen(command, **options)
        yield process
    except BaseException:
        if process is not None:
            end(process)
        raise


@contextmanager
def running(command: Sequence[str], **options: Any) -> Iterator["subprocess.Popen[Any]"]:
    """As `started`, and ends the program after the block in any case."""
    with started(command, **options) as process:
        yield process
        end(process)


def end(process: "subprocess.Popen[Any]", patience_seconds: float = PATIENCE_SECONDS) -> None:
    """Closes the program's standard input, or sends SIGTERM when that is no pipe of ours; kills the program, and its
    process group if it leads one, when it has not ended after `patience_seconds`. Waits until it has ended, and closes
    its pipes. Safe to call twice."""
    with interrupts.deferred():
        if process.returncode is None:
            _end(process, patience_seconds)
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe is not None:
                with suppress(OSError):  # what was written for a program that has ended
                    pipe.close()


def _end(process: "subprocess.Popen[Any]", patience_seconds: float) -> None:
    if process.stdin is None:
        process.terminate()
    try:
        process.communicate(timeout=patience_seconds)
    except subprocess.TimeoutExpired:
        _kill(process)
        process.communicate()


def _kill(process: "subprocess.Popen[Any]") -> None:
    with suppress(ProcessLookupError):
        if os.getpgid(process.pid) == process.pid:
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
