"""The API documentation: the OpenAPI document, an interactive reference page, and a page with all error codes.

Each page is one HTML file with its script and style, and loads nothing from other hosts.
"""

import base64
import hashlib
import json
import re
from collections import defaultdict
from functools import cache
from html import escape
from http import HTTPStatus
from itertools import groupby
from pathlib import Path
from typing import Any, Final, NamedTuple

from shared.http.route import path_pattern

_FOLDER: Final = Path(__file__).parent
_MAX_LINKS: Final = 8
"""The number of links per error: if more routes return it, the page shows their number instead."""


class HtmlPage(NamedTuple):
    """`content_security_policy` is the header that allows only the page's own script and style, and calls to its own
    origin."""

    html: str
    content_security_policy: str


class Operation(NamedTuple):
    """`key` as API Gateway writes it (`GET /api/courses`); `operation_id` is the anchor on the reference page."""

    key: str
    operation_id: str


@cache
def openapi_json() -> str:
    """The JSON document that `python -m cli openapi` wrote."""
    return (_FOLDER / "openapi.json").read_text()


def allowed_methods(path: str) -> list[str]:
    """The methods that any function serves at `path`, so that the default route can answer 405 instead of 404."""
    return [method for pattern, methods in _methods_by_path() if pattern.fullmatch(path) for method in methods]


@cache
def reference_page() -> HtmlPage:
    """The page of all routes, which a script renders from the OpenAPI document."""
    script, style = _read("page.js"), _read("base.css") + _read("page.css")
    html = _read("page.html").replace("/*page.css*/", style).replace("/*page.js*/", script)
    return HtmlPage(html, _security_policy(f"script-src '{_digest(script)}'; style-src '{_digest(style)}'"))


@cache
def errors_page() -> HtmlPage:
    """The page of all error codes, with an anchor per code: the target of `type` in a problem document."""
    style = _read("base.css") + _read("errors.css")
    html = _read("errors.html").replace("/*errors.css*/", style).replace("<!--errors-->", _error_sections())
    return HtmlPage(html, _security_policy(f"style-src '{_digest(style)}'"))


@cache
def _document() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(openapi_json())
    return document


@cache
def _methods_by_path() -> list[tuple[re.Pattern[str], list[str]]]:
    paths = _document()["paths"]
    return [(path_pattern(path), [method.upper() for method in methods]) for path, methods in paths.items()]


def _read(name: str) -> str:
    return (_FOLDER / "docs" / name).read_text()


def _error_sections() -> str:
    operations = _operations_by_code()
    by_status = sorted(_document()["x-errors"].items(), key=lambda item: (item[1]["status"], item[0]))
    parts: list[str] = []
    for status, group in groupby(by_status, key=lambda item: int(item[1]["status"])):
        parts.append(f"<h2>{status} {HTTPStatus(status).phrase}</h2>")
        parts += [_error_section(code, error["title"], operations.get(code, [])) for code, error in group]
    return "\n".join(parts)


def _error_section(code: str, title: str, operations: list[Operation]) -> str:
    if len(operations) > _MAX_LINKS:
        returned_by = f"{len(operations)} routes"
    else:
        returned_by = ", ".join(map(_operation_link, operations))
    footer = f'<p class="quiet">Returned by {returned_by}.</p>' if operations else ""
    heading = f"<h3><code>{escape(code)}</code></h3>"
    return f'<section id="{escape(code)}">{heading}<p>{escape(title)}.</p>{footer}</section>'


def _operation_link(operation: Operation) -> str:
    return f'<a href="/api/docs#{escape(operation.operation_id)}">{escape(operation.key)}</a>'


def _operations_by_code() -> dict[str, list[Operation]]:
    """The operations that declare each code. Codes that every operation can return are not included."""
    found: defaultdict[str, list[Operation]] = defaultdict(list)
    for path, methods in _document()["paths"].items():
        for method, operation in methods.items():
            for code in _declared_codes(operation["responses"]):
                found[code].append(Operation(f"{method.upper()} {path}", operation["operationId"]))
    return found


def _declared_codes(responses: dict[str, Any]) -> list[str]:
    declared = [response for status, response in responses.items() if status != "default"]
    contents = [response.get("content", {}).get("application/problem+json", {}) for response in declared]
    schemas = [part for content in contents for part in content.get("schema", {}).get("allOf", [])]
    return [code for schema in schemas for code in schema.get("properties", {}).get("code", {}).get("enum", [])]


def _security_policy(sources: str) -> str:
    closed = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    return f"default-src 'none'; {sources}; connect-src 'self'; {closed}"


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
