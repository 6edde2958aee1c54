"""Dispatch of one function's routes, and the order of its errors."""

import json
from typing import Any

import pytest

from shared.errors import Conflict, Forbidden, NotFound
from shared.http.app import App
from shared.http.request import Request
from shared.http.response import Response
from shared.http.route import Access
from shared.schemas import In, Out
from tests.fixtures.logs import captured_logs
from tests.unit.http.app_client import call

ORIGIN = "https://app.example.com"


class ThingIn(In):
    name: str
    size: int


class ThingQuery(In):
    full: str = "no"


class ThingOut(Out):
    name: str


class ThingBusy(Conflict):
    code = "thing_busy"
    title = "The thing is busy"


def guard(request: Request[Any, Any]) -> str:
    if request.path["id"] == "none":
        raise NotFound
    if request.path["id"] == "closed":
        raise Forbidden
    return "opened"


def list_things(request: Request[None, ThingQuery]) -> Response:
    return Response({"full": request.query.full})


def create_thing(request: Request[ThingIn, None]) -> ThingOut:
    if request.body.name == "broken":
        raise RuntimeError("the password is hunter2")
    if request.body.name == "busy":
        raise ThingBusy("since noon", headers={"Retry-After": "9"})
    return ThingOut(name=request.body.name)


def update_thing(request: Request[ThingIn, None]) -> Response:
    return Response({"guarded": request.guard_result}, cookies=("a=1; HttpOnly",), headers={"ETag": '"1"'})


def delete_thing(request: Request[None, None]) -> Response:
    return Response()


def get_special(request: Request[None, None]) -> Response:
    return Response(b"\x00\xff", media_type="application/octet-stream")


def create_note(request: Request[ThingIn | None, None]) -> Response:
    return Response(status=200 if request.body else None)


@pytest.fixture
def app() -> App:
    app = App("things", headers={"Cache-Control": "no-store"})
    app.route("GET", "/things", Access.ANYONE, query=ThingQuery)(list_things)
    app.route("POST", "/things", Access.ANYONE, status=201, body=ThingIn)(create_thing)
    app.route("PUT", "/things/{id}", Access.ANYONE, body=ThingIn, guard=guard, body_limit=1_000)(update_thing)
    app.route("DELETE", "/things/{id}", Access.STUDENT, status=204)(delete_thing)
    app.route("GET", "/things/special", Access.ANYONE)(get_special)
    app.route("POST", "/notes", Access.ANYONE, body=ThingIn, body_optional=True, status=204)(create_note)
    return app


VALID_BODY = '{"name": "a", "size": 1}'


def test_app_response_carries_status_body_cookies_and_default_headers(app: App) -> None:
    response = call(app, "POST", "/things", VALID_BODY)
    assert (response.status, response.body) == (201, '{"name":"a"}')
    assert response.headers == {
        "X-Request-Id": "req-1",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
        "Content-Type": "application/json",
    }
    put = call(app, "PUT", "/things/1", VALID_BODY)
    assert (put.json, put.cookies, put.headers["ETag"]) == ({"guarded": "opened"}, ["a=1; HttpOnly"], '"1"')
    assert call(app, "GET", query="full=yes").json == {"full": "yes"}
    empty = call(app, "POST", "/notes")
    assert (empty.status, empty.body, "Content-Type" in empty.headers) == (204, "", False)
    assert call(app, "POST", "/notes", VALID_BODY).status == 200


def test_app_bytes_response_is_base64_encoded() -> None:
    app = App("bytes")

    @app.route("GET", "/", Access.ANYONE)
    def get_image(request: Request[None, None]) -> Response:
        return Response(b"\x00\xff", media_type="image/png")

    result = app({"rawPath": "/"}, None)
    assert (result["body"], result["isBase64Encoded"], result["headers"]["Content-Type"]) == ("AP8=", True, "image/png")


def test_app_literal_path_wins_over_path_parameter(app: App) -> None:
    assert call(app, "GET", "/things/special").status == 200
    assert call(app, "GET", "/things/other").status == 405


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("PATCH", "/things", "GET, POST"),
        ("HEAD", "/things", "GET, POST"),
        ("GET", "/things/1", "DELETE, PUT"),
        ("PUT", "/things/special", "GET"),
        ("OPTIONS", "/things", "GET, POST"),
    ],
)
def test_app_other_method_returns_405_with_allow_header(app: App, method: str, path: str, allow: str) -> None:
    response = call(app, method, path)
    assert (response.status, response.code, response.headers["Allow"]) == (405, "method_not_allowed", allow)


@pytest.mark.parametrize("path", ["/", "/thing", "/things/", "/things/1/2", "/THINGS", "/things/" + "x" * 129])
def test_app_unknown_path_returns_404(app: App, path: str) -> None:
    response = call(app, "GET", path)
    assert (response.status, response.code) == (404, "not_found")


