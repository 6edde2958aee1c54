"""`python -m infra.run_on_stage STAGE COMMAND …`: runs a command of ours on a deployed stage, with your AWS credentials.

    .venv/bin/python -m infra.run_on_stage prod .venv/bin/python -m cli sweep

It gets the settings of the deployed functions and the secrets of the stage; neither is shown or kept.
"""

import os
import subprocess
import sys
from typing import Any, Final

import botocore.session

from infra.secret_store import SecretStore

_REFERENCE_FUNCTION: Final = "payments"
"""Any function: all of them have the same settings but for the name of their secret."""


def stage_settings(stage: str) -> dict[str, str]:
    """The `LMS_*` settings and secrets of a deployed stage. Raises ClientError."""
    session: Any = botocore.session.get_session()
    function = session.create_client("lambda").get_function_configuration(
        FunctionName=f"lectern-{stage}-{_REFERENCE_FUNCTION}"
    )
    given: dict[str, str] = function["Environment"]["Variables"]
    told = {name: value for name, value in given.items() if name != "LMS_SECRET_NAME"}
    return told | SecretStore(stage).all_secrets()


def main(arguments: list[str]) -> int:
    if len(arguments) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    stage, *command = arguments
    return subprocess.run(command, env={**os.environ, **stage_settings(stage)}, check=False).returncode  # noqa: S603


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
