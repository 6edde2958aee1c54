"""docs/decisions: every record follows the template, and the index lists every record."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

DECISIONS = Path(__file__).parents[2] / "docs" / "decisions"
RECORDS = sorted(path for path in DECISIONS.glob("*.md") if path.name != "README.md")
SECTIONS = ["Context", "Decision", "Alternatives", "Consequences"]
STATUSES = ("Proposed", "Accepted", "Superseded")


def _date(record: Path) -> str:
    found = re.search(r"^\* \*\*Date:\*\* (\d{4}-\d{2}-\d{2})$", record.read_text(), re.MULTILINE)
    assert found, f"{record.name} has no date"
    return found[1]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.stem[:4])
def test_decision_follows_the_template(record: Path) -> None:
    text = record.read_text()
    assert re.match(rf"# {record.stem[:4]}\. \S.*\n\n\* \*\*Status:\*\* ({'|'.join(STATUSES)})", text)
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == SECTIONS


def test_decisions_have_unique_numbers_in_order_of_date() -> None:
    """Changes that are made at the same time reserve their numbers, so there may be gaps."""
    numbers = [record.stem[:4] for record in RECORDS]
    assert numbers[0] == "0001"
    assert len(set(numbers)) == len(numbers)
    assert all(_date(earlier) <= _date(later) for earlier, later in pairwise(RECORDS))


def test_decision_index_lists_every_record_with_title_and_date() -> None:
    expected = [
        f"| [{record.stem[:4]}]({record.name}) | {record.read_text().splitlines()[0][8:]} | {_date(record)} |"
        for record in RECORDS
    ]
    rows = [line for line in (DECISIONS / "README.md").read_text().splitlines() if line.startswith("| [")]
    assert [row.rsplit(" | ", 1)[0] + " |" for row in rows] == expected
