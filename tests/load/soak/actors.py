"""What everybody does while the market is open: learners, the gateway's postman, the scheduler, and a bad line to the
gateway. Each is a loop in a thread of its own."""

import time
from math import inf
from random import Random
from typing import Any

from tests.load.soak.fault_rules import GATEWAY_FAULTS
from tests.load.soak.harness import SoakHarness, SoakUser

_MAX_ATTEMPTS = 6
_SWEEP_SECONDS = 3.0
_MAX_PAUSE_SECONDS = 4.0
"""Seconds a learner waits at most before the next deed: so long that the sweeps keep up with twenty of them."""


def run_learner(market: SoakHarness, me: SoakUser, seed: int) -> None:
    """Buys, pays or not, comes back or not, gives up, enrolls again; asks for the money back now and then."""
    pick = Random(seed)
    shown: list[str] = []
    while not market.stopping.is_set():
        course = pick.choice(market.courses)
        deed = pick.random()
        if deed < 0.6:
            _buy(market, me, course, pick, shown)
        elif deed < 0.7:
            _call_with_retries(market, pick, "DELETE", f"/api/enrollments/{course}", me)
        elif deed < 0.95 and shown:
            _request_refund(market, pick, shown)
        elif deed < 0.98:
            if shown:
                _pay(market, pick, pick.choice(shown))
        else:
            access = {"user_id": me.user_id, "course_id": course, "reason": "asked for"}
            path = pick.choice(("/api/enrollments/grant", "/api/enrollments/revoke"))
            _call_with_retries(market, pick, "POST", path, market.admin, access)
        market.stopping.wait(pick.uniform(0, _MAX_PAUSE_SECONDS))


def run_webhook_delivery(market: SoakHarness, seed: int) -> None:
    """Delivers what the gateway has to say: some of it twice, some late, some never."""
    pick = Random(seed)
    while not market.stopping.wait(0.05):
        market.razorpay.tick()
        with market.razorpay.locked_ledger() as ledger:
            due = ledger.outbox.take_due(market.razorpay.clock.now())
        for event in due:
            outcome = _deliver_with_faults(market, event, pick)
            with market.razorpay.locked_ledger() as ledger:
                ledger.outbox.record(event.id, outcome, market.razorpay.clock.now())


def _deliver_with_faults(market: SoakHarness, event: Any, pick: Random) -> str:
    """What the gateway is told became of it: anything but a status of 200 comes again after seconds."""
    if market.stopping.is_set():
        return "the market is closed"
    if pick.random() < 0.05:
        return "200"  # never delivered, and the gateway believes it was
    if pick.random() < 0.1:
        return "lost on the way"
    if pick.random() < 0.15:
        deliver_event(market, event)
    return str(deliver_event(market, event))


def deliver_event(market: SoakHarness, event: Any) -> int:
    return market.call("POST", "/api/payments/webhook", raw=event.body, headers=event.headers())[0]


def run_sweeps(market: SoakHarness) -> None:
    """Sweeps far more often than every five minutes; two of these overlap. Its last run ends when the market closes."""
    from functions.payments.polling.sweep import sweep
    from shared.errors import DomainError

    while not market.stopping.wait(_SWEEP_SECONDS):
        try:
            sweep(seconds_left=lambda: 0 if market.stopping.is_set() else inf)
        except DomainError:
            market.response_counts["sweep failed"] += 1


def run_gateway_faults(market: SoakHarness, seed: int) -> None:
    """Every second or so a call to the gateway is not answered as it should be."""
    pick = Random(seed)
    while not market.stopping.wait(pick.uniform(0, 2)):
        market.razorpay.faults.pending = []
        market.razorpay.faults.add({"kind": pick.choice(GATEWAY_FAULTS), "times": pick.choice((1, 1, 3))})


def _buy(market: SoakHarness, me: SoakUser, course: str, pick: Random, shown: list[str]) -> None:
    status, order = _call_with_retries(market, pick, "POST", "/api/payments/create-order", me, {"course_id": course})
    if order.get("code") == "enrollment_already_active" and pick.random() < 0.3:
        access = {"user_id": me.user_id, "course_id": course, "reason": "room for another purchase"}
        _call_with_retries(market, pick, "POST", "/api/enrollments/revoke", market.admin, access)
    if status not in (200, 201):
        return
    shown.append(order["order_id"])
    market.stopping.wait(pick.uniform(0, 0.3))
    checkout = _pay(market, pick, order["order_id"])
    if checkout and pick.random() < 0.7:
        _call_with_retries(market, pick, "POST", "/api/payments/verify", me, checkout)


def _pay(market: SoakHarness, pick: Random, order_id: str) -> dict[str, str] | None:
    """What Checkout gives the browser; None when nothing was paid."""
    outcome = pick.choices(("captured", "authorized", "failed", ""), (75, 8, 7, 10))[0]
    if not outcome:
        return None
    paid = market.call_control_api(f"orders/{order_id}/pay", {"outcome": outcome})
    if not paid.get("razorpay_signature"):
        return None
    return {name: value for name, value in paid.items() if name.startswith("razorpay_")}


def _request_refund(market: SoakHarness, pick: Random, shown: list[str]) -> None:
    order_id = pick.choice(shown)
    path, key = f"/api/payments/{order_id}/refund", f"ask-{pick.random()}"
    if pick.random() < 0.3:
        part = {"amount": 5_000, "reason": "a part of it"}
        _call_with_retries(market, pick, "POST", path, market.admin, part, {"Idempotency-Key": key})
    else:
        shown.remove(order_id)
        _call_with_retries(market, pick, "POST", path, market.admin, {"reason": "asked for"})


def _call_with_retries(
    market: SoakHarness,
    pick: Random,
    method: str,
    path: str,
    who: SoakUser,
    body: Any = None,
    headers: dict[str, str] | None = None,
) -> tuple[int, Any]:
    """Again after a 503, a few times; some never try again."""
    for number in range(_MAX_ATTEMPTS):
        status, told = market.call(method, path, body, user=who, headers=headers)
        if status != 503 or pick.random() < 0.2:
            break
        time.sleep(0.05 * 2**number)
    return status, told
