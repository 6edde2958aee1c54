"""`python -m infra.packages [RUNTIME ARCHITECTURE | local]`: builds every package and prints its size and digest.

The default is python3.13 arm64; `local` builds for this machine's interpreter and architecture.
"""

import subprocess
import sys

from infra.packages.build import build
from infra.packages.bytecode import CompilerNotFound
from infra.packages.target import Target, local_target


def main(arguments: list[str]) -> int:
    match arguments:
        case ["local"]:
            target = local_target()
        case [runtime, ("arm64" | "x86_64") as architecture]:
            target = Target(runtime, architecture)
        case []:
            target = Target("python3.13", "arm64")
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    try:
        packages = build(target)
    except (CompilerNotFound, LookupError, subprocess.CalledProcessError) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{target!s:26} zip      files    content")
    for name, package in packages.items():
        print(f"  {name:24} {_size(package.zipped)}  {_size(package.unzipped)}  {package.digest[:12]}")
    return 0


def _size(byte_count: int) -> str:
    return f"{byte_count / 1_000_000:4.1f} MB"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
