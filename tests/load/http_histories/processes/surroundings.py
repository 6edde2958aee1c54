"""Everything around the histories of a batch: database, fake Razorpay, network, product, clock."""

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from local import dev_secrets, interrupts
from local.dynamodb.engine import start_engine
from local.paths import ROOT
from local.running_stack import read_running_stack
from tests.load.http_histories.history.payer_actions import OFFERS_UP_TO_PERCENT
from tests.load.http_histories.plan import PlannedKill
from tests.load.http_histories.processes import on_shared_clock, passing_days
from tests.load.http_histories.processes.gateway import Gateway, running_gateway
from tests.load.http_histories.processes.kills import Kills
from tests.load.http_histories.processes.product import Product
from tests.load.http_histories.processes.shared_clock import SharedClock
from tests.load.http_histories.processes.webhook_network import Fate, WebhookNetwork

SWEEP_SECONDS = 3
_RECONCILE_SECONDS = 8
_COMMAND_TRIES = 5
_UNREADABLE = 2
"""The exit code of the commands when a ledger cannot be read."""


@dataclass(frozen=True)
class Surroundings:
    """`environment` has the settings of the product; `folder` its data and the logs."""

    folder: Path
    environment: dict[str, str]
    clock: SharedClock
    gateway: Gateway
    network: WebhookNetwork
    product: Product
    kills: Kills
    reconciles: bool

    def run_command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """`python -m cli …` on the clock of the batch; again when it exits with 2, because the database or Razorpay of
        a busy machine did not answer in time."""
        for _ in range(_COMMAND_TRIES):
            done = self._run([on_shared_clock.__name__, *arguments])
            if done.returncode != _UNREADABLE:
                break
        return done

    def pass_time(self, seconds: float) -> str:
        """Time passes while the product is down, with all scheduled functions; then the product starts again. Returns
        what they logged. Raises RuntimeError when one of them failed."""
        with self.kills.hold():
            self.product.kill()
            done = self._run([passing_days.__name__, str(seconds), "yes" if self.reconciles else "no"])
            self.product.start()
        with (self.folder / "scheduled.log").open("a") as log:
            log.write(done.stdout + done.stderr)
        if done.returncode:
            raise RuntimeError(f"a scheduled function failed:\n{done.stdout[-2_000:]}{done.stderr[-4_000:]}")
        return done.stdout + done.stderr

    def _run(self, module: Sequence[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", *module],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )


@contextmanager
def running_surroundings(
    planned_kills: Sequence[PlannedKill],
    fate_of: Callable[[str, dict[str, Any]], Fate],
    *,
    reconciles: bool,
    folder: Path | None = None,
) -> Iterator[Surroundings]:
    """All processes, which run during the block on an empty table. `folder` keeps the logs afterwards; it must not
    contain those of another batch. Raises RuntimeError."""
    with ExitStack() as stack:
        if folder is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lectern-histories-")))
        folder.mkdir(parents=True, exist_ok=True)
        with interrupts.deferred():
            engine = start_engine()
            stack.callback(engine.stop)
        clock = SharedClock.create(folder / "clock")
        environment = _environment(folder, engine.endpoint, clock, reconciles=reconciles)
        port = _port_of_the_product()
        counted: list[Kills] = []
        network = WebhookNetwork(
            f"http://127.0.0.1:{port}/api/payments/webhook",
            fate_of,
            lambda: counted[0].count_request() if counted else None,
        )
        stack.callback(network.stop)
        gateway = stack.enter_context(running_gateway(environment, network.url))
        environment["LMS_RAZORPAY_BASE_URL"] = gateway.url
        product = Product(environment, port, folder / "product.log")
        stack.callback(product.kill)
        product.start()
        kills = Kills(product, planned_kills)
        counted.append(kills)
        stack.callback(kills.stop)
        started = read_running_stack(folder)
        assert started is not None
        complete = {name: value for name, value in {**environment, **started["env"]}.items() if value}
        yield Surroundings(folder, complete, clock, gateway, network, product, kills, reconciles)


def _port_of_the_product() -> int:
    """A free port below those that the system gives to outgoing connections: it must be free after each kill too."""
    while True:
        port = Random().randrange(10_000, 30_000)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port


def _environment(folder: Path, endpoint: str, clock: SharedClock, *, reconciles: bool) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("LMS_", "AWS_"))}
    secrets = dev_secrets.load_or_create_secrets(folder / "secrets.json")
    return clean | {
        **{name: value for name, value in secrets.items() if name.startswith("LMS_RAZORPAY_")},
        "LMS_LOCAL_DIR": str(folder),
        "LMS_DYNAMODB_ENDPOINT": endpoint,
        "LMS_PROJECTOR_FAILURES_URL": f"{endpoint}/000000000000/projector-failures",
        "LMS_LOCAL_SWEEP_SECONDS": str(SWEEP_SECONDS),
        "LMS_ACCEPT_OFFERS_UP_TO_PERCENT": str(OFFERS_UP_TO_PERCENT),
        on_shared_clock.CLOCK_FILE: str(clock.file),
        on_shared_clock.RECONCILE_SECONDS: str(_RECONCILE_SECONDS) if reconciles else "",
    }
