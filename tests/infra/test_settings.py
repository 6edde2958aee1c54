"""A stage that cannot be meant is refused with a sentence."""

from typing import Any

import pytest

from infra.settings import InvalidStage, read
from tests.infra.conftest import context

DOMAIN = {"name": "api.example.com", "certificate_arn": "arn:aws:acm:ap-south-1:111122223333:certificate/x"}


def test_stages_of_cdk_json_are_valid() -> None:
    assert read(context("dev")).keep_data is False
    prod = read(context("prod"))
    assert (prod.keep_data, prod.log_retention_days) == (True, 365)


def test_stage_settings_from_command_line_override_as_json() -> None:
    chosen = read(context("dev", memory='{"auth": 2048}', runtime="python3.12", throttle='{"rate": 1, "burst": 2}'))
    assert (chosen.memory, chosen.runtime, chosen.throttle.burst) == ({"auth": 2048}, "python3.12", 2)


@pytest.mark.parametrize(
    ("stage", "given", "sentence"),
    [
        ("nowhere", {}, "cdk.json has dev, prod"),
        ("dev", {"cors_origins": ["*"]}, "cors_origins are addresses"),
        ("dev", {"runtime": "python3.11"}, "runtime must be one of"),
        ("dev", {"architecture": "sparc"}, "architecture must be arm64 or x86_64"),
        ("dev", {"log_retention_days": 31}, "log_retention_days must be one of"),
        ("dev", {"settings": {"LMS_REFRESH_KEY": "x"}}, "secrets do not belong into a template"),
        ("dev", {"throttle": {"rate": 1}}, "burst"),
        ("dev", {"edge": {"name": "x", "certificate_arn": "y"}}, "edge needs domain"),
        ("prod", {"keep_data": False}, "prod keeps its data"),
        ("prod", {"emulator": "http://127.0.0.1:1"}, "prod is not for an emulator"),
    ],
)
def test_stage_settings_with_invalid_value_raise_stage_unusable(
    stage: str, given: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(InvalidStage, match=sentence):
        read(context(stage, **given))


def test_stage_settings_with_unknown_key_raise_stage_unusable() -> None:
    chosen = context("dev")
    chosen["stages"] = {"dev": {"cors_origins": [], "retention": 3}}
    with pytest.raises(InvalidStage, match="no setting retention"):
        read(chosen)
