"""Where the journey is played: the instance that runs, or one of its own; with the stand-in gateway beside it."""

import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import httpx

_TEMPORARY_SETTINGS: Final = {"LMS_LOCAL_SWEEP_SECONDS": "86400", "LMS_LOG_LEVEL": "ERROR"}
"""On an instance of our own nobody sweeps but the journey itself, and what it is refused on purpose is no news."""

_MIN_ORDER_WINDOW_SECONDS: Final = 120
"""Of an instance that others started: an order must not expire in the middle of the journey."""


class TargetUnusable(Exception):
    """The instance that runs is not one to play on. The message is for the person who gave the command."""


@dataclass(frozen=True)
class DemoTarget:
    """`url` of the product, `gateway` of the stand-in for Razorpay. The settings of the instance are in the environment
    while it is used."""

    url: str
    razorpay_url: str

    def sweep(self) -> dict[str, Any]:
        """What `python -m cli sweep` does; its report."""
        from functions import manifest
        from local.lambda_context import LambdaContext
        from local.sweep_scheduler import make_scheduled_event

        handler = importlib.import_module(manifest.SWEEP).lambda_handler
        report: dict[str, Any] = handler(make_scheduled_event(), LambdaContext("payments-sweep"))
        return report

    def ensure_admin(self) -> tuple[str, str]:
        """E-mail and password of an admin: that of the demo data, or one made as `create-admin` does."""
        from local.seed.admin import ensure_admin

        return ensure_admin()

    def webhook_url(self) -> str:
        return f"{self.url}/api/payments/webhook"


def running_target(say: Callable[[str], None]) -> DemoTarget | None:
    """The instance that runs here, None when there is none to play on. Raises Unplayable, SettingUnusable."""
    from local.running_stack import StackNotRunning, use_running_stack
    from local.seed.payment_driver import find_payment_driver
    from shared.config import settings

    try:
        url = use_running_stack()
    except StackNotRunning:
        say("nothing runs here")
        return None
    chosen = settings()
    with httpx.Client(timeout=5) as http:
        bank = find_payment_driver(chosen.razorpay_base_url, http)
    if chosen.stage != "local" or bank is None:
        raise TargetUnusable(
            f"the journey pays at the stand-in for Razorpay, and {url} uses {chosen.razorpay_base_url}: "
            "stop it, and the journey starts an instance of its own"
        )
    if chosen.order_window_seconds < _MIN_ORDER_WINDOW_SECONDS:
        say(f"{url} has a payment window of {chosen.order_window_seconds} s, too short to play in")
        return None
    return DemoTarget(url, chosen.razorpay_base_url)


@contextmanager
def temporary_target(**given: str) -> Iterator[DemoTarget]:
    """An instance that is started for the block, with these `LMS_*` settings, and forgets everything afterwards."""
    from local.stack import Stack

    stack = Stack(given={**_TEMPORARY_SETTINGS, **given})
    stack.start()
    try:
        yield DemoTarget(stack.url, stack.env["LMS_RAZORPAY_BASE_URL"])
    finally:
        stack.stop()
