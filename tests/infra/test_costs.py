"""The cost table of docs/deploy.md counts what the template contains."""

import re

from infra import privileges
from infra.packages.import_closure import ROOT
from tests.infra.conftest import Template

_PAGE = (ROOT / "docs" / "deploy.md").read_text()


def test_cost_table_states_the_number_of_alarms_of_prod(prod: Template) -> None:
    assert _stated(r"\| (\d+) alarms") == len(prod.of_type("CloudWatch::Alarm"))


def test_cost_table_states_the_number_of_functions_with_a_secret() -> None:
    assert _stated(r"\| (\d+) secrets") == sum(bool(names) for names in privileges.SECRETS.values())


def _stated(pattern: str) -> int:
    found = re.search(pattern, _PAGE)
    assert found, f"docs/deploy.md has no line with {pattern}"
    return int(found[1])
