"""Compiles packages with an interpreter of the target's version.

For Python 3.13 this is always CPython as WebAssembly, so that every machine makes the same bytes.
"""

import subprocess
import sys
from pathlib import Path
from typing import Final

from infra.packages.target import Target

_HERE: Final = Path(__file__).parent
_WEBASSEMBLY: Final = "3.13"
"""The Python version of the pyodide release in infra/package.json."""


class CompilerNotFound(Exception):
    """This machine has no interpreter of the target's version. The message is for the person who runs the build."""


def compile_for(target: Target, site: Path, sources: Path) -> None:
    """Compiles third-party modules in `site` and our modules in `sources`, in place.

    Raises CompilerNotFound; CalledProcessError when the compiler fails.
    """
    running = f"{sys.version_info.major}.{sys.version_info.minor}"
    if target.version == _WEBASSEMBLY:
        command = ["node", str(_HERE / "compile.mjs"), target.version]
    elif target.version == running:
        command = [sys.executable, str(_HERE / "compile_bytecode.py")]
    else:
        raise CompilerNotFound(
            f"bytecode for {target.runtime} requires Python {target.version}, and this is Python {running}: "
            f"use runtime python{_WEBASSEMBLY}, or create .venv-infra with PYTHON=python{target.version}"
        )
    subprocess.run([*command, str(site), str(sources)], check=True)  # noqa: S603 (our own script)
