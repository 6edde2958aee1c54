"""Validation of request bodies and list queries, with a schema that no product route uses."""

import json
from typing import Any

import pytest

from shared.http.app import App
from shared.http.request import Request
from shared.http.response import Response
from shared.http.route import Access
from shared.schemas import In, LongText, PageQuery, ShortText
from tests.unit.http.app_client import AppResponse, call


class PartIn(In):
    weight: int


class ThingIn(In):
    name: ShortText
    size: int
    ratio: float = 1.0
    open: bool = False
    note: LongText = ""
    part: PartIn | None = None


app = App("strict")


@app.route("POST", "/things", Access.ANYONE, body=ThingIn)
def create_thing(request: Request[ThingIn, None]) -> Response:
    return Response(request.body)


@app.route("GET", "/things", Access.ANYONE, query=PageQuery)
def list_things(request: Request[None, PageQuery]) -> Response:
    return Response(request.query)


def send(body: str | bytes) -> AppResponse:
    return call(app, "POST", "/things", body)


@pytest.mark.parametrize(
    ("changed", "loc"),
    [
        ({"size": "1"}, ["size"]),
        ({"size": 1.5}, ["size"]),
        ({"size": True}, ["size"]),
        ({"size": None}, ["size"]),
        ({"size": [1]}, ["size"]),
        ({"size": {"$gt": 0}}, ["size"]),
        ({"name": 7}, ["name"]),
        ({"name": ""}, ["name"]),
        ({"name": "  "}, ["name"]),
        ({"name": "x" * 121}, ["name"]),
        ({"name": "a\0b"}, ["name"]),
        ({"note": "\0"}, ["note"]),
        ({"open": "true"}, ["open"]),
        ({"open": 1}, ["open"]),
        ({"ratio": "1.0"}, ["ratio"]),
        ({"extra": 1}, ["extra"]),
        ({"__proto__": {}}, ["__proto__"]),
        ({"part": {"weight": "1"}}, ["part", "weight"]),
        ({"part": {"weight": 1, "role": "admin"}}, ["part", "role"]),
        ({"part": []}, ["part"]),
    ],
)
def test_body_value_of_wrong_type_returns_422_naming_the_field(changed: dict[str, Any], loc: list[str]) -> None:
    response = send(json.dumps({"name": "a", "size": 1, **changed}))
    assert (response.status, response.code) == (422, "invalid")
    assert response.headers["Content-Type"] == "application/problem+json"
    [error] = response.json["errors"]
    assert set(error) == {"loc", "msg", "type"}
    assert error["loc"] == ["body", *loc]
    assert response.json["detail"] == f"{'.'.join(loc)}: {error['msg']}"


def test_body_several_errors_lists_all_fields_and_no_values() -> None:
    response = send(json.dumps({"name": "hunter2" * 40, "size": "hunter2", "part": {"weight": "hunter2"}}))
    assert [error["loc"] for error in response.json["errors"]] == [
        ["body", "name"],
        ["body", "size"],
        ["body", "part", "weight"],
    ]
    assert "hunter2" not in response.body


def test_problem_document_has_rfc_9457_members_and_ours() -> None:
    problem = send("{}").json
    assert set(problem) == {"type", "title", "status", "detail", "code", "trace_id", "errors"}
    assert (problem["type"], problem["title"], problem["status"]) == (
        "/docs/errors#invalid",
        "Some values are invalid",
        422,
    )
    assert problem["trace_id"] == "req-1"


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "nonsense",
        '{"name": "a", "size": 1}}',
        '{"name": "a", "size": 01}',
        '{"name": "a", "size": 1,}',
        "{'name': 'a'}",
        '{"name": "\\ud800", "size": 1}',
        '{"name": "\\udc00\\ud800", "size": 1}',
        '{"name": "a\tb", "size": 1}',
        "[" * 10_000 + "]" * 10_000,
        '{"part":' * 10_000 + "1" + "}" * 10_000,
        '{"name": "\ud800", "size": 1}',
        b'{"name": "\xff", "size": 1}',
        b"\xff\xfe{\x00}\x00",
        b"\xef\xbb\xbf{}",
    ],
)
def test_body_malformed_json_returns_400(body: str | bytes) -> None:
    response = send(body)
    assert (response.status, response.code) == (400, "json_invalid")


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "1e5", "9" * 5_000])
def test_body_invalid_integer_returns_400_or_422(number: str) -> None:
    assert send(f'{{"name": "a", "size": {number}}}').status in (400, 422)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_body_non_finite_float_returns_400_or_422(number: str) -> None:
    assert send(f'{{"name": "a", "size": 1, "ratio": {number}}}').status in (400, 422)


@pytest.mark.parametrize("body", ["[]", '"text"', "1", "null", "true", "[{}]"])
def test_body_json_other_than_object_returns_422(body: str) -> None:
    assert (send(body).status, send(body).code) == (422, "invalid")


def test_body_duplicate_key_last_value_wins() -> None:
    assert send('{"name": "a", "size": 1, "size": 2}').json["size"] == 2
    assert send('{"name": "a", "size": 1, "size": "2"}').status == 422


def test_body_of_one_megabyte_returns_413() -> None:
    response = send('{"name": "' + "x" * 1_048_576 + '", "size": 1}')
    assert (response.status, response.code) == (413, "body_too_large")


def test_body_text_is_stripped_and_any_script_is_accepted() -> None:
    response = send(json.dumps({"name": "  राग 🎵 é\u202e ", "size": 1, "note": " a\r\nb "}, ensure_ascii=False))
    assert (response.json["name"], response.json["note"]) == ("राग 🎵 é\u202e", "a\r\nb")


@pytest.mark.parametrize(
    "query",
    [
        *("limit=0", "limit=101", "limit=-1", "limit=x", "limit=", "limit=1.5", "limit=1&limit=x"),
        *("page=2", "cursor=" + "x" * 2_001),
    ],
)
def test_page_query_out_of_range_returns_422(query: str) -> None:
    assert call(app, "GET", query=query).status == 422


def test_page_query_numeric_text_is_converted_to_int() -> None:
    assert call(app, "GET", query="limit=100").json == {"limit": 100, "cursor": None}
    assert call(app, "GET", query="limit=7&limit=9").json["limit"] == 9
