"""A user of the product's HTTP API, as a browser: signs in, repeats a request without an answer, or gives up."""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

import httpx

from tests.load.http_histories.processes.gateway import SECONDS_TO_ANSWER
from tests.load.http_histories.processes.product import Product

PASSWORD: Final = "a password of no other place"
_EXPECTED_STATUSES: Final = (200, 201, 404, 409, 503)
_EXPECTED_CODES: Final = ("not_enrolled", "signature_invalid")
"""Of other statuses: of a learner without access, and of a forged checkout."""
_SECONDS_UP: Final = 600.0
_SIGN_IN_TRIES: Final = 20


@dataclass(frozen=True)
class Reply:
    status: int
    body: Any

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def code(self) -> str:
        return str(self.body.get("code", "")) if isinstance(self.body, dict) else ""


@dataclass
class Site:
    """The product as its clients see it. `before_request` is called before each request; `statuses` counts the answers
    by status and code, "no answer" too."""

    product: Product
    before_request: Callable[[], None]
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=SECONDS_TO_ANSWER, trust_env=False))
    statuses: Counter[str] = field(default_factory=Counter)

    def send(self, method: str, path: str, body: Any, headers: Mapping[str, str]) -> Reply | None:
        """None without an answer: the product may have done what was asked."""
        self.before_request()
        try:
            response = self.http.request(method, self.product.url + path, json=body, headers=dict(headers))
        except httpx.TransportError:
            self.statuses["no answer"] += 1
            return None
        document = response.json() if "json" in response.headers.get("content-type", "") else None
        reply = Reply(response.status_code, document)
        self.statuses[f"{reply.status} {reply.code}".strip()] += 1
        return reply


@dataclass
class ApiUser:
    """`unexpected` receives a line for each answer that no client may get."""

    site: Site
    name: str
    email: str
    role: str
    unexpected: list[str]
    user_id: str = ""
    _access_token: str = ""
    _refresh_token: str = ""

    def register(self) -> None:
        """Raises RuntimeError when the product neither registers nor knows the user."""
        body = {"name": self.name, "email": self.email, "password": PASSWORD, "role": self.role}
        for _ in range(_SIGN_IN_TRIES):
            reply = self.site.send("POST", "/api/auth/register", body, {})
            if reply is not None and reply.ok:
                self._keep_tokens(reply)
                return
            if reply is not None and reply.code == "email_taken":  # of the request before, whose answer was lost
                self.sign_in()
                return
            self._pause()
        raise RuntimeError(f"{self.name} could not register")

    def sign_in(self) -> None:
        """Raises RuntimeError."""
        for _ in range(_SIGN_IN_TRIES):
            reply = self.site.send("POST", "/api/auth/login", {"email": self.email, "password": PASSWORD}, {})
            if reply is not None and reply.ok:
                self._keep_tokens(reply)
                return
            if reply is not None and reply.status == 401:
                self.unexpected.append(f"{self.name} registered, and cannot sign in: {reply.body}")
            self._pause()
        raise RuntimeError(f"{self.name} could not sign in")

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        random: Random | None = None,
    ) -> Reply | None:
        """The answer; None when the client gave up before it got one. Without `random` it never gives up. A request
        without an answer, and one that got a 503, is repeated."""
        tries = _SIGN_IN_TRIES if random is None else random.choice((1, 2, 4, 4))
        reply = None
        for attempt in range(tries):
            if attempt:
                self._pause()
            reply = self._send(method, path, body, headers or {})
            if reply is not None and reply.status != 503 and reply.code != "idempotency_in_progress":
                break
        if reply is not None and reply.status not in _EXPECTED_STATUSES and reply.code not in _EXPECTED_CODES:
            self.unexpected.append(f"{self.name}: {method} {path} answered {reply.status}: {reply.body}")
        return reply

    def _send(self, method: str, path: str, body: Any, headers: Mapping[str, str]) -> Reply | None:
        """Access tokens live for 15 minutes: the next one comes for the refresh token, or for the password."""
        if not self._access_token:
            self.sign_in()
        reply = self.site.send(method, path, body, {"Authorization": f"Bearer {self._access_token}", **headers})
        if reply is not None and reply.status == 401:
            self._renew()
            reply = self.site.send(method, path, body, {"Authorization": f"Bearer {self._access_token}", **headers})
        return reply

    def _renew(self) -> None:
        reply = self.site.send("POST", "/api/auth/refresh_token", {"refresh_token": self._refresh_token}, {})
        if reply is not None and reply.ok:
            self._keep_tokens(reply)
        else:
            self.sign_in()

    def _keep_tokens(self, reply: Reply) -> None:
        self.user_id = reply.body["user"]["id"]
        self._access_token, self._refresh_token = reply.body["access_token"], reply.body["refresh_token"]

    def _pause(self) -> None:
        self.site.product.is_up.wait(_SECONDS_UP)
        time.sleep(0.05)
