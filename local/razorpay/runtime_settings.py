"""The settings that can be changed while the fake runs."""

import dataclasses
from typing import Any

from local.razorpay.errors import RazorpayApiError
from local.razorpay.fake_razorpay import FakeRazorpay
from local.razorpay.state.account import Account

ACCOUNT_SETTINGS = {field.name for field in dataclasses.fields(Account)}
SETTING_NAMES = {"webhooks", "webhook_url", "webhook_secret", "refunds", "faults"} | ACCOUNT_SETTINGS


def current_settings(fake: FakeRazorpay) -> dict[str, Any]:
    return {
        "webhooks": fake.ledger.outbox.mode,
        "webhook_url": fake.webhook_url,
        "refunds": fake.ledger.refund_outcome,
        "faults": [dataclasses.asdict(fault) for fault in fake.faults.pending],
        "now": fake.clock.now(),
        **dataclasses.asdict(fake.ledger.account),
    }


def change_settings(fake: FakeRazorpay, body: dict[str, Any]) -> dict[str, Any]:
    """Change settings and return all of them. `webhooks`: on, off or hold. `webhook_url`. `webhook_secret`: earlier
    events keep their signature. `refunds`: process, fail or hold, the outcome of pending refunds. `faults` replaces
    the list. All fields of Account. Raises RazorpayApiError for an unknown name or value.
    """
    if set(body) - SETTING_NAMES or body.get("webhooks", "on") not in ("on", "off", "hold"):
        raise RazorpayApiError(
            f"Settings are {', '.join(sorted(SETTING_NAMES))}; webhooks is on, off or hold", field="webhooks"
        )
    if body.get("refunds", "process") not in ("process", "fail", "hold") or body.get("webhook_secret", "x") == "":
        raise RazorpayApiError("refunds is process, fail or hold; webhook_secret is not empty", field="refunds")
    with fake.locked_ledger() as ledger:
        ledger.account.change({name: value for name, value in body.items() if name in ACCOUNT_SETTINGS})
        fake.webhook_url = body.get("webhook_url", fake.webhook_url)
        ledger.outbox.secret = body.get("webhook_secret", ledger.outbox.secret)
        if "webhooks" in body:
            ledger.outbox.set_mode(body["webhooks"], ledger.clock.now())
        if "refunds" in body:
            ledger.refund_outcome = body["refunds"]
            for refund in [refund for refund in ledger.refunds.values() if refund.status == "pending"]:
                ledger.schedule(ledger.clock.now(), "settle_refund", refund.id)
        if "faults" in body:
            fake.faults.pending = []
            for description in body["faults"]:
                fake.faults.add(description)
    return current_settings(fake)
