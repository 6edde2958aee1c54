"""The version of the product: one value in code, pyproject.toml, log lines and the API document."""

import json
import tomllib
from pathlib import Path

from cli import openapi
from shared.observability import logger
from shared.version import VERSION
from tests.fixtures.logs import captured_logs

ROOT = Path(__file__).parents[2]


def test_version_equals_pyproject() -> None:
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == VERSION


def test_version_is_in_the_openapi_document() -> None:
    assert json.loads(openapi.DOCUMENT.read_text())["info"]["version"] == VERSION


def test_log_line_carries_version_and_stage() -> None:
    with captured_logs("INFO") as log:
        logger().info("a line")
    line = json.loads(log.getvalue())
    assert (line["version"], line["stage"], line["service"]) == (VERSION, "local", "lectern")
