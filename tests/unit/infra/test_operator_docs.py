"""Commands, targets and log messages in docs/deploy.md and docs/runbooks exist."""

import importlib.util
import re
from pathlib import Path

import pytest

from local.paths import ROOT

PAGES = sorted([ROOT / "docs" / "deploy.md", *(ROOT / "docs" / "runbooks").glob("*.md")])


@pytest.fixture(params=PAGES, ids=lambda page: page.stem)
def text(request: pytest.FixtureRequest) -> str:
    page: Path = request.param
    return page.read_text()


def test_cli_commands_in_operator_docs_exist(text: str) -> None:
    for name in re.findall(r"(?:\bon_prod|-m cli) ([a-z]+(?:-[a-z]+)*)", text):
        assert (ROOT / "cli" / f"{name.replace('-', '_')}.py").is_file(), name


def test_infra_modules_in_operator_docs_exist(text: str) -> None:
    for name in re.findall(r"(?:-m |`)(infra\.[a-z_.]+[a-z])", text):
        assert importlib.util.find_spec(name), name


def test_make_targets_in_operator_docs_exist(text: str) -> None:
    rules = (ROOT / "Makefile").read_text() + (ROOT / "infra" / "targets.mk").read_text()
    for name in re.findall(r"(?:`|^)make ([a-z-]+)", text, re.MULTILINE):
        assert re.search(rf"^{name}:", rules, re.MULTILINE), name


def test_log_messages_in_runbooks_are_logged(text: str) -> None:
    source = "\n".join(
        file.read_text() for package in ("functions", "shared") for file in (ROOT / package).rglob("*.py")
    )
    for message in re.findall(r'`("[^"`]+")`', text):
        assert message == '"…"' or message in source, message
