"""Each function's role grants exactly the calls and secrets that the function uses."""

import os
from collections.abc import Iterator

import pytest

from functions import manifest
from functions.payments import reconcile_handler
from infra import privileges, privileges_page
from shared import config, secrets
from tests.fixtures import table_call_recorder
from tests.fixtures.api import Api
from tests.fixtures.fake_aws import fake_account, put_secret
from tests.fixtures.storefront import Storefront
from tests.integration.happy_paths.all_routes import HAPPY_PATHS
from tests.integration.happy_paths.registry import RouteContext

SECRET_NAMES = {name for names in privileges.SECRETS.values() for name in names}


@pytest.fixture(scope="module")
def stored_secrets() -> Iterator[None]:
    """A fake Secrets Manager with the secret of each function, and one with all values for the tests' own calls."""
    values = {name: os.environ.get(name, "set only with CloudFront") for name in SECRET_NAMES}
    with fake_account():
        for function, names in privileges.SECRETS.items():
            put_secret(secret_name(function), {name: values[name] for name in names})
        put_secret(secret_name(None), values)
        yield


def secret_name(function: str | None) -> str:
    return f"lectern/test/{function or 'all'}"


@pytest.fixture
def function_secrets_only(stored_secrets: None, table: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each function reads only its own secret, as in a deployment. The environment contains no secret."""
    for name in SECRET_NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LMS_SECRET_NAME", secret_name(None))
    config.clear_cache()
    # In the cloud each function has its own LMS_SECRET_NAME. Here all of them run in one process.
    read = secrets._stored_secrets
    monkeypatch.setattr(
        secrets, "_stored_secrets", lambda _name: read(secret_name(table_call_recorder.current_function()))
    )
    yield
    config.clear_cache()


@pytest.mark.parametrize("route", HAPPY_PATHS)
def test_every_route_succeeds_with_only_its_functions_secrets(
    route: str, request: pytest.FixtureRequest, function_secrets_only: None
) -> None:
    reply = HAPPY_PATHS[route].prepare(RouteContext(request))()
    assert reply.status < 400, reply.text


def test_webhook_and_sweep_succeed_with_only_their_own_secrets(
    shop: Storefront, student: Api, function_secrets_only: None
) -> None:
    paid = shop.create_order(student)["order_id"]
    shop.pay(paid)
    assert {reply.status for reply in shop.deliver()} == {200}
    assert shop.states(student, paid) == ("captured", "active")
    shop.clock.advance(minutes=40)
    assert "deferred" not in shop.sweep()


def test_reconciliation_succeeds_with_only_its_own_secrets(
    shop: Storefront, student: Api, function_secrets_only: None
) -> None:
    paid = shop.create_order(student)["order_id"]
    shop.pay(paid)
    shop.clock.advance(minutes=6)
    assert reconcile_handler.lambda_handler({}, None)["hourly"]["healed"] == 1
    assert shop.states(student, paid) == ("captured", "active")


def test_queue_privileges_allow_dashboards_only_get_queue_attributes() -> None:
    assert privileges.QUEUES == {"dashboards": ("sqs:GetQueueAttributes",)}


def test_privilege_tables_list_exactly_the_deployed_functions() -> None:
    functions = {manifest.function_name(module) for module in privileges.handler_modules()}
    assert set(privileges.GRANTS) == set(privileges.SECRETS) == functions


def test_table_privileges_grant_only_allowed_actions() -> None:
    allowed = {
        *("GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"),
        "ConditionCheckItem",
    }
    for function, grant in privileges.all_grants():
        scanning = {"Scan"} if function == "payments-invariants" else set()
        assert set(grant.actions) <= allowed | scanning, (function, grant)
        assert grant.partition.rstrip("*") or grant.actions == ("Scan",), (function, grant)


def test_webhook_cannot_read_profiles_and_only_auth_reads_sessions_and_emails() -> None:
    """The webhook only checks that the payer of an adopted order exists."""
    granted = {
        (function, grant.item, action)
        for function, grant in privileges.all_grants()
        for action in grant.actions
        if grant.partition == "USER#*"
    }
    assert ("payments", "PROFILE", "GetItem") in granted
    of_webhook = {action for function, item, action in granted if (function, item) == ("payments-webhook", "PROFILE")}
    assert of_webhook == {"ConditionCheckItem"}
    assert {function for function, item, _ in granted if item.startswith("SESSION")} == {"auth"}
    assert {function for function, grant in privileges.all_grants() if grant.partition == "EMAIL#*"} == {"auth"}


def test_invariants_function_may_update_marks_of_examinations_only() -> None:
    grants = privileges.GRANTS["payments-invariants"]
    actions = {action for grant in grants for action in grant.actions}
    assert actions == {"Scan", "Query", "GetItem", "BatchGetItem", "UpdateItem"}
    assert {(grant.partition, grant.item) for grant in grants if "UpdateItem" in grant.actions} == {
        ("USER#*", "EXAMINATION#*"),
        ("PAYMENT#*", "EXAMINATION"),
        ("EXAMINATION", "PASS"),
        ("WEBHOOK#*", "EVENT"),
    }


def test_privileges_page_matches_the_privilege_tables() -> None:
    assert privileges_page.PAGE.read_text() == privileges_page.page(), "run python -m infra.privileges_page"
