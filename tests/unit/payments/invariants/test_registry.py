"""The list of the invariants, and the page generated from it."""

import importlib
import inspect
import pkgutil
import re
from pathlib import Path
from typing import Any, Final

import pytest
import typer

from cli import invariants_page
from functions.payments import invariants
from functions.payments.invariants.registry import INVARIANTS, Invariant

ROOT: Final = Path(__file__).parents[4]
NOT_INVARIANT_CHECKS: Final = {"check_invariants", "check_learner", "check_order"}


def checks_of(invariant: Invariant) -> list[Any]:
    return [*invariant.checks, *invariant.overdue_checks, *invariant.whole_table_checks]


def test_invariants_are_numbered_without_gaps() -> None:
    assert [invariant.id for invariant in INVARIANTS] == [f"I{number}" for number in range(1, 21)]


def test_every_check_of_the_package_belongs_to_one_invariant() -> None:
    defined = set()
    for module in pkgutil.walk_packages(invariants.__path__, f"{invariants.__name__}."):
        members = inspect.getmembers(importlib.import_module(module.name), inspect.isfunction)
        defined |= {name for name, function in members if function.__module__ == module.name}
    registered = [check.__name__ for invariant in INVARIANTS for check in checks_of(invariant)]
    assert sorted(registered) == sorted(name for name in defined - NOT_INVARIANT_CHECKS if name.startswith("check_"))


@pytest.mark.parametrize("invariant", INVARIANTS, ids=lambda invariant: invariant.id)
def test_check_docstring_names_its_invariant(invariant: Invariant) -> None:
    for check in checks_of(invariant):
        assert check.__doc__.startswith(f"{invariant.id}. "), check.__name__


@pytest.mark.parametrize("invariant", [each for each in INVARIANTS if not each.is_checked], ids=lambda each: each.id)
def test_invariant_without_check_names_existing_verifiers(invariant: Invariant) -> None:
    verifiers = re.findall(r"`([^`]+)`", invariant.verified_by)
    assert verifiers
    for verifier in verifiers:
        assert verifier.startswith(("make ", "python -m cli ")) or (ROOT / verifier).exists(), verifier


def test_invariants_page_matches_generated_text() -> None:
    assert invariants_page.DOCUMENT.read_text() == invariants_page.render_page()


def test_invariants_page_check_of_outdated_page_fails(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    page = tmp_path / "invariants.md"
    monkeypatch.setattr(invariants_page, "DOCUMENT", page)
    with pytest.raises(typer.Exit):
        invariants_page.command(check=True)
    invariants_page.command(check=False)
    invariants_page.command(check=True)
    page.write_text(page.read_text() + "\n")
    with pytest.raises(typer.Exit):
        invariants_page.command(check=True)
