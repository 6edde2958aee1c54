"""Users that call the API over HTTP, to prepare data for the browser tests."""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx

from local.waiting import wait_until

T = TypeVar("T")

PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class User:
    name: str
    email: str
    id: str
    api: httpx.Client

    def cookies(self) -> list[dict[str, str]]:
        """The cookies of a new session, for a browser."""
        response = self.api.post("/api/auth/login", json={"email": self.email, "password": PASSWORD})
        scope = {"domain": self.api.base_url.host, "path": "/api/auth"}
        return [{"name": name, "value": value, **scope} for name, value in response.cookies.items()]

    def close(self) -> None:
        self.api.close()

    def get(self, path: str) -> Any:
        return _json(self.api.get(path))

    def post(self, path: str, body: Any = None) -> Any:
        return _json(self.api.post(path, json=body))

    def put(self, path: str, body: Any) -> Any:
        return _json(self.api.put(path, json=body))


def register_user(url: str, role: str, name: str) -> User:
    """Register a user over HTTP."""
    email = f"{uuid.uuid4().hex[:12]}@example.com"
    fields = {"name": name, "email": email, "password": PASSWORD, "role": role}
    return _signed_in(url, "/api/auth/register", fields)


def sign_in(url: str, email: str, password: str = PASSWORD) -> User:
    return _signed_in(url, "/api/auth/login", {"email": email, "password": password})


def create_published_course(owner: User, title: str, amount: int = 0, lessons: tuple[str, ...] = ("One", "Two")) -> Any:
    """A published course with one section of text lessons; `amount` in paise. Waits until the catalogue lists it."""
    course = owner.post(
        "/api/courses",
        {
            "title": title,
            "description": "What learners can do afterwards.",
            "category": "programming",
            "level": "beginner",
            "language": "en",
            "price": {"amount": amount, "currency": "INR"},
        },
    )
    section = owner.post("/api/sections", {"course_id": course["id"], "title": "Beginnings"})
    for lesson in lessons:
        text = {"section_id": section["id"], "title": lesson, "kind": "text", "content": f"The text of **{lesson}**."}
        owner.post("/api/lessons", {**text, "duration_seconds": 300, "preview": False})
    published = owner.post(f"/api/courses/{course['id']}/publish")
    assert_eventually(lambda: any(card["id"] == course["id"] for card in owner.get("/api/courses?limit=100")["items"]))
    return published


def purchase_course(student: User, course: Any, razorpay_url: str) -> str:
    """Buy the course over HTTP at the fake Razorpay; returns the order id."""
    order = student.post("/api/payments/create-order", {"course_id": course["id"]})
    paid = httpx.post(f"{razorpay_url}/_local/orders/{order['order_id']}/pay", json={"outcome": "captured"})
    student.post("/api/payments/verify", paid.json())
    assert_eventually(lambda: student.get(f"/api/payments/{order['order_id']}")["payment"]["status"] == "captured")
    return str(order["order_id"])


def assert_eventually(condition: Callable[[], bool]) -> None:
    """Wait for an asynchronous effect: read models are updated by the stream."""
    assert wait_until(condition, pause=0.1), "the condition did not become true in time"


def wait_until_stable(read: Callable[[], T], seconds: float = 1.5) -> T:
    """The result of `read` after it has been constant for `seconds`: effects of other tests may still be in the
    stream."""
    last, stable_since = read(), time.monotonic()

    def is_stable() -> bool:
        nonlocal last, stable_since
        if (current := read()) != last:
            last, stable_since = current, time.monotonic()
        return time.monotonic() - stable_since >= seconds

    assert_eventually(is_stable)
    return last


def _signed_in(url: str, path: str, fields: dict[str, str]) -> User:
    api = httpx.Client(base_url=url, timeout=20)
    tokens = _json(api.post(path, json=fields))
    api.headers["Authorization"] = f"Bearer {tokens['access_token']}"
    return User(tokens["user"]["name"], fields["email"], tokens["user"]["id"], api)


def _json(response: httpx.Response) -> Any:
    assert response.status_code < 300, response.text
    return response.json() if response.content else None
