"""`run_on_stage` runs a command with the settings and secrets of a deployed stage."""

import io
import sys
import zipfile

import pytest

from infra import run_on_stage
from infra.secret_store import SecretStore
from tests.fixtures.fake_aws import aws_client


@pytest.fixture
def deployed_stage(store: SecretStore) -> SecretStore:
    """Stage dev with its secrets and the one function from which `run_on_stage` reads the settings."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as package:
        package.writestr("handler.py", "")
    role = aws_client("iam").create_role(RoleName="payments", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    aws_client("lambda").create_function(
        FunctionName="lectern-dev-payments",
        Runtime="python3.13",
        Role=role,
        Handler="handler.lambda_handler",
        Code={"ZipFile": archive.getvalue()},
        Environment={"Variables": {"LMS_STAGE": "dev", "LMS_SECRET_NAME": "lectern/dev/payments"}},
    )
    return store


def test_stage_settings_are_the_functions_settings_and_all_secrets(deployed_stage: SecretStore) -> None:
    settings = run_on_stage.stage_settings("dev")
    assert settings == {"LMS_STAGE": "dev", **deployed_stage.all_secrets()}
    assert {"LMS_RAZORPAY_WEBHOOK_SECRET", "LMS_JWT_PRIVATE_KEY"} < set(settings)


def test_run_on_stage_passes_settings_to_the_command_and_returns_its_exit_code(deployed_stage: SecretStore) -> None:
    script = "import os, sys; sys.exit(7 if os.environ['LMS_RAZORPAY_WEBHOOK_SECRET'] == 'hook' else 1)"
    assert run_on_stage.main(["dev", sys.executable, "-c", script]) == 7


def test_run_on_stage_without_a_command_prints_its_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_on_stage.main(["dev"]) == 2
    assert "run_on_stage STAGE COMMAND" in capsys.readouterr().err
