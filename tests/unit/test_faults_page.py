"""docs/faults.md links one test for each fault, mistake and complaint. The test exists, runs, and has the number in its
name."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "faults.md"
NUMBERS = {f"{kind}{n}" for kind, last in (("F", 86), ("S", 15), ("C", 10)) for n in range(1, last + 1)}
NUMBERS |= {"F87", "F88", "F89", "F90", "F91", "F92", "F93", "F94"}
EXCLUDED_MARKS = re.compile(r"mark\.(scale|browser|skip|xfail)")
LINK = re.compile(r"\[(test_\w+)\]\(\.\./(tests/[\w/]+\.py)\)")


def rows() -> Iterator[tuple[str, str, str, str]]:
    for line in PAGE.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if re.fullmatch(r"[FSC]\d+", cells[0]):
            number, fault, outcome, link = cells
            yield number, fault, outcome, link


def numbers_in_name(name: str) -> set[str]:
    """The numbers in the name of a test: {"F17", "S3"} for test_f17_s3_authorized_…"""
    match = re.match(r"test_((?:[fsc]\d+_)+)", name)
    return set(match[1].upper().strip("_").split("_")) if match else set()


def top_level_functions(path: Path) -> dict[str, ast.FunctionDef]:
    return {node.name: node for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef)}


def test_faults_page_every_number_has_one_row() -> None:
    numbers = [number for number, *_ in rows()]
    assert len(numbers) == len(set(numbers))
    assert set(numbers) == NUMBERS


def test_faults_page_every_row_links_a_running_test_of_its_number() -> None:
    for number, fault, outcome, link in rows():
        assert fault, number
        assert outcome, number
        match = LINK.fullmatch(link)
        assert match, number
        name, path = match.groups()
        function = top_level_functions(ROOT / path).get(name)
        assert function, f"{number}: no {name} in {path}"
        assert number in numbers_in_name(name)
        assert not any(EXCLUDED_MARKS.search(ast.unparse(mark)) for mark in function.decorator_list), name


def test_faults_page_lists_every_number_in_test_names() -> None:
    for path in (ROOT / "tests").rglob("test_*.py"):
        for name in top_level_functions(path):
            assert numbers_in_name(name) <= NUMBERS, f"{path.name}: {name}"
