"""docs/faults.md names a test for each fault, mistake and complaint: it is there, is run, and carries the number."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "faults.md"
NUMBERS = {f"{kind}{n}" for kind, last in (("F", 55), ("S", 15), ("C", 10)) for n in range(1, last + 1)}
EXCLUDED_MARKS = re.compile(r"mark\.(scale|browser|skip|xfail)")
LINK = re.compile(r"\[(test_\w+)\]\(\.\./(tests/[\w/]+\.py)\)")


def rows() -> Iterator[tuple[str, str, str, str]]:
    for line in PAGE.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if re.fullmatch(r"[FSC]\d+", cells[0]):
            number, happens, holds, link = cells
            yield number, happens, holds, link


def numbers_in_name(name: str) -> set[str]:
    """The numbers in a test's name: {"F17", "S3"} for test_f17_s3_an_authorised_…"""
    found = re.match(r"test_((?:[fsc]\d+_)+)", name)
    return set(found[1].upper().strip("_").split("_")) if found else set()


def top_level_functions(path: Path) -> dict[str, ast.FunctionDef]:
    return {node.name: node for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef)}


def test_faults_page_every_number_has_one_row() -> None:
    numbers = [number for number, *_ in rows()]
    assert len(numbers) == len(set(numbers))
    assert set(numbers) == NUMBERS


def test_faults_page_every_row_links_a_running_test_of_its_number() -> None:
    for number, happens, holds, link in rows():
        assert happens, number
        assert holds, number
        named = LINK.fullmatch(link)
        assert named, number
        name, path = named.groups()
        found = top_level_functions(ROOT / path).get(name)
        assert found, f"{number}: no {name} in {path}"
        assert number in numbers_in_name(name)
        assert not any(EXCLUDED_MARKS.search(ast.unparse(mark)) for mark in found.decorator_list), name


def test_faults_page_lists_every_number_in_test_names() -> None:
    for path in (ROOT / "tests").rglob("test_*.py"):
        for name in top_level_functions(path):
            assert numbers_in_name(name) <= NUMBERS, f"{path.name}: {name}"
