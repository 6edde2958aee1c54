"""Health, readiness, the OpenAPI document and the documentation pages."""

import base64
import hashlib
import re

import pytest
from openapi_spec_validator import validate

from cli._openapi.error_classes import all_error_classes
from shared.version import VERSION
from tests.conftest import reset_settings
from tests.fixtures.api import Api
from tests.fixtures.roundtrips import recorded_roundtrips


def test_health_returns_ok_without_dynamodb_calls(anonymous: Api) -> None:
    with recorded_roundtrips() as calls:
        reply = anonymous.get("/api/health")
    assert (reply.status, reply.json) == (200, {"status": "ok", "version": VERSION})
    assert calls.calls == []


def test_health_ready_makes_one_read_and_returns_ready(anonymous: Api) -> None:
    with recorded_roundtrips() as calls:
        reply = anonymous.get("/api/health/ready")
    assert (reply.status, reply.json) == (200, {"status": "ready"})
    assert calls.operations == ["GetItem"]
    assert reply.headers["Cache-Control"] == "no-store"


def test_health_ready_without_table_returns_503_and_health_stays_200(
    anonymous: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LMS_TABLE_NAME", "elsewhere")
    reset_settings()
    reply = anonymous.get("/api/health/ready")
    assert (reply.status, reply.code, reply.json["detail"]) == (503, "not_ready", "the table does not respond")
    assert reply.headers["Retry-After"] == "2"
    assert anonymous.get("/api/health").status == 200


def test_health_ready_without_secret_returns_503_without_naming_it(
    anonymous: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LMS_CURSOR_KEY", "")
    reply = anonymous.get("/api/health/ready")
    assert (reply.status, reply.json["detail"]) == (503, "a secret is missing")
    assert "LMS_" not in reply.text


def test_openapi_document_is_valid_and_revalidates_by_etag(anonymous: Api) -> None:
    reply = anonymous.get("/api/openapi.json")
    assert (reply.status, reply.headers["Content-Type"]) == (200, "application/json")
    validate(reply.json)
    again = anonymous.get("/api/openapi.json", headers={"If-None-Match": reply.headers["ETag"]})
    assert (again.status, again.text) == (304, "")


def test_api_docs_page_is_self_contained_and_csp_allows_only_its_scripts(anonymous: Api) -> None:
    reply = anonymous.get("/api/docs")
    assert (reply.status, reply.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert not re.search(r"(src|href)=[\"'](https?:)?//", reply.text)
    policy = reply.headers["Content-Security-Policy"]
    for name in ("script", "style"):
        [inline] = re.findall(rf"<{name}>(.*?)</{name}>", reply.text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()
        assert f"{name}-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy


def test_error_docs_page_has_an_anchor_for_every_code_and_no_script(anonymous: Api) -> None:
    reply = anonymous.get("/docs/errors")
    assert (reply.status, reply.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    anchors = re.findall(r'<section id="(\w+)">', reply.text)
    assert sorted(anchors) == sorted(error.code for error in all_error_classes())
    assert "<script" not in reply.text
    assert not re.search(r"(src|href)=[\"'](https?:)?//", reply.text)
    [style] = re.findall(r"<style>(.*?)</style>", reply.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = reply.headers["Content-Security-Policy"]
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}';")
    again = anonymous.get("/docs/errors", headers={"If-None-Match": reply.headers["ETag"]})
    assert (again.status, again.text) == (304, "")


def test_problem_type_is_the_url_of_an_anchor(anonymous: Api) -> None:
    problem = anonymous.get("/api/courses/crs_unknown")
    path, _, anchor = problem.json["type"].partition("#")
    assert (path, anchor) == ("/docs/errors", "course_not_found")
    assert f'<section id="{anchor}">' in anonymous.get(path).text


def test_error_docs_links_open_operations_of_the_api_docs(anonymous: Api) -> None:
    document = anonymous.get("/api/openapi.json").json
    operations = {operation["operationId"] for path in document["paths"].values() for operation in path.values()}
    linked = re.findall(r'href="/api/docs#(\w+)"', anonymous.get("/docs/errors").text)
    assert linked
    assert set(linked) <= operations


def test_unknown_path_and_method_return_problem_documents(anonymous: Api) -> None:
    reply = anonymous.get("/api/nothing")
    assert (reply.status, reply.code, reply.headers["Content-Type"]) == (404, "not_found", "application/problem+json")
    reply = anonymous.post("/api/health")
    assert (reply.status, reply.code, reply.headers["Allow"]) == (405, "method_not_allowed", "GET")
