"""Start the fakes of Razorpay and Cloudinary, at the addresses of the previous run."""

import json
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from local import cloudinary, razorpay
from local.stack_settings import needs_fake_cloudinary, needs_fake_razorpay

_RAZORPAY_STATE: Final = "razorpay.json"


def forget_payments(folder: Path) -> None:
    """Delete the state of the fake Razorpay, which does not run: its orders are those of a seed that was interrupted,
    whose table is lost."""
    (folder / _RAZORPAY_STATE).unlink(missing_ok=True)


def start_fakes(
    exit_stack: ExitStack,
    user_settings: Mapping[str, str],
    settings: Mapping[str, str],
    folder: Path,
    now: Callable[[], float] = time.time,
) -> dict[str, str]:
    """Start each fake whose service the user has not configured; returns the addresses as `LMS_*` settings.

    `exit_stack` stops them. `settings` are `user_settings` completed by the defaults. `now` returns unix seconds.
    Raises SettingUnusable for an incomplete configuration of another service, and ValueError for values that a fake
    does not accept.
    """
    file = folder / "ports.json"
    # Stored data contains these addresses, so each fake takes the port of the previous run.
    ports: dict[str, int] = json.loads(file.read_text()) if file.exists() else {}
    addresses: dict[str, str] = {}
    if needs_fake_razorpay(user_settings):
        fake_razorpay = razorpay.serve(
            razorpay.FakeRazorpaySettings(
                key_id=settings["LMS_RAZORPAY_KEY_ID"],
                key_secret=settings["LMS_RAZORPAY_KEY_SECRET"],
                webhook_secret=settings["LMS_RAZORPAY_WEBHOOK_SECRET"],
                webhook_url=f"{settings['LMS_PUBLIC_URL']}/api/payments/webhook",
                port=_free_or_zero(ports.get("razorpay", 0)),
                state_file=folder / _RAZORPAY_STATE,
            ),
            razorpay.Clock(now),
        )
        exit_stack.callback(fake_razorpay.stop)
        ports["razorpay"] = fake_razorpay.port
        addresses["LMS_RAZORPAY_BASE_URL"] = fake_razorpay.url
    if needs_fake_cloudinary(user_settings):
        fake_cloudinary = cloudinary.serve(
            cloudinary.FakeCloudinarySettings(
                cloud_name=settings["LMS_CLOUDINARY_CLOUD_NAME"],
                api_key=settings["LMS_CLOUDINARY_API_KEY"],
                api_secret=settings["LMS_CLOUDINARY_API_SECRET"],
                directory=folder / "media",
                port=_free_or_zero(ports.get("cloudinary", 0)),
            ),
            now,
        )
        exit_stack.callback(fake_cloudinary.stop)
        ports["cloudinary"] = fake_cloudinary.port
        addresses["LMS_CLOUDINARY_UPLOAD_BASE_URL"] = fake_cloudinary.url
        addresses["LMS_CLOUDINARY_DELIVERY_BASE_URL"] = fake_cloudinary.url
    file.write_text(json.dumps(ports))
    return addresses


def _free_or_zero(port: int) -> int:
    """`port` if no process listens on it, otherwise 0 (any free port)."""
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return 0
    return port
