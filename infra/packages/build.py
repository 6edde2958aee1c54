"""Builds the packages of all functions for one target, once for as long as nothing they are made of changes."""

import hashlib
import json
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from infra import privileges
from infra.packages import archive, bytecode, wheels
from infra.packages.import_closure import ROOT, ImportClosure, import_closure
from infra.packages.target import Target
from infra.packages.wheels import Wheels

CACHE: Final = ROOT / ".cache" / "packages"


@dataclass(frozen=True)
class Package:
    """`archive` is the zip file; `digest` follows from its content alone. Sizes are in bytes."""

    archive: str
    digest: str
    zipped: int
    unzipped: int
    distributions: tuple[str, ...]


def build(target: Target, cache: Path = CACHE) -> dict[str, Package]:
    """Function to package. Raises NoCompiler, LookupError, CalledProcessError."""
    folder = cache / str(target)
    closures = {privileges.function_name(module): import_closure(module) for module in privileges.handler_modules()}
    recipe, kept = _input_digest(target, closures.values()), folder / "packages.json"
    if kept.exists() and (known := json.loads(kept.read_text()))["recipe"] == recipe:
        return {name: Package(**facts) for name, facts in known["packages"].items()}
    folder.mkdir(parents=True, exist_ok=True)
    kept.unlink(missing_ok=True)
    site, ours = folder / "site", folder / "ours"
    wheels.install(target, site)
    _copy_sources(closures.values(), ours)
    bytecode.compile_for(target, site, ours)
    installed = Wheels(site, target)
    made = {name: _package(name, each, installed, ours, folder) for name, each in closures.items()}
    packages = {name: asdict(package) for name, package in made.items()}
    kept.write_text(json.dumps({"recipe": recipe, "packages": packages}, indent=1))
    return made


def lock_of(function: str) -> str:
    """The lock file of a function: its domain's."""
    return function.partition("-")[0]


def _package(name: str, parts: ImportClosure, installed: Wheels, ours: Path, folder: Path) -> Package:
    needed = installed.needed(parts.modules, lock_of(name))
    files = {file: ours / file for file in (*parts.files, *_bytecode_files(parts.files, installed.target))}
    for paths in needed.values():
        files |= {path: installed.folder / path for path in paths}
    digest = archive.digest(files)
    out = folder / f"{name}.zip"
    archive.write(out, files)
    unzipped = sum(file.stat().st_size for file in files.values())
    return Package(str(out), digest, out.stat().st_size, unzipped, tuple(needed))


def _bytecode_files(files: Iterable[str], target: Target) -> Iterator[str]:
    """Where the bytecode of our modules is (PEP 3147)."""
    for file in map(Path, files):
        if file.suffix == ".py":
            yield str(file.parent / "__pycache__" / f"{file.stem}.cpython-{target.version.replace('.', '')}.pyc")


def _copy_sources(closures: Iterable[ImportClosure], folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    for file in {file for each in closures for file in each.files}:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / file, folder / file)


def _input_digest(target: Target, closures: Iterable[ImportClosure]) -> str:
    """Digest of all that the packages are made of."""
    inputs = [ROOT / "locks" / f"{lock}.txt" for lock in wheels.LOCKS]
    inputs += [path for path in Path(__file__).parent.iterdir() if path.suffix in (".py", ".mjs")]
    inputs += [ROOT / "infra" / "package-lock.json", *(ROOT / file for each in closures for file in each.files)]
    said = hashlib.sha256(str(target).encode())
    for file in sorted(set(inputs)):
        said.update(f"{file.relative_to(ROOT)} ".encode() + hashlib.sha256(file.read_bytes()).digest())
    return said.hexdigest()
