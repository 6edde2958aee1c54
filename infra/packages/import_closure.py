"""Finds every module that a handler imports, directly or through our own modules, also inside functions.

Reads the source only; runs no code.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent.parent
_OWN_PACKAGES: Final = ("functions", "shared")


@dataclass(frozen=True)
class ImportClosure:
    """The result for one handler.

    `files`: our modules, and the data files that they name, relative to the repository. `modules`: third-party and
    standard modules as they are imported ("aws_lambda_powertools.utilities").
    """

    files: tuple[str, ...]
    modules: frozenset[str]


def import_closure(module: str, root: Path = ROOT) -> ImportClosure:
    """Everything that `module` may import. Raises FileNotFoundError for a module of ours that does not exist."""
    pending, files, other_modules = [module], set[str](), set[str]()
    while pending:
        file = _module_file(root, pending.pop())
        if file is None or str(file.relative_to(root)) in files:
            continue
        files.add(str(file.relative_to(root)))
        tree = ast.parse(file.read_bytes())
        for name in _imports(tree):
            if name.partition(".")[0] in _OWN_PACKAGES:
                pending += _parent_packages(name)
            else:
                other_modules.add(name)
        files |= {str(each.relative_to(root)) for each in _data_files(file.parent, tree)}
    return ImportClosure(tuple(sorted(files)), frozenset(other_modules))


def _imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            # An imported name is a submodule, or an attribute, which has no file (see `_module_file`).
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _parent_packages(name: str) -> list[str]:
    """The module itself and all packages that contain it, outermost first."""
    parts = name.split(".")
    return [".".join(parts[: length + 1]) for length in range(len(parts))]


def _module_file(root: Path, module: str) -> Path | None:
    """The file of a module; None for an attribute of a module. Raises FileNotFoundError when there is neither."""
    path = root.joinpath(*module.split("."))
    for file in (path / "__init__.py", path.with_suffix(".py")):
        if file.is_file():
            return file
    if path.parent.with_suffix(".py").is_file() or (path.parent / "__init__.py").is_file():
        return None
    raise FileNotFoundError(f"there is no module {module}")


def _data_files(folder: Path, tree: ast.AST) -> Iterator[Path]:
    """Non-Python files in the module's folder, or below it, whose name is a string in the module."""
    strings = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    for file in folder.rglob("*"):
        if file.is_file() and file.suffix not in (".py", ".pyc") and file.name in strings:
            yield file
