"""Measures the DynamoDB calls and write units of the normal call of each route, and compares docs/roundtrips.md.

With `LMS_UPDATE_DOCS=1` the test writes the document instead."""

import os
from importlib import import_module

import pytest

from functions import manifest
from shared.http.route import Route
from tests.fixtures.roundtrips import recorded_roundtrips
from tests.integration.happy_paths.all_routes import HAPPY_PATHS
from tests.integration.happy_paths.registry import RouteContext
from tests.integration.happy_paths.roundtrips_page import RouteCost, document_rows, save_row

ROUTES: dict[str, Route] = {route.key: route for name in manifest.HTTP for route in import_module(name).app.routes}
UPDATE_DOCS = bool(os.environ.get("LMS_UPDATE_DOCS"))


@pytest.mark.parametrize("key", ROUTES)
def test_happy_path_makes_documented_dynamodb_calls(key: str, request: pytest.FixtureRequest, table: str) -> None:
    assert key in HAPPY_PATHS, f"register the normal call of {key} in tests/integration/happy_paths"
    expected = HAPPY_PATHS[key]
    call = expected.prepare(RouteContext(request))
    with recorded_roundtrips() as recorded:
        reply = call()
    route = ROUTES[key]
    assert reply.status in {route.status, *([200] if route.response_200 else [])}, reply.text
    assert recorded.operations == list(expected.operations)
    row = RouteCost.from_recording(key, recorded)
    if UPDATE_DOCS:
        save_row(row, list(ROUTES))
    else:
        assert document_rows()[key] == row


@pytest.mark.skipif(UPDATE_DOCS, reason="the document is being written")
def test_documented_routes_equal_existing_routes() -> None:
    assert set(HAPPY_PATHS) == set(ROUTES)
    assert list(document_rows()) == list(ROUTES)
