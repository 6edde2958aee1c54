"""Parsing of an API Gateway event into a request."""

import base64
from typing import Any

import pytest

from shared.errors import BadRequest
from shared.http.request import parse_event


def body_of(**event: Any) -> bytes:
    return parse_event(event).body


def test_request_body_plain_or_base64_yields_sent_bytes() -> None:
    all_bytes = bytes(range(256))
    assert body_of(body=base64.b64encode(all_bytes).decode(), isBase64Encoded=True) == all_bytes
    assert body_of(body="é€", isBase64Encoded=False) == "é€".encode()
    assert body_of(body="\udcff") == b"\xed\xb3\xbf"
    assert body_of(body=None) == body_of() == body_of(body="", isBase64Encoded=True) == b""


@pytest.mark.parametrize("body", ["not base64!", "YQ", "YQ=", "YQ==\n", "Y Q==", "é", "YQ==YQ==="])
def test_request_body_invalid_base64_raises_bad_request_on_access(body: str) -> None:
    incoming = parse_event({"body": body, "isBase64Encoded": True})
    with pytest.raises(BadRequest, match="not valid base64"):
        _ = incoming.body


def test_request_header_names_and_media_type_are_lower_case() -> None:
    incoming = parse_event({"headers": {"Content-Type": " Application/JSON ; charset=utf-8", "X-THING": "A"}})
    assert incoming.headers["x-thing"] == "A"
    assert incoming.media_type == "application/json"
    assert parse_event({}).media_type == ""


@pytest.mark.parametrize(
    "event",
    [
        {"cookies": ["a=1", "b=2=3", "c="]},
        {"headers": {"Cookie": "a=1; b=2=3; c="}},
        {"cookies": [], "headers": {"cookie": "a=1;b=2=3;c=;"}},
        {"cookies": ["a=1", "b=2=3", "c=", "=9", ""], "headers": {"cookie": "d=4"}},
    ],
)
def test_request_cookies_are_read_from_event_or_header(event: dict[str, Any]) -> None:
    assert parse_event(event).cookies == {"a": "1", "b": "2=3", "c": ""}


@pytest.mark.parametrize(
    ("raw", "parsed"),
    [
        ("", {}),
        ("a=1&b=2", {"a": "1", "b": "2"}),
        ("a=1&a=2&a=3", {"a": "3"}),
        ("a=x%20y+z%26%3D", {"a": "x y z&="}),
        ("a=%C3%A9&%C3%A9=1", {"a": "é", "é": "1"}),
        ("a=%ff%00", {"a": "\ufffd\0"}),
        ("a=%zz&b=%", {"a": "%zz", "b": "%"}),
        ("a&b=&=c", {"a": "", "b": "", "": "c"}),
        ("a=1;b=2", {"a": "1;b=2"}),
    ],
)
def test_request_query_is_unescaped_and_last_value_wins(raw: str, parsed: dict[str, str]) -> None:
    assert parse_event({"rawQueryString": raw}).query == parsed


def test_request_empty_event_is_get_of_root_path() -> None:
    incoming = parse_event({})
    assert (incoming.method, incoming.path, incoming.request_id, incoming.source_ip) == ("GET", "/", "-", "")
    empty = parse_event(
        {"headers": None, "cookies": None, "requestContext": None, "rawPath": "", "rawQueryString": None}
    )
    assert (empty.path, empty.query, empty.cookies, empty.headers) == ("/", {}, {}, {})


def test_request_repr_omits_event() -> None:
    assert "hunter2" not in repr(parse_event({"body": "hunter2", "headers": {}}))
