"""`python -m infra.emulator`: deploys the template into an emulator of AWS and runs the demo against its API.

Then checks the scheduled functions, the stream and the invariants, and compares every DynamoDB call of the functions
with the privilege table. Exits with 1 when a step fails. Leaves nothing behind.
"""

import json
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from infra import call_log
from infra.emulator import unattended
from infra.emulator.account import running_emulator
from infra.emulator.deployment import Deployment, create_admin, deploy, put_secrets, run
from local import dev_secrets, fakes
from local.dynamodb.engine import free_port


def main() -> int:
    started = time.monotonic()

    def print_line(line: str) -> None:
        print(f"[{time.monotonic() - started:5.1f} s] {line}", flush=True)

    with ExitStack() as exit_stack:
        scratch = Path(exit_stack.enter_context(tempfile.TemporaryDirectory(prefix="lectern-deploy-")))
        account = exit_stack.enter_context(running_emulator())
        print_line(f"emulator of AWS at {account.address}, IAM enforced")
        addresses = _fake_addresses(scratch)
        values = {**dev_secrets.load_or_create_secrets(scratch / "secrets.json"), **addresses}
        put_secrets(account, {name: value for name, value in values.items() if name not in addresses})
        print_line("secrets written")
        try:
            deployment = deploy(account, addresses, scratch)
            print_line(f"deployed: {deployment.url}")
            fakes.start_fakes(exit_stack, {}, {**values, "LMS_PUBLIC_URL": deployment.url}, scratch)
            create_admin(deployment, values)
            print_line("first administrator created")
            run([sys.executable, "-m", "cli", "demo"], deployment.env(values))
        except subprocess.CalledProcessError as error:
            print_line(f"failed: exit code {error.returncode}")
            return 1
        print_line("the demo passed")
        problems = unattended.check_unattended(deployment, values, print) + _privilege_violations(deployment)
        for problem in problems:
            print_line(problem)
        print_line("failed" if problems else "passed: demo, schedule, stream, counters, invariants and privileges")
    return 1 if problems else 0


def _fake_addresses(scratch: Path) -> dict[str, str]:
    """Chooses the addresses of the fakes, as `LMS_*` settings: the functions are deployed before the fakes start."""
    razorpay, cloudinary = free_port(), free_port()
    (scratch / "ports.json").write_text(json.dumps({"razorpay": razorpay, "cloudinary": cloudinary}))
    return {
        "LMS_STAGE": "local",
        "LMS_RAZORPAY_BASE_URL": f"http://127.0.0.1:{razorpay}",
        "LMS_CLOUDINARY_UPLOAD_BASE_URL": f"http://127.0.0.1:{cloudinary}",
        "LMS_CLOUDINARY_DELIVERY_BASE_URL": f"http://127.0.0.1:{cloudinary}",
    }


def _privilege_violations(deployment: Deployment) -> list[str]:
    """One line per call that the privilege table does not grant, and per function without a logged call."""
    calls_by_function = deployment.account.table_calls()
    counts = ", ".join(f"{name} {len(calls)}" for name, calls in sorted(calls_by_function.items()))
    print(f"calls to the table: {counts}")
    problems = [f"no call of {name} was logged" for name, calls in calls_by_function.items() if not calls]
    for function, calls in calls_by_function.items():
        violations = [call for call in dict.fromkeys(calls) if not call_log.is_granted(function, call)]
        problems += [f"infra/privileges.py does not grant {function} {call}" for call in violations]
    return problems


if __name__ == "__main__":
    sys.exit(main())
