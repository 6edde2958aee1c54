"""What can be changed while the stand-in runs."""

import dataclasses
from typing import Any

from local.razorpay.errors import RazorpayApiError
from local.razorpay.fake_razorpay import FakeRazorpay

SETTING_NAMES = {"webhooks", "webhook_url", "webhook_secret", "refunds", "faults"}


def current_settings(gateway: FakeRazorpay) -> dict[str, Any]:
    return {
        "webhooks": gateway.ledger.outbox.mode,
        "webhook_url": gateway.webhook_url,
        "refunds": gateway.ledger.refund_outcome,
        "faults": [dataclasses.asdict(fault) for fault in gateway.faults.pending],
        "now": gateway.clock.now(),
    }


def change_settings(gateway: FakeRazorpay, body: dict[str, Any]) -> dict[str, Any]:
    """`webhooks` on, off or hold; `webhook_url`; `webhook_secret` (events made before keep the old signature);
    `refunds` process, fail or hold: what becomes of refunds that are pending; `faults` replaces the list.
    """
    if set(body) - SETTING_NAMES or body.get("webhooks", "on") not in ("on", "off", "hold"):
        raise RazorpayApiError(
            f"Settings are {', '.join(sorted(SETTING_NAMES))}; webhooks is on, off or hold", field="webhooks"
        )
    if body.get("refunds", "process") not in ("process", "fail", "hold") or body.get("webhook_secret", "x") == "":
        raise RazorpayApiError("refunds is process, fail or hold; webhook_secret is not empty", field="refunds")
    with gateway.locked_ledger() as ledger:
        gateway.webhook_url = body.get("webhook_url", gateway.webhook_url)
        ledger.outbox.secret = body.get("webhook_secret", ledger.outbox.secret)
        if "webhooks" in body:
            ledger.outbox.set_mode(body["webhooks"], ledger.clock.now())
        if "refunds" in body:
            ledger.refund_outcome = body["refunds"]
            for made in [made for made in ledger.refunds.values() if made.status == "pending"]:
                ledger.schedule(ledger.clock.now(), "settle_refund", made.id)
        if "faults" in body:
            gateway.faults.pending = []
            for description in body["faults"]:
                gateway.faults.add(description)
    return current_settings(gateway)
