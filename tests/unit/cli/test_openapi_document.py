"""The OpenAPI document of all functions."""

import json
import re
from importlib import import_module
from typing import Any

import pytest
from openapi_spec_validator import validate

from cli import openapi
from cli._openapi.error_classes import all_error_classes
from cli._openapi.schemas import SchemaRegistry, component_name
from functions import manifest
from shared.domain.lifecycle import Role
from shared.http.route import Access, Route
from shared.schemas import Out

VERBS = {
    *("get", "list", "create", "update", "delete"),
    *("register", "login", "logout", "refresh", "change", "publish", "unpublish", "moderate", "withdraw"),
    *("grant", "revoke", "verify", "accept", "refund", "receive", "poll", "decide"),
}
"""The first word of an operation id: create, read, update or delete, or the verb of a state change."""

ROUTES: list[Route] = [route for name in manifest.HTTP for route in import_module(name).app.routes]


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return openapi.build_document()


def operation_ids(document: dict[str, Any]) -> list[str]:
    return [operation["operationId"] for methods in document["paths"].values() for operation in methods.values()]


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


@pytest.mark.parametrize(
    ("path", "method", "schemas"),
    [
        ("/api/payments/create-order", "post", {"200": {"Order", "FreeActivation"}, "201": {"Order"}}),
        ("/api/enrollments", "post", {"200": {"EnrollmentWithNextStep"}, "201": {"EnrollmentWithNextStep"}}),
        ("/api/courses/{course_id}/reviews/my", "put", {"200": {"Review"}, "201": {"Review"}}),
    ],
)
def test_openapi_operation_that_creates_or_finds_documents_201_and_200(
    document: dict[str, Any], path: str, method: str, schemas: dict[str, set[str]]
) -> None:
    responses = document["paths"][path][method]["responses"]
    found = {
        status: set(re.findall(r"#/components/schemas/(\w+)", json.dumps(response)))
        for status, response in responses.items()
        if status.startswith("2")
    }
    assert found == schemas


def test_openapi_operation_ids_and_schema_names_are_unique(document: dict[str, Any]) -> None:
    operations = operation_ids(document)
    assert len(operations) == len(set(operations))
    assert [name for name in document["components"]["schemas"] if not re.fullmatch(r"([A-Z][a-z0-9]*)+", name)] == []


def test_openapi_operation_id_is_verb_and_noun_of_the_endpoint(document: dict[str, Any]) -> None:
    assert sorted(operation_ids(document)) == sorted(route.endpoint.__name__ for route in ROUTES)
    assert [name for name in operation_ids(document) if not re.fullmatch(r"[a-z]+(_[a-z]+)+", name)] == []
    assert {name.partition("_")[0] for name in operation_ids(document)} <= VERBS


@pytest.mark.parametrize(
    ("definition", "name"),
    [
        ("CourseOut", "Course"),
        ("CourseIn", "CourseIn"),
        ("PageOut_CourseOut_", "CoursePage"),
        ("PageOut_Role_", "RolePage"),
        ("CataloguePage", "CataloguePage"),
        ("InstructorDashboardOut", "InstructorDashboard"),
        ("Money", "Money"),
    ],
)
def test_component_name_is_the_resource(definition: str, name: str) -> None:
    assert component_name(definition) == name


def test_openapi_schemas_are_named_after_the_resource(document: dict[str, Any]) -> None:
    names = document["components"]["schemas"]
    assert {"Course", "CoursePage", "InstructorDashboard", "Problem"} <= set(names)
    assert [name for name in names if name.endswith("Out")] == []
    assert {name: schema["title"] for name, schema in names.items() if schema.get("title", name) != name} == {}


def test_schema_registry_two_schemas_with_one_name_raises_value_error() -> None:
    class Thing(Out):
        size: int

    class ThingOut(Out):
        thing: Thing

    route = Route("GET", "/things", Access.ANYONE, lambda _: None, response=ThingOut)
    with pytest.raises(ValueError, match="not unique: Thing"):
        SchemaRegistry([route])


def test_openapi_schema_references_match_component_schemas(document: dict[str, Any]) -> None:
    text = json.dumps(document)
    used = {part.partition('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert used == document["components"]["schemas"].keys()


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.key)
def test_openapi_operation_states_access_errors_and_parameters(document: dict[str, Any], route: Route) -> None:
    documented = operation(document, route)
    codes = {
        code
        for response in documented["responses"].values()
        for part in response.get("content", {}).get("application/problem+json", {}).get("schema", {}).get("allOf", [])
        for code in part.get("properties", {}).get("code", {}).get("enum", [])
    }
    assert {error.code for error in route.errors} <= codes
    assert ("unauthenticated" in codes) is (route.access is not Access.ANYONE)
    needs_role = route.access.needs_token and route.access is not Access.SIGNED_IN
    assert "forbidden" in codes or not needs_role
    assert documented["summary"]
    assert documented["x-access"] == (
        ["anyone"] if not route.access.needs_token else sorted(r.value for r in Role if r in route.access.value)
    )
    assert str(route.status) in documented["responses"]
    names = [parameter["name"] for parameter in documented.get("parameters", []) if parameter["in"] == "path"]
    assert [f"{{{name}}}" for name in names] == [part for part in route.path.split("/") if part.startswith("{")]
    assert ("requestBody" in documented) is (route.body is not None or route.media_type != "application/json")
    assert ("Idempotency-Key" in json.dumps(documented.get("parameters", []))) is route.creates


def test_openapi_error_catalogue_lists_every_error_class(document: dict[str, Any]) -> None:
    classes = {error.code: {"status": error.status, "title": error.title} for error in all_error_classes()}
    assert document["x-errors"] == classes
    assert document["x-errors"]["course_not_found"] == {
        "status": 404,
        "title": "Course not found, or not available to you",
    }
