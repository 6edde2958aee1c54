"""How other commands find the running stack: one file with its process, address and settings."""

import fcntl
import json
import os
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from local.paths import ROOT


class StackNotRunning(Exception):
    """Neither a running stack nor settings were found. The message is written for the user of the command."""


def data_directory() -> Path:
    """The folder of a clone's local data: `LMS_LOCAL_DIR`, by default `.local`."""
    return Path(os.environ.get("LMS_LOCAL_DIR") or ROOT / ".local")


def acquire_lock(exit_stack: ExitStack, folder: Path) -> bool:
    """Lock `folder` until `exit_stack` closes or this process ends, killed included. False when another process holds
    the lock."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = exit_stack.enter_context((folder / "lock").open("w"))
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def write_stack_file(exit_stack: ExitStack, folder: Path, url: str, env: dict[str, str]) -> None:
    """Write `stack.json`, readable by its owner only, and remove it when `exit_stack` closes."""
    file = folder / "stack.json"
    file.unlink(missing_ok=True)
    exit_stack.callback(file.unlink, missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        json.dump({"pid": os.getpid(), "url": url, "env": env}, out)


def read_running_stack(folder: Path | None = None) -> dict[str, Any] | None:
    """{"pid": int, "url": str, "env": {name: value}} of the running stack, None if there is none."""
    file = (folder or data_directory()) / "stack.json"
    try:
        found: dict[str, Any] = json.loads(file.read_text())
        os.kill(found["pid"], 0)
        with (file.parent / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return found
    except (OSError, ValueError, KeyError):
        return None
    return None  # the file of a stack that was killed


def use_running_stack() -> str:
    """Complete the environment with the settings of the running stack; returns its URL.

    Settings of the environment take precedence. With `LMS_TABLE_NAME` set, the environment is used unchanged and the
    result is `LMS_PUBLIC_URL`. Raises StackNotRunning when there are neither settings nor a running stack.
    """
    if os.environ.get("LMS_TABLE_NAME"):
        return os.environ.get("LMS_PUBLIC_URL", "http://127.0.0.1:8000")
    found = read_running_stack()
    if found is None:
        raise StackNotRunning(
            "no stack is running: start one with `make dev`, or set LMS_TABLE_NAME and the other settings"
        )
    env: dict[str, str] = found["env"]
    for name, value in env.items():
        if name.startswith("AWS_") and not value:
            os.environ.pop(name, None)
        elif name.startswith("AWS_") or not os.environ.get(name):
            os.environ[name] = value
    url: str = found["url"]
    return url
