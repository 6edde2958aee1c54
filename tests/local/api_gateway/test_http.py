"""The local API Gateway over a real socket, from HTTP to a handler and back."""

import base64
import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.api_gateway.app import BODY_LIMIT, ApiGateway
from local.api_gateway.server import PortTaken, Server, listen, serve
from local.api_gateway.static_files import StaticFiles
from local.handler_loader import HandlerLoader
from local.waiting import PATIENCE_SECONDS
from shared.config import settings
from tests.local.api_gateway.sample_handlers import sample_code


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, HandlerLoader, list[str]]]:
    folder = tmp_path_factory.mktemp("shop")
    (folder / "page").mkdir()
    lines: list[str] = []
    with sample_code(folder) as (make, _):
        loader = make()
        api_gateway = ApiGateway(
            loader, StaticFiles(folder / "page", settings()), timeout_seconds=0.5, log=lines.append
        )
        server = serve(api_gateway, listen(0))
        yield server, loader, lines
        server.stop()
        api_gateway.close()
        loader.close()


@pytest.fixture
def api(served: tuple[Server, HandlerLoader, list[str]]) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"http://127.0.0.1:{served[0].port}") as client:
        yield client


def test_api_gateway_passes_request_to_handler_as_event(api: httpx.Client) -> None:
    response = api.post("/api/echo?q=1&q=2", json={"a": 1}, headers=[("Cookie", "a=1"), ("X-Two", "1"), ("X-Two", "2")])
    assert response.status_code == 200
    found = response.json()
    event = found.pop("event")
    assert found == {
        "function": "echo",
        "arn": "arn:aws:lambda:ap-south-1:000000000000:function:echo",
        "memory": 512,
    }
    assert event["routeKey"] == "POST /api/echo"
    assert event["queryStringParameters"] == {"q": "1,2"}
    assert event["cookies"] == ["a=1"]
    assert event["headers"]["x-two"] == "1,2"
    assert "cookie" not in event["headers"]
    assert json.loads(event["body"]) == {"a": 1}
    assert event["requestContext"]["http"]["sourceIp"] == "127.0.0.1"


def test_api_gateway_decodes_path_parameters(api: httpx.Client) -> None:
    event = api.get("/api/echo/caf%C3%A9%20au%20lait").json()["event"]
    assert event["pathParameters"] == {"word": "café au lait"}
    assert event["routeKey"] == "GET /api/echo/{word}"


def test_api_gateway_round_trips_binary_bodies_unchanged(api: httpx.Client) -> None:
    sent = bytes(range(256)) * 3
    event = api.post("/api/echo", content=sent, headers={"content-type": "application/octet-stream"}).json()["event"]
    assert base64.b64decode(event["body"]) == sent
    response = api.get("/api/bytes")
    assert (response.status_code, response.content) == (201, bytes(range(256)))
    assert response.headers.get_list("set-cookie") == ["a=1; HttpOnly", "b=2"]
    assert (response.headers["content-type"], response.headers["x-count"]) == ("image/png", "2")


@pytest.mark.parametrize(
    ("method", "path"), [("DELETE", "/api/echo"), ("GET", "/api/nowhere"), ("GET", "/.well-known/x"), ("PATCH", "/api")]
)
def test_api_gateway_sends_unmatched_requests_to_default_function(api: httpx.Client, method: str, path: str) -> None:
    response = api.request(method, path)
    assert (response.status_code, response.text) == (404, f"$default {method}")
    assert response.headers["content-type"] == "application/problem+json"


def test_api_gateway_handler_exception_returns_500_without_details(
    api: httpx.Client, capsys: pytest.CaptureFixture[str]
) -> None:
    response = api.get("/api/broken")
    assert (response.status_code, response.json()) == (500, {"message": "Internal Server Error"})
    assert "RuntimeError: a secret of the handler" in capsys.readouterr().err


def test_api_gateway_handler_over_timeout_returns_503(api: httpx.Client) -> None:
    started = time.monotonic()
    response = api.get("/api/slow?5")
    assert (response.status_code, response.json()) == (503, {"message": "Service Unavailable"})
    assert time.monotonic() - started > 0.4


def test_api_gateway_body_over_10_mb_returns_413(api: httpx.Client) -> None:
    response = api.post("/api/echo", content=b"x" * (BODY_LIMIT + 1))
    assert (response.status_code, response.json()) == (413, {"message": "Request Entity Too Large"})


def test_api_gateway_event_over_lambda_limit_returns_413(api: httpx.Client) -> None:
    response = api.post("/api/echo", content=b"x" * 4_800_000, headers={"content-type": "image/png"})
    assert (response.status_code, response.json()) == (413, {"message": "Request Entity Too Large"})


def test_api_gateway_serves_24_requests_concurrently(api: httpx.Client) -> None:
    with ThreadPoolExecutor(24) as threads:
        started = time.monotonic()
        statuses = list(threads.map(lambda _: api.get("/api/slow?5").status_code, range(24)))
    assert statuses == [503] * 24
    assert time.monotonic() - started < 24 * 0.4


def test_api_gateway_logs_one_line_per_api_request(
    api: httpx.Client, served: tuple[Server, HandlerLoader, list[str]]
) -> None:
    api.get("/api/echo/logged?secret=1")
    api.get("/nothing.css")
    [line] = [line for line in served[2] if "logged" in line or "css" in line]
    assert line.rpartition(" ")[0].rpartition(" ")[0] == "GET /api/echo/logged 200"


def test_listen_on_taken_port_raises_port_taken() -> None:
    with listen(0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortTaken) as raised:
            listen(port)
    assert str(raised.value) == f"port {port} is taken by another program: choose another one, as in `PORT=8001`"


def test_server_stop_waits_for_requests_in_flight(tmp_path: Path) -> None:
    (tmp_path / "page").mkdir()
    with sample_code(tmp_path) as (make, _):
        loader = make()
        api_gateway = ApiGateway(loader, StaticFiles(tmp_path / "page", settings()))
        request_received = threading.Event()

        async def signalling_app(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] == "http":
                request_received.set()
            await api_gateway(scope, receive, send)

        server = serve(signalling_app, listen(0))
        server.server.config.timeout_graceful_shutdown = 30  # a busy machine may need more than the default second
        responses: list[httpx.Response] = []
        url = f"http://127.0.0.1:{server.port}/api/slow"
        thread = threading.Thread(target=lambda: responses.append(httpx.get(url, timeout=PATIENCE_SECONDS)))
        thread.start()
        assert request_received.wait(PATIENCE_SECONDS)
        server.stop()
        thread.join()
        api_gateway.close()
        loader.close()
    assert responses[0].json() == {"slept": True, "version": 1}
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)
