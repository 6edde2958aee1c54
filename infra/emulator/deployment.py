"""The very template of the app, deployed by the CDK command line, with its secrets and an administrator."""

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
"""E-mail and password of the first administrator."""
_CDK: Final = ROOT / "infra" / "node_modules" / ".bin" / "cdk"


@dataclass(frozen=True)
class Deployment:
    """A deployed stack: `url` of its API, `table` its name."""

    account: Account
    url: str
    table: str

    def env(self, values: dict[str, str]) -> dict[str, str]:
        """The settings with which a command of ours acts on it. `values`: the `LMS_*` ones it was deployed with."""
        return {
            **self.account.env,
            **values,
            "LMS_TABLE_NAME": self.table,
            "LMS_DYNAMODB_ENDPOINT": self.account.address,
            "LMS_PUBLIC_URL": self.url,
            "LMS_LOG_LEVEL": "ERROR",
        }


def put_secrets(account: Account, values: dict[str, str]) -> None:
    """Gives every function its secrets, as a person would."""
    run([sys.executable, "-m", "infra.put_secrets", STAGE], account.env, json.dumps(values))


def deploy(account: Account, settings: dict[str, str], scratch: Path) -> Deployment:
    """Bootstraps the account, synthesises and deploys. `settings` are what differs from an account at AWS."""
    target, outputs = local_target(), scratch / "outputs.json"
    context: dict[str, Any] = {
        "stage": STAGE,
        "emulator": account.address,
        "runtime": target.runtime,
        "architecture": target.architecture,
        "sweep_every": "rate(1 minute)",
        "settings": json.dumps(settings),
    }
    given = [argument for name, value in context.items() for argument in ("-c", f"{name}={value}")]
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
            *given,
        ],
    )
    told = json.loads(outputs.read_text())[f"lectern-{STAGE}"]
    return Deployment(account, told["Url"], told["TableName"])


def create_admin(deployed: Deployment, values: dict[str, str]) -> None:
    email, password = ADMIN
    command = [sys.executable, "-m", "cli", "create-admin", "--email", email, "--password", password]
    run(command, deployed.env(values))


def run(command: list[str], env: dict[str, str], given: str | None = None, folder: Path = ROOT) -> None:
    """Raises CalledProcessError, with what the command wrote already shown."""
    subprocess.run(command, cwd=folder, env=_clean_environment(env), input=given, text=True, check=True)  # noqa: S603


def output_of(command: list[str], env: dict[str, str]) -> tuple[int, str]:
    """The exit code, and what the command wrote."""
    ran = subprocess.run(command, cwd=ROOT, env=_clean_environment(env), capture_output=True, text=True, check=False)  # noqa: S603
    return ran.returncode, (ran.stdout + ran.stderr).strip()


def _clean_environment(env: dict[str, str]) -> dict[str, str]:
    """This process's environment, but nothing of it that says which account or stack is meant."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "LMS_"))}
    return {**inherited, **env}


def _cdk(account: Account, folder: Path, arguments: list[str]) -> None:
    """In a folder without an app nothing is synthesised that is not asked for."""
    quiet = {
        "CDK_DISABLE_VERSION_CHECK": "1",
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20",
        "NODE_NO_WARNINGS": "1",
    }
    run([str(_CDK), *arguments, "--no-notices", "--ci"], {**account.env, **quiet}, folder=folder)
