"""`python -m local.dynamodb.parent_watchdog COMMAND …`: run a program and kill it when the parent process ends.

The program is killed when the standard input of this process ends (closed, or the parent was killed), or when this
process receives SIGTERM or SIGINT. This process exits when the program does, with its exit code. The program inherits
standard output and standard error.
"""

import os
import signal
import subprocess
import sys
import threading
from types import FrameType


def _kill_at_end_of_input(program: "subprocess.Popen[bytes]") -> None:
    sys.stdin.buffer.read()
    program.kill()


def main() -> None:
    programs: list[subprocess.Popen[bytes]] = []
    signalled = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        signalled.set()
        for program in programs:
            program.kill()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    program = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
    programs.append(program)
    if signalled.is_set():
        program.kill()
    threading.Thread(target=_kill_at_end_of_input, args=(program,), daemon=True).start()
    # `os._exit`: the thread may hold standard input, which an ordinary exit would wait for.
    os._exit(program.wait() & 0xFF)


if __name__ == "__main__":
    main()
