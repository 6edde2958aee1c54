"""The functions know moments and listings, and no index attributes: shared/db translates them."""

from pathlib import Path

FUNCTIONS = Path(__file__).parents[2] / "functions"


def test_functions_name_no_index_attribute() -> None:
    sources = {path: path.read_text() for path in sorted(FUNCTIONS.rglob("*.py"))}
    assert len(sources) > 100
    assert [str(path.relative_to(FUNCTIONS)) for path, text in sources.items() if "gsi" in text] == []