OVERSIZED_BODY, TEXT_HEADERS = "x" * 1_001, {"content-type": "text/plain"}


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "status", "code"),
    [
        ("DELETE", "/things/none", OVERSIZED_BODY, TEXT_HEADERS, 401, "unauthenticated"),
        ("DELETE", "/things/none", OVERSIZED_BODY, {"authorization": "Basic eDp5"}, 401, "unauthenticated"),
        ("PUT", "/things/none", OVERSIZED_BODY, TEXT_HEADERS, 404, "not_found"),
        ("PUT", "/things/closed", OVERSIZED_BODY, TEXT_HEADERS, 403, "forbidden"),
        ("PATCH", "/things/none", OVERSIZED_BODY, TEXT_HEADERS, 405, "method_not_allowed"),
        ("PUT", "/things/1", OVERSIZED_BODY, TEXT_HEADERS, 413, "body_too_large"),
        ("PUT", "/things/1", "{", TEXT_HEADERS, 415, "unsupported_media_type"),
        ("PUT", "/things/1", "{", {"content-type": ""}, 415, "unsupported_media_type"),
        ("PUT", "/things/1", "{", {"content-type": "application/jsonx"}, 415, "unsupported_media_type"),
        ("PUT", "/things/1", "{", {}, 400, "json_invalid"),
        ("PUT", "/things/1", None, {}, 400, "json_invalid"),
        ("PUT", "/things/1", '{"name": 1}', {}, 422, "invalid"),
        ("POST", "/things", '{"name": "busy", "size": "1"}', {}, 422, "invalid"),
        ("POST", "/things", '{"name": "busy", "size": 1}', {}, 409, "thing_busy"),
    ],
)
def test_app_several_errors_returns_first_in_contract_order(
    app: App, method: str, path: str, body: str | None, headers: dict[str, str], status: int, code: str
) -> None:
    response = call(app, method, path, body, headers=headers)
    assert (response.status, response.code) == (status, code)


def test_app_body_at_limit_is_accepted_and_one_byte_more_returns_413(app: App) -> None:
    assert call(app, "PUT", "/things/1", VALID_BODY.ljust(1_000)).status == 200
    assert call(app, "PUT", "/things/1", VALID_BODY.ljust(1_001)).status == 413
    assert call(app, "POST", "/things", VALID_BODY.ljust(262_144)).status == 201
    assert call(app, "POST", "/things", VALID_BODY.ljust(262_145)).status == 413


def test_app_unknown_query_parameter_returns_422(app: App) -> None:
    response = call(app, "GET", query="ful=yes")
    assert (response.status, response.json["errors"][0]["loc"]) == (422, ["query", "ful"])


def test_app_unexpected_exception_returns_500_without_details_and_is_logged(app: App) -> None:
    with captured_logs() as log:
        response = call(app, "POST", "/things", '{"name": "broken", "size": 1}')
    assert response.json == {
        "type": "/docs/errors#internal_error",
        "title": "Internal error: the outcome of the request is unknown",
        "status": 500,
        "detail": "Internal error: the outcome of the request is unknown",
        "code": "internal_error",
        "trace_id": "req-1",
    }
    assert response.headers["Content-Type"] == "application/problem+json"
    fault, request = map(json.loads, log.getvalue().splitlines())
    assert (fault["level"], fault["request_id"], "RuntimeError" in fault["exception"]) == ("ERROR", "req-1", True)
    assert (request["route"], request["status"], request["function"]) == ("POST /things", 500, "things")


def test_app_error_response_carries_its_own_headers(app: App) -> None:
    response = call(app, "POST", "/things", '{"name": "busy", "size": 1}')
    assert response.headers["Retry-After"] == "9"
    assert (response.json["title"], response.json["detail"]) == ("The thing is busy", "since noon")


@pytest.mark.parametrize("body", [{"name": "a", "size": 1}, {"name": "busy", "size": 1}, {"name": "broken", "size": 1}])
def test_app_allowed_origin_gets_cors_headers_on_success_and_error(app: App, body: dict[str, Any]) -> None:
    headers = call(app, "POST", "/things", json.dumps(body), headers={"origin": ORIGIN}).headers
    assert headers["Access-Control-Allow-Origin"] == ORIGIN
    assert headers["Access-Control-Allow-Credentials"] == "true"
    assert "X-Request-Id" in headers["Access-Control-Expose-Headers"]
    assert (headers["Vary"], headers["X-Content-Type-Options"]) == ("Origin", "nosniff")


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "", ORIGIN + ".evil.example", ORIGIN.upper(), "*"])
def test_app_other_origin_gets_no_cors_headers(app: App, origin: str) -> None:
    headers = call(app, "POST", "/things", VALID_BODY, headers={"origin": origin}).headers
    assert [name for name in headers if name.startswith("Access-Control")] == []
    assert headers["Vary"] == "Origin"


def test_app_preflight_of_allowed_origin_returns_204_with_cors_headers(app: App) -> None:
    preflight = {"origin": ORIGIN, "access-control-request-method": "PUT"}
    for path in ("/things", "/things/1", "/nowhere"):
        response = call(app, "OPTIONS", path, headers=preflight)
        assert (response.status, response.body) == (204, "")
        assert "PUT" in response.headers["Access-Control-Allow-Methods"].split(", ")
        assert "Idempotency-Key" in response.headers["Access-Control-Allow-Headers"].split(", ")
        assert response.headers["Access-Control-Max-Age"] == "600"
    other_origin = call(app, "OPTIONS", headers={**preflight, "origin": "https://evil.example"})
    assert [name for name in other_origin.headers if name.startswith("Access-Control")] == []
    no_origin = call(app, "OPTIONS", headers={"access-control-request-method": "PUT"})
    assert (no_origin.status, "Access-Control-Allow-Methods" in no_origin.headers) == (204, False)


def test_app_request_log_holds_route_but_no_path_query_or_body(app: App) -> None:
    with captured_logs("INFO") as log:
        call(app, "PUT", "/things/secret-id", VALID_BODY, query="token=secret-query")
        call(app, "GET", "/secret-path\r\nfake")
    assert "secret" not in log.getvalue()
    assert [json.loads(line)["route"] for line in log.getvalue().splitlines()] == ["PUT /things/{id}", "GET $default"]
