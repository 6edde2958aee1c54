"""How other commands find the stack that runs: one file with its process, address and settings."""

import fcntl
import json
import os
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from local.paths import ROOT


class StackNotRunning(Exception):
    """The message is for the person who gave the command."""


def data_directory() -> Path:
    """Where a clone keeps what is local: `.local`, or `LMS_LOCAL_DIR`."""
    return Path(os.environ.get("LMS_LOCAL_DIR") or ROOT / ".local")


def acquire_lock(closing: ExitStack, place: Path) -> bool:
    """Own `place` until `closing` closes or this process ends, however it ends. False when another process does."""
    place.mkdir(parents=True, exist_ok=True)
    lock = closing.enter_context((place / "lock").open("w"))
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def write_stack_file(closing: ExitStack, place: Path, url: str, env: dict[str, str]) -> None:
    """Write the file, for its owner's eyes only, and remove it when `closing` closes."""
    file = place / "stack.json"
    file.unlink(missing_ok=True)
    closing.callback(file.unlink, missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        json.dump({"pid": os.getpid(), "url": url, "env": env}, out)


def read_running_stack(place: Path | None = None) -> dict[str, Any] | None:
    """{"pid": int, "url": str, "env": {name: value}} of the stack that runs, None if none does."""
    file = (place or data_directory()) / "stack.json"
    try:
        found: dict[str, Any] = json.loads(file.read_text())
        os.kill(found["pid"], 0)
        with (file.parent / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return found
    except (OSError, ValueError, KeyError):
        return None
    return None  # left by one that was killed


def use_running_stack() -> str:
    """Complete the environment with the settings of the running stack; its URL.

    What is set in the environment wins. With `LMS_TABLE_NAME` set, the environment is taken as it is and
    `LMS_PUBLIC_URL` is the answer. Raises NothingRuns when there are neither settings nor a stack.
    """
    if not os.environ.get("LMS_TABLE_NAME"):
        found = read_running_stack()
        if found is None:
            raise StackNotRunning(
                "nothing runs here: start it with `make dev`, or set LMS_TABLE_NAME and the settings with it"
            )
        env: dict[str, str] = found["env"]
        for name, value in env.items():
            if name.startswith("AWS_") and not value:
                os.environ.pop(name, None)
            elif name.startswith("AWS_") or not os.environ.get(name):
                os.environ[name] = value
        url: str = found["url"]
        return url
    return os.environ.get("LMS_PUBLIC_URL", "http://127.0.0.1:8000")
