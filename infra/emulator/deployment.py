"""Deploys the app into an emulator with the CDK CLI; writes its secrets and creates the first administrator."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from infra.emulator.account import ACCOUNT_ID, REGION, Account
from infra.packages.target import local_target
from local.paths import ROOT

STAGE: Final = "dev"
ADMIN: Final = ("first@lectern.example", "first admin of a stack")
"""E-mail address and password of the first administrator."""
_CDK: Final = ROOT / "infra" / "node_modules" / ".bin" / "cdk"


@dataclass(frozen=True)
class Deployment:
    """A deployed stack: the `url` of its API and the name of its `table`."""

    account: Account
    url: str
    table: str

    def env(self, values: dict[str, str]) -> dict[str, str]:
        """The environment of a `cli` command that works on this stack. `values`: its `LMS_*` settings and secrets."""
        return {
            **self.account.env,
            **values,
            "LMS_TABLE_NAME": self.table,
            "LMS_DYNAMODB_ENDPOINT": self.account.address,
            "LMS_PUBLIC_URL": self.url,
            "LMS_LOG_LEVEL": "ERROR",
        }


def put_secrets(account: Account, values: dict[str, str]) -> None:
    """Writes the secret of every function with the documented command."""
    run([sys.executable, "-m", "infra.put_secrets", STAGE], account.env, json.dumps(values))


def deploy(account: Account, settings: dict[str, str], scratch: Path) -> Deployment:
    """Bootstraps the account, synthesizes and deploys. Raises CalledProcessError.

    `settings`: settings of the functions that differ from those on AWS. `scratch`: a folder for temporary files.
    """
    target, outputs = local_target(), scratch / "outputs.json"
    context: dict[str, Any] = {
        "stage": STAGE,
        "emulator": account.address,
        "runtime": target.runtime,
        "architecture": target.architecture,
        "sweep_every": "rate(1 minute)",
        "settings": json.dumps(settings),
    }
    context_arguments = [argument for name, value in context.items() for argument in ("-c", f"{name}={value}")]
    _cdk(account, scratch, ["bootstrap", f"aws://{ACCOUNT_ID}/{REGION}"])
    _cdk(
        account,
        ROOT,
        [
            "deploy",
            "--require-approval",
            "never",
            "--output",
            str(scratch / "cdk.out"),
            "--outputs-file",
            str(outputs),
            *context_arguments,
        ],
    )
    stack_outputs = json.loads(outputs.read_text())[f"lectern-{STAGE}"]
    return Deployment(account, stack_outputs["Url"], stack_outputs["TableName"])


def create_admin(deployment: Deployment, values: dict[str, str]) -> None:
    email, password = ADMIN
    command = [sys.executable, "-m", "cli", "create-admin", "--email", email, "--password", password]
    run(command, deployment.env(values))


def run(command: list[str], env: dict[str, str], stdin: str | None = None, folder: Path = ROOT) -> None:
    """Runs a command and shows its output. Raises CalledProcessError when it fails."""
    subprocess.run(command, cwd=folder, env=_clean_environment(env), input=stdin, text=True, check=True)  # noqa: S603


def output_of(command: list[str], env: dict[str, str]) -> tuple[int, str]:
    """Runs a command; its exit code and its whole output."""
    environment = _clean_environment(env)
    finished = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    return finished.returncode, (finished.stdout + finished.stderr).strip()


def _clean_environment(env: dict[str, str]) -> dict[str, str]:
    """`env` with this process's environment, except the variables that select an account or a stack."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "LMS_"))}
    return {**inherited, **env}


def _cdk(account: Account, folder: Path, arguments: list[str]) -> None:
    """Runs the CDK CLI. A `folder` without cdk.json keeps `bootstrap` from synthesizing the app."""
    quiet = {
        "CDK_DISABLE_VERSION_CHECK": "1",
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20",
        "NODE_NO_WARNINGS": "1",
    }
    run([str(_CDK), *arguments, "--no-notices", "--ci"], {**account.env, **quiet}, folder=folder)
