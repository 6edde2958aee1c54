"""Compiles modules to bytecode. Runs in an interpreter of the target's version: this one, or CPython as WebAssembly.

compile.mjs starts the latter. Third-party modules become `module.pyc` without their source. Our modules keep their
source, so that tracebacks show lines. The bytecode has unchecked hashes (PEP 552), because Lambda's file system is
read-only. This script uses only the standard library.
"""

import compileall
import os
import py_compile
import sys


def compile_both(site: str, sources: str) -> None:
    """Compiles both folders in place and removes the sources of `site`. Raises RuntimeError for an invalid module."""
    compiled = _compile(site, in_place_of_source=True) and _compile(sources, in_place_of_source=False)
    if not compiled:
        raise RuntimeError("a module could not be compiled: see the messages above")
    for folder, _, names in os.walk(site):
        for name in names:
            if name.endswith(".py"):
                os.remove(os.path.join(folder, name))


def _compile(folder: str, *, in_place_of_source: bool) -> bool:
    """Compiles a folder; whether it succeeded. Writes `module.pyc` next to the source, or into `__pycache__`."""
    return bool(
        compileall.compile_dir(
            folder,
            legacy=in_place_of_source,
            quiet=1,
            force=True,
            workers=1,
            stripdir=folder,
            prependdir="/var/task",
            invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
        )
    )


if __name__ == "__main__":
    compile_both(*sys.argv[1:])
