"""Metrics are JSON lines on standard output."""

import io
import json
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from shared.observability import emit_metrics


class Writes(io.StringIO):
    """Standard output, and each write to it."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def write(self, text: str) -> int:
        self.texts.append(text)
        return super().write(text)


def test_emit_metrics_of_several_threads_writes_each_line_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("POWERTOOLS_METRICS_DISABLED", raising=False)
    output = Writes()
    monkeypatch.setattr(sys, "stdout", output)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: emit_metrics("refunds", {"refunds_rejected": number}), range(40)))
    assert len(output.texts) == 40
    assert all(text.count("\n") == 1 and text.endswith("\n") for text in output.texts)
    lines = [json.loads(text) for text in output.texts]
    assert sorted(line["refunds_rejected"] for line in lines) == [[float(number)] for number in range(40)]
    assert {line["service"] for line in lines} == {"refunds"}


def test_emit_metrics_when_disabled_writes_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("POWERTOOLS_METRICS_DISABLED", "true")
    emit_metrics("refunds", {"refunds_rejected": 1})
    assert capsys.readouterr().out == ""
