"""CLI commands that need a running stack, called without one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from local.paths import ROOT


def run_cli(tmp_path: Path, *arguments: str, env: dict[str, str] | None = None) -> tuple[int, str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("LMS_", "AWS_"))}
    done = subprocess.run(
        [sys.executable, "-m", "cli", *arguments],
        cwd=ROOT,
        env={**clean, "LMS_LOCAL_DIR": str(tmp_path), **(env or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    "arguments",
    [["sweep"], ["recount"], ["create-admin", "--email", "a@example.com", "--password", "correct horse battery"]],
)
def test_command_without_running_stack_exits_2_with_instructions(tmp_path: Path, arguments: list[str]) -> None:
    message = "no stack is running: start one with `make dev`, or set LMS_TABLE_NAME and the other settings\n"
    assert run_cli(tmp_path, *arguments) == (2, "", message)


def test_command_with_incomplete_settings_exits_2_naming_the_missing_one(tmp_path: Path) -> None:
    code, out, err = run_cli(tmp_path, "sweep", env={"LMS_TABLE_NAME": "theirs"})
    assert (code, out, err) == (2, "", "LMS_RAZORPAY_KEY_ID is not set\n")


def test_help_lists_every_command(tmp_path: Path) -> None:
    code, out, _ = run_cli(tmp_path, "--help", env={"NO_COLOR": "1"})
    assert code == 0
    assert [name for name in ("create-admin", "dev", "recount", "sweep") if name not in out] == []


def test_dev_with_invalid_port_exits_2(tmp_path: Path) -> None:
    code, _, err = run_cli(tmp_path, "dev", "--port", "70000", env={"NO_COLOR": "1"})
    assert code == 2
    assert "65535" in err
