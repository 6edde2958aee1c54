"""`python -m infra.run_on_stage STAGE COMMAND …`: runs a local command against a deployed stage, with your AWS
credentials.

    .venv/bin/python -m infra.run_on_stage prod .venv/bin/python -m cli sweep

The command's environment contains the settings of the deployed functions and the secrets of the stage. They are neither
printed nor stored. The exit code is the command's.
"""

import os
import subprocess
import sys
from typing import Any, Final

import botocore.session

from infra.secret_store import SecretStore

_REFERENCE_FUNCTION: Final = "payments"
"""The function whose settings are read. All functions have the same settings except the name of their secret."""


def stage_settings(stage: str) -> dict[str, str]:
    """The `LMS_*` settings and secrets of a deployed stage. Raises ClientError when AWS rejects a call."""
    session: Any = botocore.session.get_session()
    function = session.create_client("lambda").get_function_configuration(
        FunctionName=f"lectern-{stage}-{_REFERENCE_FUNCTION}"
    )
    variables: dict[str, str] = function["Environment"]["Variables"]
    shared_settings = {name: value for name, value in variables.items() if name != "LMS_SECRET_NAME"}
    return shared_settings | SecretStore(stage).all_secrets()


def main(arguments: list[str]) -> int:
    if len(arguments) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    stage, *command = arguments
    return subprocess.run(command, env={**os.environ, **stage_settings(stage)}, check=False).returncode  # noqa: S603


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
