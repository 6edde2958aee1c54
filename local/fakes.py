"""Start the stand-ins for the payment gateway and the media store, at the addresses they had in the last run."""

import json
import socket
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from local import cloudinary, razorpay
from local.stack_settings import needs_fake_cloudinary, needs_fake_razorpay


def start_fakes(
    closing: ExitStack, given: Mapping[str, str], settings: Mapping[str, str], folder: Path
) -> dict[str, str]:
    """The addresses as `LMS_*` settings, none for what the user has elsewhere. `closing` will stop them.

    `given`: what the user set; `settings`: that, completed. Raises SettingUnusable for a half-set other gateway, and
    for values a stand-in cannot be started with.
    """
    file = folder / "ports.json"
    # Addresses are stored in the data that is kept, so they should be the same as in the last run.
    ports: dict[str, int] = json.loads(file.read_text()) if file.exists() else {}
    addresses: dict[str, str] = {}
    if needs_fake_razorpay(given):
        gateway = razorpay.serve(
            razorpay.FakeRazorpaySettings(
                key_id=settings["LMS_RAZORPAY_KEY_ID"],
                key_secret=settings["LMS_RAZORPAY_KEY_SECRET"],
                webhook_secret=settings["LMS_RAZORPAY_WEBHOOK_SECRET"],
                webhook_url=f"{settings['LMS_PUBLIC_URL']}/api/payments/webhook",
                port=_free_or_zero(ports.get("razorpay", 0)),
                state_file=folder / "razorpay.json",
            )
        )
        closing.callback(gateway.stop)
        ports["razorpay"] = gateway.port
        addresses["LMS_RAZORPAY_BASE_URL"] = f"http://127.0.0.1:{gateway.port}"
    if needs_fake_cloudinary(given):
        media = cloudinary.serve(
            cloudinary.FakeCloudinarySettings(
                cloud_name=settings["LMS_CLOUDINARY_CLOUD_NAME"],
                api_key=settings["LMS_CLOUDINARY_API_KEY"],
                api_secret=settings["LMS_CLOUDINARY_API_SECRET"],
                directory=folder / "media",
                port=_free_or_zero(ports.get("cloudinary", 0)),
            )
        )
        closing.callback(media.stop)
        ports["cloudinary"] = media.port
        addresses["LMS_CLOUDINARY_UPLOAD_BASE_URL"] = f"http://127.0.0.1:{media.port}"
        addresses["LMS_CLOUDINARY_DELIVERY_BASE_URL"] = f"http://127.0.0.1:{media.port}"
    file.write_text(json.dumps(ports))
    return addresses


def _free_or_zero(port: int) -> int:
    """The port if nobody listens on it, else 0 for any other."""
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return 0
    return port
