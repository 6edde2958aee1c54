"""What functions are granted is what they need: no more, no other secret."""

import os
from collections.abc import Iterator

import pytest

from infra import privileges, privileges_page
from shared import config, secrets
from tests import privileges as watching
from tests.api import Api
from tests.everyday import auth, certificates, content, courses, dashboards, enrollments, payments, reviews
from tests.everyday.world import EVERYDAY, World
from tests.shop import Shop

REGISTERED = (auth, certificates, content, courses, dashboards, enrollments, payments, reviews)

VALUES = {name for names in privileges.SECRETS.values() for name in names}


@pytest.fixture
def own_secrets(monkeypatch: pytest.MonkeyPatch, table: str) -> Iterator[None]:
    """Every function gets its secrets from the secret of its own, as in the cloud, and finds no other there."""
    values = {name: os.environ.get(name, "only behind CloudFront") for name in VALUES}
    for name in VALUES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LMS_SECRET_NAME", "of the function that asks")
    config.clear_cache()

    def stored(_name: str) -> dict[str, object]:
        function = watching.running()
        return {name: values[name] for name in privileges.SECRETS[function]} if function else dict(values)

    monkeypatch.setattr(secrets, "_stored_secrets", stored)
    yield
    config.clear_cache()


@pytest.mark.parametrize("route", EVERYDAY)
def test_every_route_answers_with_the_secrets_of_its_function_alone(
    route: str, request: pytest.FixtureRequest, own_secrets: None
) -> None:
    reply = EVERYDAY[route].prepare(World(request))()
    assert reply.status < 400, reply.text


def test_webhook_and_sweep_work_with_their_own_secrets(shop: Shop, student: Api, own_secrets: None) -> None:
    paid = shop.order(student)["order_id"]
    shop.pay(paid)
    assert {reply.status for reply in shop.deliver()} == {200}
    assert shop.states(student, paid) == ("captured", "active")
    shop.time.pass_time(minutes=40)
    assert "left" not in shop.sweep()


def test_only_the_dashboards_look_into_a_queue_and_they_only_count() -> None:
    assert privileges.QUEUES == {"dashboards": ("sqs:GetQueueAttributes",)}


def test_every_function_and_no_other_is_in_the_written_tables() -> None:
    functions = {privileges.function_name(module) for module in privileges.handler_modules()}
    assert set(privileges.GRANTS) == set(privileges.SECRETS) == functions


def test_no_action_is_granted_that_nobody_listed() -> None:
    allowed = {
        *("GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"),
        "ConditionCheckItem",
    }
    for function, grant in privileges.all_grants():
        scanning = {"Scan"} if function == "payments-invariants" else set()
        assert set(grant.actions) <= allowed | scanning, (function, grant)
        assert grant.partition.rstrip("*") or grant.actions == ("Scan",), (function, grant)


def test_the_webhook_reads_no_profile_and_nobody_but_auth_reads_sessions_or_addresses() -> None:
    read = {(function, grant.item) for function, grant in privileges.all_grants() if grant.partition == "USER#*"}
    assert ("payments-webhook", "PROFILE") not in read
    assert {function for function, item in read if item.startswith("SESSION")} == {"auth"}
    assert {function for function, grant in privileges.all_grants() if grant.partition == "EMAIL#*"} == {"auth"}


def test_the_books_can_only_be_read_by_who_checks_them() -> None:
    actions = {action for grant in privileges.GRANTS["payments-invariants"] for action in grant.actions}
    assert actions == {"Scan", "Query", "GetItem", "BatchGetItem"}


def test_the_page_shows_the_table_as_it_is() -> None:
    assert privileges_page.PAGE.read_text() == privileges_page.page(), "run python -m infra.privileges_page"
