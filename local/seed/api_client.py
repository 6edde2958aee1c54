"""API calls that are expected to succeed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from local.seed.admin import PASSWORD
from local.seed.users import DemoUser


class SeedError(Exception):
    """The demo data cannot be created on this instance. The message is written for the user of the command."""


@dataclass(frozen=True)
class SeedClient:
    """A signed-in user. Calls return the JSON document and raise SeedError for any status other than 2xx."""

    http: httpx.Client
    token: str
    id: str

    def get(self, path: str) -> Any:
        return self.call("GET", path)

    def post(self, path: str, body: object = None) -> Any:
        return self.call("POST", path, json=body)

    def put(self, path: str, body: object) -> Any:
        return self.call("PUT", path, json=body)

    def call(self, method: str, path: str, **options: Any) -> Any:
        """`options` as of httpx.Client.request."""
        return json_or_raise(self.request(method, path, **options))

    def request(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **options: Any
    ) -> httpx.Response:
        """The response, whatever its status."""
        authorized = {"Authorization": f"Bearer {self.token}", **(headers or {})}
        return self.http.request(method, path, headers=authorized, **options)


def register_or_sign_in(http: httpx.Client, user: DemoUser) -> SeedClient:
    """Register the user, or sign in when the e-mail address is registered. Raises SeedError."""
    body = {"name": user.name, "email": user.email, "password": PASSWORD, "role": user.role}
    if user.state:
        body["state"] = user.state
    response = http.post("/api/auth/register", json=body)
    return sign_in(http, user.email) if response.status_code == 409 else _client(http, json_or_raise(response))


def sign_in(http: httpx.Client, email: str) -> SeedClient:
    """Raises SeedError, also when the user has another password than the demo data's."""
    response = http.post("/api/auth/login", json={"email": email, "password": PASSWORD})
    if response.status_code == 401:
        raise SeedError(f"{email} exists with another password than the demo data's: nothing was created")
    return _client(http, json_or_raise(response))


def json_or_raise(response: httpx.Response) -> Any:
    """The JSON document, None for an empty body. Raises SeedError for any status other than 2xx."""
    if not response.is_success:
        request = response.request
        raise SeedError(f"{request.method} {request.url} answered {response.status_code}: {response.text[:500]}")
    return response.json() if response.content else None


def _client(http: httpx.Client, tokens: Mapping[str, Any]) -> SeedClient:
    return SeedClient(http, tokens["access_token"], tokens["user"]["id"])
