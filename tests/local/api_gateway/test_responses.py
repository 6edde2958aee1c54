"""Conversion of a handler's result to an HTTP response."""

from typing import Any

import pytest

from local.api_gateway.responses import PAYLOAD_LIMIT, InvalidHandlerResponse, Response, error_response, make_response

JSON = (("content-type", "application/json"),)


@pytest.mark.parametrize(
    ("returned", "response"),
    [
        ({"a": 1}, Response(200, JSON, b'{"a": 1}')),
        ([1, 2], Response(200, JSON, b"[1, 2]")),
        ("hello", Response(200, JSON, b"hello")),
        (None, Response(200, JSON, b"null")),
        ({"statusCode": 204}, Response(204, (), b"")),
        (
            {"statusCode": "201", "body": "é"},
            Response(201, (("content-type", "text/plain;charset=UTF-8"),), "é".encode()),
        ),
        (
            {"statusCode": 200, "headers": {"Content-Type": "text/html", "X-Flag": True, "X-N": 2}, "body": "<p>"},
            Response(200, (("content-type", "text/html"), ("x-flag", "true"), ("x-n", "2")), b"<p>"),
        ),
        (
            {"statusCode": 200, "cookies": ["a=1; Path=/", "b=2"], "multiValueHeaders": {"X": ["1"]}},
            Response(200, (("set-cookie", "a=1; Path=/"), ("set-cookie", "b=2")), b""),
        ),
        (
            {"statusCode": 200, "headers": {"content-type": "image/png"}, "body": "AP8=", "isBase64Encoded": True},
            Response(200, (("content-type", "image/png"),), b"\x00\xff"),
        ),
    ],
)
def test_make_response_converts_every_supported_handler_result(returned: Any, response: Response) -> None:
    assert make_response(returned) == response


@pytest.mark.parametrize(
    ("returned", "reason"),
    [
        ({"statusCode": "many"}, "the handler's statusCode is 'many'"),
        ({"statusCode": 42}, "the handler's statusCode is 42"),
        ({"statusCode": 200, "body": {"a": 1}}, "the handler's body is dict, not a string"),
        (
            {"statusCode": 200, "body": "%%", "isBase64Encoded": True},
            "the handler's body is not base64, but isBase64Encoded is set",
        ),
        ({"a": object()}, "the handler's response is not JSON: Object of type object is not JSON serializable"),
    ],
)
def test_make_response_with_unusable_result_raises_with_reason(returned: Any, reason: str) -> None:
    with pytest.raises(InvalidHandlerResponse) as raised:
        make_response(returned)
    assert str(raised.value) == reason


def test_make_response_enforces_lambdas_payload_limit() -> None:
    envelope = len('{"statusCode": 200, "body": ""}')
    largest = {"statusCode": 200, "body": "x" * (PAYLOAD_LIMIT - envelope)}
    assert len(make_response(largest).body) == PAYLOAD_LIMIT - envelope
    with pytest.raises(InvalidHandlerResponse, match="6291557 bytes, Lambda returns at most 6291556"):
        make_response({**largest, "body": largest["body"] + "x"})  # type: ignore[operator]


def test_error_response_has_api_gateways_json_body() -> None:
    assert error_response(404, "Not Found") == Response(404, JSON, b'{"message":"Not Found"}')
