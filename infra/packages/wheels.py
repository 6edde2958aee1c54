"""Installs the locked wheels for a Lambda platform, and selects the files that a function needs.

Wheels are installed from the lock files by hash and never built. A package contains the distributions that its modules
import, and their requirements. It keeps their metadata, because some distributions read their own version.
"""

import re
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import Distribution, PathDistribution
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement

from infra.packages.import_closure import ROOT
from infra.packages.sdk_data import trim_sdk_data
from infra.packages.target import Target
from infra.packages.wheel_filter import is_shipped

UV: Final = ROOT / ".uv" / "bin" / "uv"
LOCKS: Final = ("auth", "courses", "enrollments", "payments", "dashboards")
_NAME: Final = re.compile(r"^([A-Za-z0-9._-]+)==", re.MULTILINE)

_EXTRA_REQUIREMENTS: Final = {
    "aws_lambda_powertools.utilities.parameters": "boto3",
    "jwt": "cryptography",
    "fpdf": "uharfbuzz",
    "zoneinfo": "tzdata",
}
"""Module to the distribution that it needs, but that its own distribution requires only as an extra. The standard
module zoneinfo reads the data of the time zones from tzdata where the system has none."""


def locked(lock: str) -> frozenset[str]:
    """The normalized names of all distributions in a lock file."""
    return frozenset(map(_normal, _NAME.findall((ROOT / "locks" / f"{lock}.txt").read_text())))


def install(target: Target, folder: Path) -> None:
    """Installs the wheels of all functions into `folder`. Raises CalledProcessError.

    One folder is enough, because all lock files have the same versions.
    """
    shutil.rmtree(folder, ignore_errors=True)
    locks = [argument for lock in LOCKS for argument in ("--requirements", str(ROOT / "locks" / f"{lock}.txt"))]
    command = [
        *(str(UV), "pip", "install", "--quiet", "--target", str(folder), "--no-deps", "--require-hashes"),
        *("--only-binary", ":all:", "--python-version", target.version, "--python-platform", target.platform),
        *("--link-mode", "copy", *locks),
    ]
    subprocess.run(command, check=True)  # noqa: S603 (our own uv)
    for file in folder.rglob("*"):
        if file.is_file() and not is_shipped(file.relative_to(folder).as_posix()):
            file.unlink()
    trim_sdk_data(folder)


@dataclass(frozen=True)
class Wheels:
    """The wheels that are installed in `folder` for `target`."""

    folder: Path
    target: Target

    @cached_property
    def _distributions(self) -> dict[str, Distribution]:
        found = (PathDistribution(path) for path in self.folder.glob("*.dist-info"))
        return {_normal(each.metadata["Name"]): each for each in found}

    @cached_property
    def _providers(self) -> dict[str, str]:
        """Top-level module to the distribution that contains it."""
        return {
            str(file).partition("/")[0].partition(".")[0]: name
            for name, distribution in self._distributions.items()
            for file in distribution.files or ()
            if not str(file).startswith("..") and ".dist-info/" not in str(file)
        }

    def needed(self, modules: Iterable[str], lock: str) -> dict[str, tuple[str, ...]]:
        """Distribution to its files, for `modules` and all requirements of their distributions.

        Raises LookupError for a distribution that is not in the lock file.
        """
        roots = {module.partition(".")[0] for module in modules}
        roots |= {
            extra for module, extra in _EXTRA_REQUIREMENTS.items() if any(_is_in(each, module) for each in modules)
        }
        pending = [self._providers[root] for root in roots if root in self._providers]
        allowed, found = locked(lock), dict[str, tuple[str, ...]]()
        while pending:
            name = pending.pop()
            if name in found:
                continue
            if name not in allowed:
                raise LookupError(f"{name} is imported, but locks/{lock}.txt does not have it")
            found[name] = self._files(self._distributions[name])
            pending += self._required(self._distributions[name])
        return dict(sorted(found.items()))

    def _required(self, distribution: Distribution) -> list[str]:
        requirements = map(Requirement, distribution.requires or ())
        environment = {**self.target.markers, "extra": ""}
        return [_normal(each.name) for each in requirements if each.marker is None or each.marker.evaluate(environment)]

    def _files(self, distribution: Distribution) -> tuple[str, ...]:
        """The files that exist after compilation: `.pyc` instead of `.py`, and no RECORD."""
        recorded = (re.sub(r"\.py$", ".pyc", str(file)) for file in distribution.files or ())
        inside = (file for file in recorded if not file.startswith("..") and not file.endswith(".dist-info/RECORD"))
        return tuple(sorted(file for file in inside if (self.folder / file).is_file()))


def _is_in(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
