"""Bytecode, made by an interpreter of the target's version: this one, or CPython as WebAssembly (compile.mjs).

Third-party modules become `module.pyc` without their source; ours keep it, for tracebacks that show lines. Files are
trusted as they are (unchecked hashes): Lambda's file system cannot be written to. Only the standard library is used.
"""

import compileall
import os
import py_compile
import sys


def compile_both(site: str, ours: str) -> None:
    """Compiles the folders in place. Raises RuntimeError when something is not Python."""
    made = _compile(site, beside=True) and _compile(ours, beside=False)
    if not made:
        raise RuntimeError("something could not be compiled: see above")
    for folder, _, names in os.walk(site):
        for name in names:
            if name.endswith(".py"):
                os.remove(os.path.join(folder, name))


def _compile(folder: str, *, beside: bool) -> bool:
    """`beside` their sources, or in `__pycache__`."""
    return bool(
        compileall.compile_dir(
            folder,
            legacy=beside,
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
