"""`python -m infra.emulator`: deploys the template into an emulator of AWS, plays the whole journey against its API,
and holds what the functions did against what they may do. Everything is gone afterwards."""

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

    def say(line: str) -> None:
        print(f"[{time.monotonic() - started:5.1f} s] {line}", flush=True)

    with ExitStack() as closing:
        scratch = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="lectern-deploy-")))
        account = closing.enter_context(running_emulator())
        say(f"an emulator of AWS at {account.address}, roles enforced")
        addresses = _fake_addresses(scratch)
        values = {**dev_secrets.load_or_create_secrets(scratch / "secrets.json"), **addresses}
        put_secrets(account, {name: value for name, value in values.items() if name not in addresses})
        say("each function has its secret")
        try:
            deployed = deploy(account, addresses, scratch)
            say(f"deployed: {deployed.url}")
            fakes.start_fakes(closing, {}, {**values, "LMS_PUBLIC_URL": deployed.url}, scratch)
            create_admin(deployed, values)
            say("the first administrator is there")
            run([sys.executable, "-m", "cli", "demo"], deployed.env(values))
        except subprocess.CalledProcessError as failed:
            say(f"failed: exit code {failed.returncode}")
            return 1
        say("the journey held")
        problems = unattended.check_unattended(deployed, values, print) + _privilege_violations(deployed)
        for problem in problems:
            say(problem)
        say("failed" if problems else "done: the journey, the schedule, the stream, the books and the roles held")
    return 1 if problems else 0


def _fake_addresses(scratch: Path) -> dict[str, str]:
    """Where the stand-ins will be: the functions are deployed with it, before they run."""
    gateway, media = free_port(), free_port()
    (scratch / "ports.json").write_text(json.dumps({"razorpay": gateway, "cloudinary": media}))
    return {
        "LMS_STAGE": "local",
        "LMS_RAZORPAY_BASE_URL": f"http://127.0.0.1:{gateway}",
        "LMS_CLOUDINARY_UPLOAD_BASE_URL": f"http://127.0.0.1:{media}",
        "LMS_CLOUDINARY_DELIVERY_BASE_URL": f"http://127.0.0.1:{media}",
    }


def _privilege_violations(deployed: Deployment) -> list[str]:
    """What functions did beyond the written table; and that they were seen at all."""
    made = deployed.account.calls_to_the_table()
    print(f"calls to the table: {', '.join(f'{name} {len(calls)}' for name, calls in sorted(made.items()))}")
    problems = [f"no call of {name} was logged" for name in made if not made[name]]
    for function, calls in made.items():
        beyond = [call for call in dict.fromkeys(calls) if not call_log.is_granted(function, call)]
        problems += [f"{function} was not granted {call}" for call in beyond]
    return problems


if __name__ == "__main__":
    sys.exit(main())
