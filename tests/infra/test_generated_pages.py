"""The generated pages of docs/ are up to date."""

import pytest

from infra import functions_page, privileges_page
from infra.function_specs import FunctionSpec
from infra.functions_page import Measurement


def test_generated_pages_match_the_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert privileges_page.main(["--check"]) == 0, capsys.readouterr().out


def test_functions_page_keeps_measured_values(monkeypatch: pytest.MonkeyPatch) -> None:
    page = functions_page.page({"auth": Measurement("1.0 MB", "1,000", "0.60")})
    assert "| auth | 1024 MB | " in page
    assert " | 1.0 MB | 1,000 | 0.60 |" in page
    changed = {line for line in page.splitlines() if line not in functions_page.PAGE.read_text().splitlines()}
    assert len(changed) == 1
    monkeypatch.setattr(functions_page, "FUNCTIONS", [FunctionSpec("payments", "functions.payments.handler", 999, 28)])
    page = functions_page.page()
    assert "| payments | 999 MB | " in page
    assert "| auth |" not in page
