"""The hourly check emits what waits for an admin."""

import pytest

from functions.payments import invariants_handler
from tests.fixtures.api import Api
from tests.fixtures.corruption import spoil
from tests.fixtures.emitted_metrics import emitted_metrics
from tests.fixtures.storefront import Storefront
from tests.protocol.learner_requests.request_actions import ask, listing_of, withdraw


def test_invariants_handler_emits_the_open_requests_and_the_age_of_the_oldest(
    shop: Storefront, student: Api, paid_order_id: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert request_metrics(capsys) == (0, 0)
    ask(student, paid_order_id)
    shop.clock.advance(hours=73)
    assert request_metrics(capsys) == (1, 73)
    withdraw(student, paid_order_id)
    assert request_metrics(capsys) == (0, 0)


def test_unreadable_listing_of_a_request_is_counted_and_hides_no_other(
    shop: Storefront, student: Api, paid_order_id: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ask(student, paid_order_id)
    spoil(listing_of(paid_order_id), "requested_at")
    assert request_metrics(capsys) == (1, 0)


def request_metrics(capsys: pytest.CaptureFixture[str]) -> tuple[int, int]:
    """(`learner_requests_open`, `oldest_learner_request_hours`), as the hourly check emits them now."""
    emitted_metrics(capsys)
    invariants_handler.lambda_handler({}, None)
    metrics = emitted_metrics(capsys)
    return metrics["invariants", "learner_requests_open"], metrics["invariants", "oldest_learner_request_hours"]
