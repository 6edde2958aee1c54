"""`python -m local.dynamodb.parent_watchdog COMMAND …`: runs a program that would outlive whoever started it, and ends it in time.

The program ends when this process's standard input does, be it closed or its other end killed, and when this process is
told to end (SIGTERM, SIGINT); this process ends when the program does, with its exit code. What the program writes is
passed on.
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
    told = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        told.set()
        for program in programs:
            program.kill()

    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, end)
    program = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
    programs.append(program)
    if told.is_set():
        program.kill()
    threading.Thread(target=_kill_at_end_of_input, args=(program,), daemon=True).start()
    # `os._exit`: the thread may hold standard input, which an ordinary exit would wait for.
    os._exit(program.wait() & 0xFF)


if __name__ == "__main__":
    main()
