"""Finds who compiles for a target: Python 3.13 always in WebAssembly, so that every machine makes the same bytes."""

import subprocess
import sys
from pathlib import Path
from typing import Final

from infra.packages.target import Target

_HERE: Final = Path(__file__).parent
_WEBASSEMBLY: Final = "3.13"
"""The version that infra/package.json names by way of pyodide's."""


class NoCompiler(Exception):
    """The message is for the person who builds."""


def compile_for(target: Target, site: Path, ours: Path) -> None:
    """Compiles third-party modules in `site` and ours in `ours`, in place. Raises NoCompiler, CalledProcessError."""
    running = f"{sys.version_info.major}.{sys.version_info.minor}"
    if target.version == _WEBASSEMBLY:
        command = ["node", str(_HERE / "compile.mjs"), target.version]
    elif target.version == running:
        command = [sys.executable, str(_HERE / "compile_bytecode.py")]
    else:
        raise NoCompiler(
            f"bytecode for {target.runtime} is made by Python {target.version}, and this is {running}: "
            f"choose runtime python{_WEBASSEMBLY}, or make .venv-infra with PYTHON=python{target.version}"
        )
    subprocess.run([*command, str(site), str(ours)], check=True)  # noqa: S603 (our own script)
