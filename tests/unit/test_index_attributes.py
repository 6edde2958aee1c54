"""Code in functions/ never uses index attributes (`gsi1pk`, …): only shared/db reads and writes them."""

from pathlib import Path

FUNCTIONS = Path(__file__).parents[2] / "functions"


def test_functions_name_no_index_attribute() -> None:
    sources = {path: path.read_text() for path in sorted(FUNCTIONS.rglob("*.py"))}
    assert len(sources) > 100
    assert [str(path.relative_to(FUNCTIONS)) for path, text in sources.items() if "gsi" in text] == []
