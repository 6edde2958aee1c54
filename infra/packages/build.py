"""Builds the packages of all functions for one target. Builds again only when an input has changed."""

import hashlib
import json
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from functions import manifest
from infra import privileges
from infra.packages import archive, bytecode, wheels
from infra.packages.import_closure import ROOT, ImportClosure, import_closure
from infra.packages.target import Target
from infra.packages.wheels import Wheels

CACHE: Final = ROOT / ".cache" / "packages"


@dataclass(frozen=True)
class Package:
    """`archive` is the path of the zip file; `digest` depends on its content only. Sizes are in bytes."""

    archive: str
    digest: str
    zipped: int
    unzipped: int
    distributions: tuple[str, ...]


def build(target: Target, cache: Path = CACHE) -> dict[str, Package]:
    """Function to package.

    Raises CompilerNotFound; LookupError for an imported distribution that the function's lock file does not contain;
    CalledProcessError when the installation or the compiler fails.
    """
    folder = cache / str(target)
    closures = {manifest.function_name(module): import_closure(module) for module in privileges.handler_modules()}
    input_digest, index = _input_digest(target, closures.values()), folder / "packages.json"
    cached = json.loads(index.read_text()) if index.exists() else {}
    if cached.get("input_digest") == input_digest:
        return {name: Package(**values) for name, values in cached["packages"].items()}
    folder.mkdir(parents=True, exist_ok=True)
    index.unlink(missing_ok=True)
    site, sources = folder / "site", folder / "sources"
    wheels.install(target, site)
    _copy_sources(closures.values(), sources)
    bytecode.compile_for(target, site, sources)
    installed = Wheels(site, target)
    packages = {name: _package(name, closure, installed, sources) for name, closure in closures.items()}
    values = {name: asdict(package) for name, package in packages.items()}
    index.write_text(json.dumps({"input_digest": input_digest, "packages": values}, indent=1))
    return packages


def lock_of(function: str) -> str:
    """The lock file of a function: that of its domain."""
    return function.partition("-")[0]


def _package(name: str, closure: ImportClosure, installed: Wheels, sources: Path) -> Package:
    needed = installed.needed(closure.modules, lock_of(name))
    files = {file: sources / file for file in (*closure.files, *_bytecode_files(closure.files, installed.target))}
    for paths in needed.values():
        files |= {path: installed.folder / path for path in paths}
    digest = archive.digest(files)
    out = sources.parent / f"{name}.zip"
    archive.write(out, files)
    unzipped = sum(file.stat().st_size for file in files.values())
    return Package(str(out), digest, out.stat().st_size, unzipped, tuple(needed))


def _bytecode_files(files: Iterable[str], target: Target) -> Iterator[str]:
    """The bytecode files of our modules (PEP 3147)."""
    for file in map(Path, files):
        if file.suffix == ".py":
            yield str(file.parent / "__pycache__" / f"{file.stem}.cpython-{target.version.replace('.', '')}.pyc")


def _copy_sources(closures: Iterable[ImportClosure], folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    for file in {file for closure in closures for file in closure.files}:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / file, folder / file)


def _input_digest(target: Target, closures: Iterable[ImportClosure]) -> str:
    """SHA-256 of the target and of every input: lock files, this package's modules, npm's lock file, our sources."""
    inputs = [ROOT / "locks" / f"{lock}.txt" for lock in wheels.LOCKS]
    inputs += [path for path in Path(__file__).parent.iterdir() if path.suffix in (".py", ".mjs")]
    inputs += [ROOT / "infra" / "package-lock.json", *(ROOT / file for closure in closures for file in closure.files)]
    hasher = hashlib.sha256(str(target).encode())
    for file in sorted(set(inputs)):
        hasher.update(f"{file.relative_to(ROOT)} ".encode() + hashlib.sha256(file.read_bytes()).digest())
    return hasher.hexdigest()
