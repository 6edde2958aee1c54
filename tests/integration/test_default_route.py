"""What no route matches goes to the default function: 405 where another function serves the path, else 404."""

from functions.dashboards.handler import lambda_handler
from tests.api import Api


def event(method: str, path: str) -> dict:
    return {
        "rawPath": path,
        "headers": {},
        "requestContext": {"requestId": "r", "http": {"method": method, "path": path, "sourceIp": "127.0.0.1"}},
    }


def test_a_wrong_method_on_another_functions_path_is_a_405(table: str) -> None:
    answer = lambda_handler(event("PUT", "/api/auth/login"), None)
    assert (answer["statusCode"], answer["headers"]["Allow"]) == (405, "POST")
    answer = lambda_handler(event("PATCH", "/api/enrollments/crs_01M844DZG0BMVXGJXTBAW2B8NT"), None)
    assert (answer["statusCode"], answer["headers"]["Allow"]) == (405, "DELETE, GET")


def test_an_unknown_path_is_a_404(anyone: Api) -> None:
    reply = anyone.get("/api/nothing/here")
    assert (reply.status, reply.code) == (404, "not_found")
