"""Checks the work that a deployed stack does without requests: schedule, stream and invariants.

The schedule must settle a payment whose webhooks were lost, the stream must update every counter, and the deployed
invariant check must find no breach.
"""

import json
import sys
import time
from collections.abc import Callable
from typing import Any, Final

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
"""Three runs of the sweep, which the schedule of this deployment starts every minute."""
_DRAIN_SECONDS: Final = 60


def check_unattended(deployment: Deployment, values: dict[str, str], print_line: Callable[[str], None]) -> list[str]:
    """One line when a check failed, else none. `values`: the settings and secrets of the deployed stack."""
    output = StepOutput(print_line)
    _shorten_order_window(deployment.account)
    with httpx.Client(base_url=deployment.url, timeout=30) as http, output.scenario("Unattended"):
        users = DemoUsers(DemoTarget(deployment.url, values["LMS_RAZORPAY_BASE_URL"]), http, output, new_run_id())
        _check_schedule(users, output)
        with output.step("the counters of every dashboard equal a recount"):
            output.add_line(_run_recount(deployment.env(values)))
        with output.step("the admin dashboard shows no dead letter"):
            _check_no_dead_letters(users, output)
        with output.step("the deployed invariant check finds no breach"):
            output.add_line(_run_invariants(deployment.account))
    print_line(f"\n{output.summary()}")
    return ["an unattended check failed"] if output.failed else []


def _check_schedule(users: DemoUsers, output: StepOutput) -> None:
    courses, late, lost = expiry.create_course_and_learners(users)
    order, pending = {"course_id": courses.paid_id}, {"payment.status": "pending", "enrollment.status": "pending"}
    created = {"amount": OLD_PRICE}
    with output.step("one order is paid, but its webhooks and the browser's callback are lost; another is not paid"):
        paid = lost.post("/api/payments/create-order", order).expect(201, created).value_at("order_id")
        unpaid = late.post("/api/payments/create-order", order).expect(201, created).value_at("order_id")
        users.razorpay().pay(paid, webhooks=False)
        lost.get(f"/api/payments/{paid}").expect(200, pending)
    with output.step("the scheduled sweep settles the paid order and grants access"):
        active = {"enrollment.status": "active", "enrollment.granted_by": paid}
        _wait_for_status(lost, paid, "captured").expect(200, {"payment.captured_amount": OLD_PRICE, **active})
    with output.step("the scheduled sweep expires the unpaid order"):
        expired = {"payment.reason": "expired", "enrollment.status": "cancelled"}
        _wait_for_status(late, unpaid, "failed").expect(200, expired)


def _check_no_dead_letters(users: DemoUsers, output: StepOutput) -> None:
    email, password = ADMIN
    login = users.anyone().post("/api/auth/login", {"email": email, "password": password}).expect(200)
    admin = ApiUser(users.http, output, "admin", login.value_at("access_token"))
    admin.get("/api/dashboard/admin").expect(200, {"attention.dead_letters": 0})


def _wait_for_status(learner: ApiUser, order_id: str, status: str) -> Response:
    """Polls the payment until it has `status` or the timeout ends; the last response."""
    deadline, path = time.monotonic() + _TIMEOUT_SECONDS, f"/api/payments/{order_id}"
    while True:
        response = learner.eventually(path, lambda seen: seen.value_at("payment.status") == status)
        if response.value_at("payment.status") == status or time.monotonic() > deadline:
            return response


def _shorten_order_window(account: Account) -> None:
    """Makes new orders expire after seconds instead of half an hour."""
    functions, name = account.client("lambda"), f"lectern-{STAGE}-payments"
    variables = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    functions.update_function_configuration(
        FunctionName=name,
        Environment={"Variables": {**variables, "LMS_ORDER_WINDOW_SECONDS": str(expiry.ORDER_WINDOW_SECONDS)}},
    )


def _run_recount(env: dict[str, str]) -> str:
    """Runs `recount` until the counters match: the stream may not be drained yet. Raises StepFailed on timeout."""
    deadline = time.monotonic() + _DRAIN_SECONDS
    while True:
        exit_code, output = output_of([sys.executable, "-m", "cli", "recount"], env)
        if exit_code == 0:
            return f"recount > {output}"
        if time.monotonic() > deadline:
            raise StepFailed(output)


def _run_invariants(account: Account) -> str:
    """Invokes the deployed invariants function: a full pass, which begins to read in its second slice, then the hourly
    check. Raises StepFailed when it finds a breach or fails."""
    slices = [_invoke_invariants(account, {"pass": "full"}) for _ in range(2)]
    if not slices[-1].get("completed"):
        raise StepFailed(f"the full pass is not complete: {slices}")
    breaches = _invoke_invariants(account, {})
    if any(breaches.values()):
        raise StepFailed(str(breaches))
    return f"invariants > {breaches}, full pass > {slices[-1]}"


def _invoke_invariants(account: Account, event: dict[str, str]) -> dict[str, Any]:
    """Raises StepFailed when the function fails."""
    response = account.client("lambda").invoke(
        FunctionName=f"lectern-{STAGE}-payments-invariants", Payload=json.dumps(event).encode()
    )
    result: dict[str, Any] = json.loads(response["Payload"].read())
    if "FunctionError" in response:
        raise StepFailed(str(result))
    return result
