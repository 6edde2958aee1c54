"""What a deployed stack does when nobody tells it to: its schedule finds money that no message told of, its stream
brings every figure up to date, and its own look at the books finds nothing wrong."""

import json
import sys
import time
from collections.abc import Callable
from typing import Final

import httpx

from cli._demo import expiry
from cli._demo.client import ApiUser, Response
from cli._demo.courses import OLD_PRICE
from cli._demo.output import StepFailed, StepOutput
from cli._demo.target import DemoTarget
from cli._demo.users import DemoUsers, new_run_id
from infra.emulator.account import Account
from infra.emulator.deployment import ADMIN, STAGE, Deployment, output_of

_TIMEOUT_SECONDS: Final = 180
"""The schedule starts the sweep every minute here."""
_DRAIN_SECONDS: Final = 60


def check_unattended(deployed: Deployment, values: dict[str, str], say: Callable[[str], None]) -> list[str]:
    """What did not hold. `values`: the settings that the stack was deployed with."""
    teller = StepOutput(say)
    _shorten_window(deployed.account)
    with httpx.Client(base_url=deployed.url, timeout=30) as http, teller.chapter("Nobody looks"):
        cast = DemoUsers(DemoTarget(deployed.url, values["LMS_RAZORPAY_BASE_URL"]), http, teller, new_run_id())
        _check_schedule(cast, teller)
        with teller.step("every figure of every dashboard is what a recount says"):
            teller.note(_run_recount(deployed.env(values)))
        with teller.step("the admin is told that nothing is parked"):
            _check_no_dead_letters(cast, teller)
        with teller.step("the deployed look at the books finds nothing"):
            teller.note(_run_invariants(deployed.account))
    say(f"\n{teller.summary()}")
    return ["something did not hold when nobody looked"] if teller.broken else []


def _check_schedule(cast: DemoUsers, teller: StepOutput) -> None:
    shop, late, lost = expiry.create_course_and_learners(cast)
    wanted, pending = {"course_id": shop.paid_id}, {"payment.status": "pending", "enrollment.status": "pending"}
    with teller.step("an order is paid, its webhooks are lost and the browser is closed; another is not paid"):
        paid = lost.post("/api/payments/create-order", wanted).gives(201, {"amount": OLD_PRICE}).at("order_id")
        unpaid = late.post("/api/payments/create-order", wanted).gives(201, {"amount": OLD_PRICE}).at("order_id")
        cast.bank().pays(paid, tells=False)
        lost.get(f"/api/payments/{paid}").gives(200, pending)
    with teller.step("the schedule alone activates what was paid"):
        given = {"enrollment.status": "active", "enrollment.granted_by": paid}
        _wait_for_status(lost, paid, "captured").gives(200, {"payment.captured_amount": OLD_PRICE, **given})
    with teller.step("the schedule alone ends what was not"):
        _wait_for_status(late, unpaid, "failed").gives(
            200, {"payment.reason": "expired", "enrollment.status": "cancelled"}
        )


def _check_no_dead_letters(cast: DemoUsers, teller: StepOutput) -> None:
    email, password = ADMIN
    answer = cast.anyone().post("/api/auth/login", {"email": email, "password": password}).gives(200)
    admin = ApiUser(cast.http, teller, "admin", answer.at("access_token"))
    admin.get("/api/dashboard/admin").gives(200, {"attention.dead_letters": 0})


def _wait_for_status(learner: ApiUser, order_id: str, status: str) -> Response:
    """Looks until the payment has the status, or patience ends."""
    give_up, path = time.monotonic() + _TIMEOUT_SECONDS, f"/api/payments/{order_id}"
    while True:
        seen = learner.eventually(path, lambda seen: seen.at("payment.status") == status)
        if seen.at("payment.status") == status or time.monotonic() > give_up:
            return seen


def _shorten_window(account: Account) -> None:
    """New orders are open for seconds: what the schedule does half an hour later, it does now."""
    functions, name = account.client("lambda"), f"lectern-{STAGE}-payments"
    told = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    functions.update_function_configuration(
        FunctionName=name,
        Environment={"Variables": {**told, "LMS_ORDER_WINDOW_SECONDS": str(expiry.ORDER_WINDOW_SECONDS)}},
    )


def _run_recount(env: dict[str, str]) -> str:
    """What `recount` says once the stream is drained. Raises Broken."""
    give_up = time.monotonic() + _DRAIN_SECONDS
    while True:
        code, said = output_of([sys.executable, "-m", "cli", "recount"], env)
        if code == 0:
            return f"recount > {said}"
        if time.monotonic() > give_up:
            raise StepFailed(said)


def _run_invariants(account: Account) -> str:
    """What the deployed function answers. Raises Broken when it found a breach, or failed."""
    answer = account.client("lambda").invoke(FunctionName=f"lectern-{STAGE}-payments-invariants", Payload=b"{}")
    found = json.loads(answer["Payload"].read())
    if "FunctionError" in answer or any(found.values()):
        raise StepFailed(str(found))
    return f"invariants > {found}"
