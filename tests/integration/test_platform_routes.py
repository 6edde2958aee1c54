"""Health, the API document and the API page."""

import base64
import hashlib
import re

import pytest
from openapi_spec_validator import validate

from tests.api import Api
from tests.conftest import fresh_settings
from tests.roundtrips import roundtrips


def test_health_asks_nothing(anyone: Api) -> None:
    with roundtrips() as calls:
        reply = anyone.get("/api/health")
    assert (reply.status, reply.json) == (200, {"status": "ok"})
    assert calls.calls == []


def test_ready_reads_once(anyone: Api) -> None:
    with roundtrips() as calls:
        reply = anyone.get("/api/health/ready")
    assert (reply.status, reply.json) == (200, {"status": "ready"})
    assert calls.operations == ["GetItem"]
    assert reply.headers["Cache-Control"] == "no-store"


def test_not_ready_without_the_table(anyone: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LMS_TABLE_NAME", "elsewhere")
    fresh_settings()
    reply = anyone.get("/api/health/ready")
    assert (reply.status, reply.code, reply.json["detail"]) == (503, "not_ready", "the table does not answer")
    assert reply.headers["Retry-After"] == "2"
    assert anyone.get("/api/health").status == 200


def test_not_ready_without_secrets_and_no_secret_is_named(anyone: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LMS_CURSOR_KEY", "")
    reply = anyone.get("/api/health/ready")
    assert (reply.status, reply.json["detail"]) == (503, "a secret is missing")
    assert "LMS_" not in reply.text


def test_the_document_is_served_and_cached(anyone: Api) -> None:
    reply = anyone.get("/api/openapi.json")
    assert (reply.status, reply.headers["Content-Type"]) == (200, "application/json")
    validate(reply.json)
    again = anyone.get("/api/openapi.json", headers={"If-None-Match": reply.headers["ETag"]})
    assert (again.status, again.text) == (304, "")


def test_the_page_is_one_file_that_runs_only_its_own_code(anyone: Api) -> None:
    reply = anyone.get("/api/docs")
    assert (reply.status, reply.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert not re.search(r"(src|href)=[\"'](https?:)?//", reply.text)
    policy = reply.headers["Content-Security-Policy"]
    for name in ("script", "style"):
        [inline] = re.findall(rf"<{name}>(.*?)</{name}>", reply.text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()
        assert f"{name}-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy


def test_unknown_paths_and_methods_are_problems(anyone: Api) -> None:
    reply = anyone.get("/api/nothing")
    assert (reply.status, reply.code, reply.headers["Content-Type"]) == (404, "not_found", "application/problem+json")
    reply = anyone.post("/api/health")
    assert (reply.status, reply.code, reply.headers["Allow"]) == (405, "method_not_allowed", "GET")
