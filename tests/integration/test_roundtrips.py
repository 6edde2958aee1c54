"""How many calls to DynamoDB the normal call of each route makes, and what it writes: docs/roundtrips.md, measured.

`LMS_UPDATE_DOCS=1` writes the document anew instead of comparing it."""

import os
from importlib import import_module

import pytest

from functions import manifest
from shared.http.route import Route
from tests.everyday import auth, certificates, content, courses, dashboards, enrollments, payments, reviews
from tests.everyday.table import Row, document_rows, keep
from tests.everyday.world import EVERYDAY, World
from tests.roundtrips import roundtrips

REGISTERED = (auth, certificates, content, courses, dashboards, enrollments, payments, reviews)
ROUTES: dict[str, Route] = {route.key: route for name in manifest.HTTP for route in import_module(name).app.routes}
UPDATING = bool(os.environ.get("LMS_UPDATE_DOCS"))


@pytest.mark.parametrize("key", ROUTES)
def test_the_normal_call_makes_the_calls_it_promises(key: str, request: pytest.FixtureRequest, table: str) -> None:
    assert key in EVERYDAY, f"write down the normal call of {key} in tests/everyday"
    expected = EVERYDAY[key]
    call = expected.prepare(World(request))
    with roundtrips() as seen:
        reply = call()
    assert reply.status == ROUTES[key].status, reply.text
    assert seen.operations == list(expected.operations)
    row = Row.measured(key, seen)
    if UPDATING:
        keep(row, list(ROUTES))
    else:
        assert document_rows()[key] == row


@pytest.mark.skipif(UPDATING, reason="the document is being written")
def test_nothing_is_promised_for_routes_that_are_gone() -> None:
    assert set(EVERYDAY) == set(ROUTES)
    assert list(document_rows()) == list(ROUTES)
