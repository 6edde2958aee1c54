"""The functions of the template: handlers, settings and limits; no secret is in the template."""

import json
import re
from importlib import import_module
from typing import Any

import pytest

from functions import manifest
from infra import privileges
from infra.function_specs import FUNCTIONS, FunctionSpec
from shared import config
from shared.secrets import Secret
from tests.infra.conftest import SECRET_LOOKING, Synthesize, Template

_NAMED_SECRET = re.compile(r"(?i)(secret|password|token)\w*\"?\s*[:=]\s*\"[^\"{}$ /]{12,}\"")


def test_template_has_a_function_for_every_handler(template: Template) -> None:
    assert set(template.functions()) == {manifest.function_name(module) for module in privileges.handler_modules()}


@pytest.mark.parametrize("spec", FUNCTIONS, ids=lambda spec: spec.name)
def test_function_handler_path_is_importable(template: Template, spec: FunctionSpec) -> None:
    path, _, name = template.functions()[spec.name]["Handler"].rpartition(".")
    assert callable(getattr(import_module(path.replace("/", ".")), name))


def test_functions_run_python_3_13_on_arm_with_tracing_and_api_timeout(template: Template) -> None:
    for name, function in template.functions().items():
        assert (function["Runtime"], function["Architectures"]) == ("python3.13", ["arm64"])
        assert function["TracingConfig"] == {"Mode": "Active"}
        scheduled_or_streamed = name in (
            "payments-sweep",
            "payments-invariants",
            "payments-reconcile",
            "dashboards-projector",
        )
        assert function["Timeout"] <= (900 if scheduled_or_streamed else 29)


def test_function_environment_satisfies_the_settings_reader(
    template: Template, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = {
        "JwtPublicKeys": '{"keys": []}',
        "RazorpayKeyId": "rzp_live_x" if _stage(template) == "prod" else "rzp_test_x",
        "CloudinaryCloudName": "cloud",
        "CloudinaryApiKey": "1",
        "StreamFailures": "https://sqs.ap-south-1.amazonaws.com/000000000000/failures",
    }
    for function_name, function in template.functions().items():
        with monkeypatch.context() as environment:
            for name, value in function["Environment"]["Variables"].items():
                environment.setenv(name, value if isinstance(value, str) else _resolve(value, account))
            config.clear_cache()
            settings = config.settings()
            assert settings.stage == _stage(template)
            assert settings.public_url.startswith("https://")
            assert settings.log_level == "INFO"
            assert (settings.projector_failures_url is not None) is (function_name in privileges.QUEUES)
    config.clear_cache()


def _stage(template: Template) -> str:
    stage: str = template.functions()["auth"]["Environment"]["Variables"]["LMS_STAGE"]
    return stage


def _resolve(value: dict[str, Any], account: dict[str, str]) -> str:
    match value:
        case {"Ref": name}:
            return next((resolved for logical_id, resolved in account.items() if logical_id in name), "a-table")
        case {"Fn::Join": ["", parts]}:
            return "".join(part if isinstance(part, str) else "x" for part in parts)
    raise AssertionError(value)


def test_function_environment_contains_no_secret(template: Template) -> None:
    for function in template.functions().values():
        variables = function["Environment"]["Variables"]
        assert not set(variables) & {secret.value for secret in Secret}
        assert not any("resolve:" in str(value) for value in variables.values())


def test_template_contains_nothing_that_looks_like_a_secret(template: Template) -> None:
    text = json.dumps(template.whole)
    assert [pattern.pattern for pattern in (*SECRET_LOOKING, _NAMED_SECRET) if pattern.search(text)] == []


def test_account_values_are_read_from_ssm_parameters(template: Template) -> None:
    stage = _stage(template)
    parameters = {name: each for name, each in template.whole["Parameters"].items() if name != "BootstrapVersion"}
    assert {each["Type"] for each in parameters.values()} == {"AWS::SSM::Parameter::Value<String>"}
    assert {each["Default"] for each in parameters.values()} == {
        f"/lectern/{stage}/{name}"
        for name in ("jwt_public_keys", "razorpay_key_id", "cloudinary_cloud_name", "cloudinary_api_key")
    }


def test_payment_functions_have_reserved_concurrency_in_prod(prod: Template) -> None:
    reserved = {name: each.get("ReservedConcurrentExecutions", 0) for name, each in prod.functions().items()}
    assert reserved["payments"] >= 50
    assert reserved["payments-webhook"] >= 20
    assert reserved["payments-sweep"] == 1
    assert not any(count for name, count in reserved.items() if not name.startswith("payments"))


def test_function_logs_have_a_retention_period(template: Template) -> None:
    for function in template.functions().values():
        log = template.resources[function["LoggingConfig"]["LogGroup"]["Ref"]]["Properties"]
        assert log["RetentionInDays"] in (30, 365)


def test_runtime_architecture_memory_and_snap_start_are_configurable(synthesize: Synthesize) -> None:
    overrides = {"runtime": "python3.12", "architecture": "x86_64", "memory": {"auth": 1769}, "snap_start": True}
    template = synthesize("dev", **overrides)["Lectern-dev"]
    function = template.functions()["auth"]
    assert (function["Runtime"], function["Architectures"]) == ("python3.12", ["x86_64"])
    assert function["MemorySize"] == 1769
    assert function["SnapStart"] == {"ApplyOn": "PublishedVersions"}
    assert len(template.of_type("Lambda::Alias")) == len(FUNCTIONS)
    for integration in template.properties("ApiGatewayV2::Integration"):
        assert "Alias" in json.dumps(integration["IntegrationUri"]) or "Live" in json.dumps(
            integration["IntegrationUri"]
        )
