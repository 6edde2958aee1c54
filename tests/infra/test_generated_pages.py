"""Pages that repeat what the code says are held to it."""

import pytest

from infra import functions_page, privileges_page
from infra.function_specs import FunctionSpec


def test_generated_pages_match_the_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert privileges_page.main(["--check"]) == 0, capsys.readouterr().out


def test_functions_page_keeps_measured_values(monkeypatch: pytest.MonkeyPatch) -> None:
    made = functions_page.page({"auth": ("1.0 MB", "1,000", "0.60")})
    assert "| auth | 1024 MB | " in made
    assert " | 1.0 MB | 1,000 | 0.60 |" in made
    changed = {line for line in made.splitlines() if line not in functions_page.PAGE.read_text().splitlines()}
    assert len(changed) == 1
    monkeypatch.setattr(functions_page, "FUNCTIONS", [FunctionSpec("payments", "functions.payments.handler", 999, 28)])
    shrunk = functions_page.page()
    assert "| payments | 999 MB | " in shrunk
    assert "| auth |" not in shrunk
