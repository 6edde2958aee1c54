"""How many calls to DynamoDB the normal call of each route makes, and what it writes: docs/roundtrips.md, measured.

`LMS_UPDATE_DOCS=1` rewrites the document instead of comparing it."""

import os
from importlib import import_module

import pytest

from functions import manifest
from shared.http.route import Route
from tests.fixtures.roundtrips import recorded_roundtrips
from tests.integration.happy_paths import (
    auth,
    certificates,
    content,
    courses,
    dashboards,
    enrollments,
    payments,
    reviews,
)
from tests.integration.happy_paths.registry import HAPPY_PATHS, RouteContext
from tests.integration.happy_paths.roundtrips_page import RouteCost, document_rows, save_row

REGISTERED = (auth, certificates, content, courses, dashboards, enrollments, payments, reviews)
ROUTES: dict[str, Route] = {route.key: route for name in manifest.HTTP for route in import_module(name).app.routes}
UPDATE_DOCS = bool(os.environ.get("LMS_UPDATE_DOCS"))


@pytest.mark.parametrize("key", ROUTES)
def test_happy_path_makes_documented_dynamodb_calls(key: str, request: pytest.FixtureRequest, table: str) -> None:
    assert key in HAPPY_PATHS, f"write down the normal call of {key} in tests/integration/happy_paths"
    expected = HAPPY_PATHS[key]
    call = expected.prepare(RouteContext(request))
    with recorded_roundtrips() as seen:
        reply = call()
    assert reply.status == ROUTES[key].status, reply.text
    assert seen.operations == list(expected.operations)
    row = RouteCost.measured(key, seen)
    if UPDATE_DOCS:
        save_row(row, list(ROUTES))
    else:
        assert document_rows()[key] == row


@pytest.mark.skipif(UPDATE_DOCS, reason="the document is being written")
def test_documented_routes_equal_existing_routes() -> None:
    assert set(HAPPY_PATHS) == set(ROUTES)
    assert list(document_rows()) == list(ROUTES)
