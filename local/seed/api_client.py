"""Calls to the API that are expected to succeed."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from local.seed.admin import PASSWORD
from local.seed.users import DemoUser


class SeedError(Exception):
    """The demo data cannot be made on this instance. The message is for the person who gave the command."""


@dataclass(frozen=True)
class SeedClient:
    """Someone signed in. Calls answer with the JSON document, or with None for a status of `but`.

    They raise Unplantable for anything else.
    """

    http: httpx.Client
    token: str
    id: str

    def get(self, path: str) -> Any:
        return self.call("GET", path)

    def post(self, path: str, body: object = None, ignored_statuses: Collection[int] = ()) -> Any:
        return self.call("POST", path, but=ignored_statuses, json=body)

    def put(self, path: str, body: object) -> Any:
        return self.call("PUT", path, json=body)

    def call(self, method: str, path: str, *, ignored_statuses: Collection[int] = (), **sent: Any) -> Any:
        answer = self.http.request(method, path, headers={"Authorization": f"Bearer {self.token}"}, **sent)
        return json_or_raise(answer, ignored_statuses)


def register_or_sign_in(http: httpx.Client, human: DemoUser) -> SeedClient:
    """Registers, or signs in who is registered. Raises Unplantable."""
    given = {"name": human.name, "email": human.email, "password": PASSWORD, "role": human.role}
    answer = http.post("/api/auth/register", json=given)
    return sign_in(http, human.email) if answer.status_code == 409 else _client(http, json_or_raise(answer))


def sign_in(http: httpx.Client, email: str) -> SeedClient:
    """Raises Unplantable."""
    answer = http.post("/api/auth/login", json={"email": email, "password": PASSWORD})
    if answer.status_code == 401:
        raise SeedError(f"{email} is there with another password than the demo data's: nothing was made")
    return _client(http, json_or_raise(answer))


def json_or_raise(answer: httpx.Response, but: Collection[int] = ()) -> Any:
    if answer.status_code in but:
        return None
    if not answer.is_success:
        request = answer.request
        raise SeedError(f"{request.method} {request.url} answered {answer.status_code}: {answer.text[:500]}")
    return answer.json() if answer.content else None


def _client(http: httpx.Client, tokens: Mapping[str, Any]) -> SeedClient:
    return SeedClient(http, tokens["access_token"], tokens["user"]["id"])
