"""`make help`: one line for each public target, with a description and without file names."""

import os
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
MAKEFILES = [ROOT / "Makefile", ROOT / "infra" / "targets.mk"]


def help_lines() -> list[str]:
    # `make test` sets MAKEFLAGS and MAKELEVEL: a make inside it would print the directories that it enters.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    done = subprocess.run(["make", "help"], cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def public_targets() -> list[str]:
    phony = [re.search(r"^\.PHONY: (.+)$", path.read_text(), re.MULTILINE) for path in MAKEFILES]
    return [target for found in phony if found for target in found[1].split()]


def test_make_help_prints_one_line_for_each_public_target() -> None:
    assert sorted(line.split()[0] for line in help_lines()) == sorted(public_targets())


def test_make_help_describes_each_target_without_file_names() -> None:
    for line in help_lines():
        assert re.match(r"[a-z-]+ +[a-zA-Z]\S* \S", line), line
        assert not re.search(r"Makefile|\.mk\b|##", line), line
