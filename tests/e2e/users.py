"""Those who use the product beside the browser: what a test only needs to be there is made over HTTP."""

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
        """A session of its own, as a browser holds it."""
        made = self.api.post("/api/auth/login", json={"email": self.email, "password": PASSWORD})
        where = {"domain": self.api.base_url.host, "path": "/api/auth"}
        return [{"name": name, "value": value, **where} for name, value in made.cookies.items()]

    def close(self) -> None:
        self.api.close()

    def get(self, path: str) -> Any:
        return _answer(self.api.get(path))

    def post(self, path: str, body: Any = None) -> Any:
        return _answer(self.api.post(path, json=body))

    def put(self, path: str, body: Any) -> Any:
        return _answer(self.api.put(path, json=body))


def register_user(url: str, role: str, name: str) -> User:
    """A new user, signed in over HTTP."""
    email = f"{uuid.uuid4().hex[:12]}@example.com"
    fields = {"name": name, "email": email, "password": PASSWORD, "role": role}
    return _signed_in(url, "/api/auth/register", fields)


def sign_in(url: str, email: str, password: str = PASSWORD) -> User:
    return _signed_in(url, "/api/auth/login", {"email": email, "password": password})


def create_published_course(owner: User, title: str, amount: int = 0, lessons: tuple[str, ...] = ("One", "Two")) -> Any:
    """A published course with one section of text lessons; `amount` in paise. The catalogue has it already."""
    made = owner.post(
        "/api/courses",
        {
            "title": title,
            "description": "What somebody can do afterwards.",
            "category": "programming",
            "level": "beginner",
            "language": "en",
            "price": {"amount": amount, "currency": "INR"},
        },
    )
    section = owner.post("/api/sections", {"course_id": made["id"], "title": "Beginnings"})
    for lesson in lessons:
        text = {"section_id": section["id"], "title": lesson, "kind": "text", "content": f"The text of **{lesson}**."}
        owner.post("/api/lessons", {**text, "duration_seconds": 300, "preview": False})
    published = owner.post(f"/api/courses/{made['id']}/publish")
    assert_eventually(lambda: any(one["id"] == made["id"] for one in owner.get("/api/courses?limit=100")["items"]))
    return published


def purchase_course(student: User, made: Any, gateway: str) -> str:
    """The id of the order with which `student` paid for the course, over HTTP, at the gateway's stand-in."""
    order = student.post("/api/payments/create-order", {"course_id": made["id"]})
    paid = httpx.post(f"{gateway}/_local/orders/{order['order_id']}/pay", json={"outcome": "captured"})
    student.post("/api/payments/verify", paid.json())
    assert_eventually(lambda: student.get(f"/api/payments/{order['order_id']}")["payment"]["status"] == "captured")
    return str(order["order_id"])


def assert_eventually(holds: Callable[[], bool]) -> None:
    """Waits for what the stream brings: read models follow the writes by moments."""
    assert wait_until(holds, pause=0.1), "it did not come true in time"


def standing_still(read: Callable[[], T], seconds: float = 1.5) -> T:
    """The answer of `read` once it has been the same for some seconds: what other tests did may still be on its way."""
    last, since = read(), time.monotonic()

    def still() -> bool:
        nonlocal last, since
        if (now := read()) != last:
            last, since = now, time.monotonic()
        return time.monotonic() - since >= seconds

    assert_eventually(still)
    return last


def _signed_in(url: str, path: str, fields: dict[str, str]) -> User:
    api = httpx.Client(base_url=url, timeout=20)
    answer = _answer(api.post(path, json=fields))
    api.headers["Authorization"] = f"Bearer {answer['access_token']}"
    return User(answer["user"]["name"], fields["email"], answer["user"]["id"], api)


def _answer(response: httpx.Response) -> Any:
    assert response.status_code < 300, response.text
    return response.json() if response.content else None
