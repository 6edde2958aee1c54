"""The actors of a soak test: learners, webhook delivery, sweeps, and faults of Razorpay. Each is a loop in its own
thread."""

import time
from math import inf
from random import Random
from typing import Any

from tests.load.soak.fault_rules import GATEWAY_FAULTS
from tests.load.soak.harness import SoakHarness, SoakUser

_MAX_ATTEMPTS = 6
_SWEEP_SECONDS = 3.0
_MAX_PAUSE_SECONDS = 4.0
"""The longest pause of a learner between two actions: the sweeps must keep up with twenty learners."""


def run_learner(harness: SoakHarness, user: SoakUser, seed: int) -> None:
    """A learner buys, pays or abandons orders, verifies or not, withdraws and enrolls again; sometimes a refund is
    requested."""
    rng = Random(seed)
    order_ids: list[str] = []
    while not harness.stopping.is_set():
        course = rng.choice(harness.courses)
        action = rng.random()
        if action < 0.6:
            _buy(harness, user, course, rng, order_ids)
        elif action < 0.7:
            _call_with_retries(harness, rng, "DELETE", f"/api/enrollments/{course}", user)
        elif action < 0.95 and order_ids:
            _request_refund(harness, rng, order_ids)
        elif action < 0.98:
            if order_ids:
                _pay(harness, rng, rng.choice(order_ids))
        else:
            access = {"user_id": user.user_id, "course_id": course, "reason": "requested"}
            path = rng.choice(("/api/enrollments/grant", "/api/enrollments/revoke"))
            _call_with_retries(harness, rng, "POST", path, harness.admin, access)
        harness.stopping.wait(rng.uniform(0, _MAX_PAUSE_SECONDS))


def run_webhook_delivery(harness: SoakHarness, seed: int) -> None:
    """Deliver Razorpay's webhooks: some twice, some late, some never."""
    rng = Random(seed)
    while not harness.stopping.wait(0.05):
        harness.razorpay.tick()
        with harness.razorpay.locked_ledger() as ledger:
            due = ledger.outbox.take_due(harness.razorpay.clock.now())
        for event in due:
            outcome = _deliver_with_faults(harness, event, rng)
            with harness.razorpay.locked_ledger() as ledger:
                ledger.outbox.record(event.id, outcome, harness.razorpay.clock.now())


def _deliver_with_faults(harness: SoakHarness, event: Any, rng: Random) -> str:
    """The outcome to record: Razorpay retries after every outcome other than 200."""
    if harness.stopping.is_set():
        return "the soak has ended"
    if rng.random() < 0.05:
        return "200"  # never delivered, but recorded as delivered
    if rng.random() < 0.1:
        return "lost"
    if rng.random() < 0.15:
        deliver_event(harness, event)
    return str(deliver_event(harness, event))


def deliver_event(harness: SoakHarness, event: Any) -> int:
    return harness.call("POST", "/api/payments/webhook", raw=event.body, headers=event.headers())[0]


def run_sweeps(harness: SoakHarness) -> None:
    """Sweep every three seconds instead of every five minutes; two of these loops overlap. The last sweep ends early
    when the soak ends."""
    from functions.payments.polling.sweep import sweep
    from shared.errors import DomainError

    while not harness.stopping.wait(_SWEEP_SECONDS):
        try:
            sweep(seconds_left=lambda: 0 if harness.stopping.is_set() else inf)
        except DomainError:
            harness.response_counts["sweep failed"] += 1


def run_gateway_faults(harness: SoakHarness, seed: int) -> None:
    """Inject a fault into a call of Razorpay about every second."""
    rng = Random(seed)
    while not harness.stopping.wait(rng.uniform(0, 2)):
        harness.razorpay.faults.pending = []
        harness.razorpay.faults.add({"kind": rng.choice(GATEWAY_FAULTS), "times": rng.choice((1, 1, 3))})


def _buy(harness: SoakHarness, user: SoakUser, course: str, rng: Random, order_ids: list[str]) -> None:
    status, order = _call_with_retries(harness, rng, "POST", "/api/payments/create-order", user, {"course_id": course})
    if order.get("code") == "enrollment_already_active" and rng.random() < 0.3:
        access = {"user_id": user.user_id, "course_id": course, "reason": "repeat the purchase"}
        _call_with_retries(harness, rng, "POST", "/api/enrollments/revoke", harness.admin, access)
    if status not in (200, 201):
        return
    order_ids.append(order["order_id"])
    harness.stopping.wait(rng.uniform(0, 0.3))
    checkout = _pay(harness, rng, order["order_id"])
    if checkout and rng.random() < 0.7:
        _call_with_retries(harness, rng, "POST", "/api/payments/verify", user, checkout)


def _pay(harness: SoakHarness, rng: Random, order_id: str) -> dict[str, str] | None:
    """Checkout's result for the browser; None when the payment failed or was not attempted."""
    outcome = rng.choices(("captured", "authorized", "failed", ""), (75, 8, 7, 10))[0]
    if not outcome:
        return None
    paid = harness.call_control_api(f"orders/{order_id}/pay", {"outcome": outcome})
    if not paid.get("razorpay_signature"):
        return None
    return {name: value for name, value in paid.items() if name.startswith("razorpay_")}


def _request_refund(harness: SoakHarness, rng: Random, order_ids: list[str]) -> None:
    order_id = rng.choice(order_ids)
    path, key = f"/api/payments/{order_id}/refund", f"refund-{rng.random()}"
    if rng.random() < 0.3:
        part = {"amount": 5_000, "reason": "partial refund"}
        _call_with_retries(harness, rng, "POST", path, harness.admin, part, {"Idempotency-Key": key})
    else:
        order_ids.remove(order_id)
        _call_with_retries(harness, rng, "POST", path, harness.admin, {"reason": "requested"})


def _call_with_retries(
    harness: SoakHarness,
    rng: Random,
    method: str,
    path: str,
    user: SoakUser,
    body: Any = None,
    headers: dict[str, str] | None = None,
) -> tuple[int, Any]:
    """(status, JSON body). Retries a 503 a few times, unless the caller gives up."""
    for number in range(_MAX_ATTEMPTS):
        status, document = harness.call(method, path, body, user=user, headers=headers)
        if status != 503 or rng.random() < 0.2:
            break
        time.sleep(0.05 * 2**number)
    return status, document
