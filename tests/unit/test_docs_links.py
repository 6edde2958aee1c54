"""Links, paths in backticks, make targets and commands in the documents exist."""

import re
from functools import cache
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
PAGES: Final = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
TOP_LEVEL: Final = r"(?:functions|shared|cli|local|web|infra|tests|docs|locks|\.ci|\.github)"
EXTERNAL: Final = ("https://", "http://", "mailto:")

_CODE_BLOCK: Final = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_LINK: Final = re.compile(r"\]\(([^)\s]+)\)")
_PATH: Final = re.compile(rf"`({TOP_LEVEL}/[^`\s]*)`")
_PLACEHOLDER: Final = re.compile(r"[<{…*]")
_MAKE: Final = re.compile(r"(?:`|^)make ([a-z][a-z-]*)", re.MULTILINE)
_MODULE: Final = re.compile(r"python -m ((?:cli|infra|tests)(?:\.[a-z_.]+)?)(?: ([a-z][a-z-]+))?")


def prose(page: Path) -> str:
    """The page without its code blocks, which are examples."""
    return _CODE_BLOCK.sub("", page.read_text())


@cache
def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    plain = (re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower() for heading in headings)
    return {re.sub(r"[^\w\- ]", "", heading).strip().replace(" ", "-") for heading in plain}


def broken_links(page: Path) -> list[str]:
    broken = []
    for link in _LINK.findall(prose(page)):
        if link.startswith(EXTERNAL):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and target.suffix == ".md" and anchor not in anchors(target)):
            broken.append(link)
    return broken


def is_present(path: str) -> bool:
    """Whether the path exists. For a path with a placeholder, the folder before the placeholder must exist."""
    whole = path.partition("::")[0]
    before = _PLACEHOLDER.split(whole)[0]
    if before != whole:
        return (ROOT / before.rpartition("/")[0]).is_dir()
    return (ROOT / whole).exists()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
class TestPage:
    def test_relative_links_resolve(self, page: Path) -> None:
        assert broken_links(page) == []

    def test_paths_in_backticks_exist(self, page: Path) -> None:
        assert [path for path in _PATH.findall(prose(page)) if not is_present(path)] == []

    def test_make_targets_exist(self, page: Path) -> None:
        makefiles = (ROOT / "Makefile").read_text() + (ROOT / "infra" / "targets.mk").read_text()
        targets = set(re.findall(r"^([a-z-]+):", makefiles, re.MULTILINE))
        assert [target for target in _MAKE.findall(page.read_text()) if target not in targets] == []

    def test_python_commands_exist(self, page: Path) -> None:
        unknown = []
        for module, command in _MODULE.findall(page.read_text()):
            path = ROOT / module.rstrip(".").replace(".", "/")
            if not path.with_suffix(".py").exists() and not (path / "__main__.py").exists():
                unknown.append(module)
            if module == "cli" and command and not (path / f"{command.replace('-', '_')}.py").exists():
                unknown.append(f"cli {command}")
        assert unknown == []


def test_broken_references_are_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# A title\n[one](#a-title) [two](#another) [three](missing.md)\n```\n[an example](x.md)\n```\n")
    assert broken_links(page) == ["#another", "missing.md"]
    assert is_present("functions/manifest.py")
    assert is_present("functions/<domain>/handler.py")
    assert not is_present("functions/manifests.py")
    assert not is_present("functions/missing/<domain>.py")
