"""The settings of a stage: valid stages, overrides, and the message for each invalid one."""

from typing import Any

import pytest

from infra.settings import InvalidStage, read_stage
from tests.infra.conftest import context

DOMAIN = {"name": "api.example.com", "certificate_arn": "arn:aws:acm:ap-south-1:111122223333:certificate/x"}


def test_stages_of_cdk_json_are_valid() -> None:
    assert read_stage(context("dev")).keep_data is False
    prod = read_stage(context("prod"))
    assert (prod.keep_data, prod.log_retention_days) == (True, 365)


def test_stage_settings_from_command_line_override_as_json() -> None:
    settings = read_stage(
        context("dev", memory='{"auth": 2048}', runtime="python3.12", throttle='{"rate": 1, "burst": 2}')
    )
    assert (settings.memory, settings.runtime, settings.throttle.burst) == ({"auth": 2048}, "python3.12", 2)


@pytest.mark.parametrize(
    ("stage", "overrides", "message"),
    [
        ("nowhere", {}, "cdk.json has dev, prod"),
        ("dev", {"cors_origins": ["*"]}, "cors_origins are URLs"),
        ("dev", {"runtime": "python3.11"}, "runtime must be one of"),
        ("dev", {"architecture": "sparc"}, "architecture must be arm64 or x86_64"),
        ("dev", {"log_retention_days": 31}, "log_retention_days must be one of"),
        ("dev", {"settings": {"LMS_REFRESH_KEY": "x"}}, "a template must not contain secrets"),
        ("dev", {"settings": {"LMS_TIME_ZONE": "India"}}, "LMS_TIME_ZONE must be the IANA name of a time zone"),
        ("dev", {"throttle": {"rate": 1}}, "burst"),
        ("dev", {"edge": {"name": "x", "certificate_arn": "y"}}, "edge requires domain"),
        ("prod", {"keep_data": False}, "prod must retain its data"),
        ("prod", {"emulator": "http://127.0.0.1:1"}, "prod cannot be deployed to an emulator"),
    ],
)
def test_stage_settings_with_invalid_value_raise_invalid_stage(
    stage: str, overrides: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidStage, match=message):
        read_stage(context(stage, **overrides))


def test_stage_settings_with_unknown_key_raise_invalid_stage() -> None:
    stage_context = context("dev")
    stage_context["stages"] = {"dev": {"cors_origins": [], "retention": 3}}
    with pytest.raises(InvalidStage, match="no setting retention"):
        read_stage(stage_context)
