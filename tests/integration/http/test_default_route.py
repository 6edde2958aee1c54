"""The default route, for paths that no route matches: 405 where another function serves the path, otherwise 404."""

from typing import Any

from functions.dashboards.handler import lambda_handler
from tests.fixtures.api import Api


def event(method: str, path: str) -> dict[str, Any]:
    return {
        "rawPath": path,
        "headers": {},
        "requestContext": {"requestId": "r", "http": {"method": method, "path": path, "sourceIp": "127.0.0.1"}},
    }


def test_default_route_with_wrong_method_on_known_path_returns_405_with_allow(table: str) -> None:
    response = lambda_handler(event("PUT", "/api/auth/login"), None)
    assert (response["statusCode"], response["headers"]["Allow"]) == (405, "POST")
    response = lambda_handler(event("PATCH", "/api/enrollments/crs_01M844DZG0BMVXGJXTBAW2B8NT"), None)
    assert (response["statusCode"], response["headers"]["Allow"]) == (405, "DELETE, GET")


def test_default_route_with_unknown_path_returns_404(anonymous: Api) -> None:
    reply = anonymous.get("/api/nothing/here")
    assert (reply.status, reply.code) == (404, "not_found")
