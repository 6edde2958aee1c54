"""The instance that the scenarios run on: the running one or a temporary one, with the fake Razorpay."""

import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import httpx

_TEMPORARY_SETTINGS: Final = {
    "LMS_LOCAL_SWEEP_SECONDS": "86400",
    "LMS_LOG_LEVEL": "ERROR",
    "LMS_SELLER_GSTIN": "27AABCL5821K1ZE",
}
"""On a temporary instance only the scenarios sweep, and calls that are rejected on purpose are not logged. The
seller is registered for GST, as that of the demo data."""

_MIN_ORDER_WINDOW_SECONDS: Final = 120
"""The minimum for a running instance: an order must not expire during the scenarios."""


class TargetUnusable(Exception):
    """The scenarios cannot run on the running instance. The message is written for the user of the command."""


@dataclass(frozen=True)
class DemoTarget:
    """`url` of the product, `razorpay_url` of the fake Razorpay. The settings of the instance are in the environment
    while it is used."""

    url: str
    razorpay_url: str

    def sweep(self) -> dict[str, Any]:
        """Sweep as `python -m cli sweep`; returns the report."""
        from functions import manifest
        from local.lambda_context import LambdaContext
        from local.sweep_scheduler import TIMEOUT_SECONDS, make_scheduled_event

        handler = importlib.import_module(manifest.SWEEP).lambda_handler
        context = LambdaContext("payments-sweep", timeout_seconds=TIMEOUT_SECONDS)
        report: dict[str, Any] = handler(make_scheduled_event(), context)
        return report

    def ensure_admin(self) -> tuple[str, str]:
        """E-mail address and password of the demo admin, who is created if necessary."""
        from local.seed.admin import ensure_admin

        return ensure_admin()

    def webhook_url(self) -> str:
        return f"{self.url}/api/payments/webhook"


def running_target(print_line: Callable[[str], None]) -> DemoTarget | None:
    """The running instance; None when none is running or its order window is too short. Raises TargetUnusable,
    SettingUnusable."""
    from local.running_stack import StackNotRunning, use_running_stack
    from local.seed.payment_driver import find_payment_driver
    from shared.config import settings

    try:
        url = use_running_stack()
    except StackNotRunning:
        print_line("no stack is running")
        return None
    configured = settings()
    with httpx.Client(timeout=5) as http:
        payments = find_payment_driver(configured.razorpay_base_url, http)
    if configured.stage != "local" or payments is None:
        raise TargetUnusable(
            f"the demo pays at the fake Razorpay, but {url} uses {configured.razorpay_base_url}: "
            "stop it, and the demo starts a temporary instance"
        )
    if configured.order_window_seconds < _MIN_ORDER_WINDOW_SECONDS:
        print_line(f"{url} has an order window of {configured.order_window_seconds} s, which is too short for the demo")
        return None
    return DemoTarget(url, configured.razorpay_base_url)


@contextmanager
def temporary_target(**user_settings: str) -> Iterator[DemoTarget]:
    """An instance with these `LMS_*` settings that runs during the block and keeps no data."""
    from local.stack import Stack

    stack = Stack(user_settings={**_TEMPORARY_SETTINGS, **user_settings})
    stack.start()
    try:
        yield DemoTarget(stack.url, stack.env["LMS_RAZORPAY_BASE_URL"])
    finally:
        stack.stop()
