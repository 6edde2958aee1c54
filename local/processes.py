"""Start child processes that are always ended and waited for, even when the code that started them fails."""

import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Final

from local import interrupts

PATIENCE_SECONDS: Final = 10.0
"""How long a program may take to exit by itself before it is killed."""


@contextmanager
def started(command: Sequence[str], **options: Any) -> Iterator["subprocess.Popen[Any]"]:
    """Start a program as `subprocess.Popen` does. It keeps running after the block; if the block raises, it is ended
    first."""
    process: subprocess.Popen[Any] | None = None
    try:
        # An interrupt inside Popen would leave a child process without a reference to it.
        with interrupts.deferred():
            process = subprocess.Popen(command, **options)
        yield process
    except BaseException:
        if process is not None:
            end(process)
        raise


@contextmanager
def running(command: Sequence[str], **options: Any) -> Iterator["subprocess.Popen[Any]"]:
    """As `started`, but always end the program after the block."""
    with started(command, **options) as process:
        yield process
        end(process)


def end(process: "subprocess.Popen[Any]", patience_seconds: float = PATIENCE_SECONDS) -> None:
    """End the program: close its standard input, or send SIGTERM when that is not a pipe of ours. If it still runs
    after `patience_seconds`, kill it, and its process group if it leads one. Waits until it has exited and closes its
    pipes. Safe to call twice."""
    with interrupts.deferred():
        if process.returncode is None:
            _end(process, patience_seconds)
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe is not None:
                with suppress(OSError):  # buffered input of a program that has exited
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
