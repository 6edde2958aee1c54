"""The OpenAPI document of all functions."""

import json
from importlib import import_module
from typing import Any

import pytest
from openapi_spec_validator import validate

from cli import openapi
from functions import manifest
from shared.domain.lifecycle import Role
from shared.http.route import Access, Route

ROUTES: list[Route] = [route for name in manifest.HTTP for route in import_module(name).app.routes]


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return openapi.build_document()


def operation(document: dict[str, Any], route: Route) -> dict[str, Any]:
    return dict(document["paths"][route.path][route.method.lower()])


def test_openapi_document_is_valid_version_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    validate(document)


def test_openapi_served_file_matches_generated_text() -> None:
    assert openapi.DOCUMENT.read_text() == openapi.render_document(), "run python -m cli openapi"


def test_openapi_document_lists_exactly_the_routes_of_all_functions(document: dict[str, Any]) -> None:
    documented = {f"{method.upper()} {path}" for path, methods in document["paths"].items() for method in methods}
    assert documented == {route.key for route in ROUTES}
    assert len(ROUTES) == len(documented)


def test_openapi_operation_ids_and_schema_names_are_unique(document: dict[str, Any]) -> None:
    operations = [each["operationId"] for methods in document["paths"].values() for each in methods.values()]
    assert len(operations) == len(set(operations))
    # pydantic tells models of one name apart by their modules: functions__auth__schemas__UserOut
    assert [name for name in document["components"]["schemas"] if "__" in name.strip("_").replace("Out_", "")] == []


def test_openapi_schema_references_match_component_schemas(document: dict[str, Any]) -> None:
    text = json.dumps(document)
    used = {part.partition('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert used == document["components"]["schemas"].keys()


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.key)
def test_openapi_operation_states_access_errors_and_parameters(document: dict[str, Any], route: Route) -> None:
    told = operation(document, route)
    codes = {
        code
        for response in told["responses"].values()
        for part in response.get("content", {}).get("application/problem+json", {}).get("schema", {}).get("allOf", [])
        for code in part.get("properties", {}).get("code", {}).get("enum", [])
    }
    assert {refusal.code for refusal in route.errors} <= codes
    assert ("unauthenticated" in codes) is (route.access is not Access.ANYONE)
    few = route.access.needs_token and route.access is not Access.SIGNED_IN
    assert "forbidden" in codes or not few
    assert told["summary"]
    assert told["x-access"] == (
        ["anyone"] if not route.access.needs_token else sorted(r.value for r in Role if r in route.access.value)
    )
    assert str(route.status) in told["responses"]
    names = [each["name"] for each in told.get("parameters", []) if each["in"] == "path"]
    assert [f"{{{name}}}" for name in names] == [part for part in route.path.split("/") if part.startswith("{")]
    assert ("requestBody" in told) is (route.body is not None or route.media_type != "application/json")
    assert ("Idempotency-Key" in json.dumps(told.get("parameters", []))) is route.creates


def test_error_code_has_one_status_in_all_routes() -> None:
    statuses: dict[str, set[int]] = {}
    for route in ROUTES:
        for refusal in route.errors:
            statuses.setdefault(refusal.code, set()).add(refusal.status)
    assert {code: told for code, told in statuses.items() if len(told) > 1} == {}
