"""The product, its database, the fake Razorpay and the users of a soak test."""

import json
import os
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib import import_module
from random import Random
from typing import Any
from unittest.mock import patch

from local.asgi.messages import Request
from local.dynamodb.engine import Engine, create_table
from local.razorpay import Clock, FakeRazorpay, FakeRazorpaySettings
from local.razorpay.api.adapter import InProcessAdapter
from local.razorpay.api.control import handle_control_request
from shared import clock, ids
from shared.domain.lifecycle import Role
from shared.gateways import razorpay
from shared.http.route import path_pattern
from tests.fixtures import product_environment
from tests.fixtures.fault_proxy import FaultProxy
from tests.fixtures.settings_caches import clear_settings_caches
from tests.load.soak.fault_rules import database_fault_rules
from tests.simulation.initial_data import write_course, write_user

_HANDLERS = ("payments.handler", "payments.webhook_handler", "enrollments.handler")
_TABLE = "soak"
_EXPECTED_STATUSES = (200, 201, 409, 503)
_COURSE_COUNT = 12


@dataclass(frozen=True)
class SoakUser:
    user_id: str
    token: str


@dataclass
class SoakHarness:
    """`response_counts` counts responses by status and code, "503 store_unavailable"; `problems` are unexpected
    responses and errors."""

    razorpay: FakeRazorpay
    database_endpoint: str
    proxy: FaultProxy
    learners: list[SoakUser]
    admin: SoakUser
    courses: list[str]
    random: Random
    clock_offset: list[float]
    response_counts: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        user: SoakUser | None = None,
        raw: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[int, Any]:
        """(status, JSON body) of the route's handler."""
        all_headers = {name.lower(): value for name, value in (headers or {}).items()}
        all_headers |= {"authorization": f"Bearer {user.token}"} if user else {}
        all_headers |= {"content-type": "application/json"} if body is not None else {}
        event = {
            "version": "2.0",
            "rawPath": path,
            "rawQueryString": "",
            "cookies": [],
            "headers": all_headers,
            "requestContext": {
                "requestId": "soak",
                "http": {"method": method, "path": path, "sourceIp": "127.0.0.1"},
            },
            "isBase64Encoded": False,
            "body": raw if body is None else json.dumps(body),
        }
        response = _handler(method, path)(event, None)
        status, document = response["statusCode"], json.loads(response["body"])
        self.response_counts[f"{status} {document.get('code', '')}".strip()] += 1
        if status not in _EXPECTED_STATUSES and document.get("code") != "enrollment_not_found":
            self.problems.append(f"{method} {path} answered {status}: {response['body']}")
        return status, document

    def call_control_api(self, path: str, body: Any = None) -> dict[str, Any]:
        """Call the control API of the fake Razorpay, as a payer or its dashboard."""
        request = Request(method="POST", path=f"/_local/{path}", body=json.dumps(body or {}).encode())
        document: dict[str, Any] = json.loads(handle_control_request(self.razorpay, request).body)
        return document

    def stop_faults(self) -> None:
        """Bypass the fault proxy and clear Razorpay's faults, after all actors have ended."""
        os.environ["LMS_DYNAMODB_ENDPOINT"] = self.database_endpoint
        clear_settings_caches()
        self.razorpay.faults.pending = []
        razorpay._razorpay().session.mount("http://", InProcessAdapter(self.razorpay))

    def advance_clock(self, duration: timedelta) -> None:
        self.clock_offset[0] += duration.total_seconds()
        self.razorpay.tick()


def _handler(method: str, path: str) -> Any:
    for name in _HANDLERS:
        module = import_module(f"functions.{name}")
        for route in module.app.routes:
            if route.method == method and path_pattern(route.path).fullmatch(path):
                return module.lambda_handler
    raise LookupError(f"{method} {path}")


@contextmanager
def open_harness(engine: Engine, learners: int, seed: int) -> Iterator[SoakHarness]:
    """Inside the block this process is the product, with an empty table in `engine`."""
    with ExitStack() as stack:
        proxy = FaultProxy(engine.endpoint, database_fault_rules())
        stack.callback(proxy.stop)
        create_table(engine.endpoint, _TABLE)
        clock_offset = [0.0]
        stack.enter_context(patch.dict(os.environ, _environment(engine.endpoint)))
        stack.callback(clear_settings_caches)
        stack.enter_context(clock.override(lambda: datetime.now(UTC) + timedelta(seconds=clock_offset[0])))
        clear_settings_caches()
        random = Random(seed)
        instructor = ids.user()
        courses = [write_course(instructor, random) for _ in range(_COURSE_COUNT)]
        users = [_create_user("student") for _ in range(learners)]
        admin = _create_user("admin")
        os.environ["LMS_DYNAMODB_ENDPOINT"] = proxy.endpoint
        clear_settings_caches()
        fake = _start_fake_razorpay(clock_offset)
        yield SoakHarness(fake, engine.endpoint, proxy, users, admin, courses, random, clock_offset)


def _environment(endpoint: str) -> dict[str, str]:
    return product_environment.product_environment() | {
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "LMS_TABLE_NAME": _TABLE,
        "LMS_DYNAMODB_ENDPOINT": endpoint,
        "LMS_ORDER_WINDOW_SECONDS": "60",
    }


def _start_fake_razorpay(clock_offset: list[float]) -> FakeRazorpay:
    fake = FakeRazorpay(
        FakeRazorpaySettings(
            key_id=product_environment.KEY_ID,
            key_secret=product_environment.KEY_SECRET,
            webhook_secret=product_environment.WEBHOOK_SECRET,
        ),
        Clock(lambda: time.time() + clock_offset[0]),
    )
    razorpay._razorpay().session.mount("http://", InProcessAdapter(fake))
    return fake


def _create_user(role: str) -> SoakUser:
    user_id = ids.user()
    write_user(user_id, Role(role))
    return SoakUser(user_id, product_environment.access_token(user_id, role))
