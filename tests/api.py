"""Calls the real Lambda handlers in this process, with the events API Gateway would make."""

import base64
import json
import uuid
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from functions import manifest
from shared.http.route import path_pattern


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    text: str
    cookies: list[str] = field(default_factory=list)

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def code(self) -> str:
        """The refusal's stable code."""
        return str(self.json["code"])


@cache
def _routes() -> list[tuple[Any, ModuleType, str]]:
    found = []
    for name in manifest.HTTP:
        module = import_module(name)
        found += [(path_pattern(route.path), module, route.method) for route in module.app.routes]
    return sorted(found, key=lambda entry: entry[0].pattern.count("(?P"))


def handler_for(method: str, path: str) -> ModuleType:
    for expression, module, known in _routes():
        if known == method and expression.fullmatch(path):
            return module
    return import_module(manifest.DEFAULT)


@dataclass(frozen=True)
class Api:
    """A client with a token, or without."""

    token: str | None = None
    user_id: str = ""

    def get(self, path: str, **keywords: Any) -> Reply:
        return self.call("GET", path, **keywords)

    def post(self, path: str, body: Any = None, **keywords: Any) -> Reply:
        return self.call("POST", path, body, **keywords)

    def put(self, path: str, body: Any = None, **keywords: Any) -> Reply:
        return self.call("PUT", path, body, **keywords)

    def patch(self, path: str, body: Any = None, **keywords: Any) -> Reply:
        return self.call("PATCH", path, body, **keywords)

    def delete(self, path: str, **keywords: Any) -> Reply:
        return self.call("DELETE", path, **keywords)

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        raw: bytes | None = None,
        headers: dict[str, str] | None = None,
        cookies: list[str] | None = None,
        base64_body: bool = False,
    ) -> Reply:
        split = urlsplit(path)
        sent = {"user-agent": "tests", **{name.lower(): value for name, value in (headers or {}).items()}}
        if self.token:
            sent.setdefault("authorization", f"Bearer {self.token}")
        data = raw if raw is not None else (json.dumps(body).encode() if body is not None else None)
        if body is not None:
            sent.setdefault("content-type", "application/json")
        event: dict[str, Any] = {
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": split.path,
            "rawQueryString": split.query,
            "cookies": cookies or [],
            "headers": sent,
            "requestContext": {
                "requestId": uuid.uuid4().hex,
                "http": {"method": method, "path": split.path, "sourceIp": "127.0.0.1", "protocol": "HTTP/1.1"},
            },
            "isBase64Encoded": base64_body,
        }
        if data is not None:
            event["body"] = base64.b64encode(data).decode() if base64_body else data.decode("utf-8", "surrogatepass")
        answer = handler_for(method, split.path).lambda_handler(event, None)
        text = answer.get("body", "")
        if answer.get("isBase64Encoded"):
            text = base64.b64decode(text).decode("latin-1")
        return Reply(answer["statusCode"], answer["headers"], text, answer.get("cookies", []))
