"""What the simulation found: the smallest story of each, on a real engine."""

from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from shared.db import base
from tests.api import Api
from tests.shop import Shop


class LosesAnswers:
    """A database client whose next answers of an operation never arrive, though the work was done."""

    _request_signer = None

    def __init__(self, client: Any, operation: str, times: int) -> None:
        self.client = client
        self.operation = operation
        self.left = times

    def _make_api_call(self, operation: str, request: dict[str, Any]) -> Any:
        answer = self.client._make_api_call(operation, request)
        if operation == self.operation and self.left:
            self.left -= 1
            raise ReadTimeoutError(endpoint_url="http://127.0.0.1")
        return answer


def lose_answers(monkeypatch: pytest.MonkeyPatch, operation: str, times: int = 1) -> None:
    connection = base.table().connection
    monkeypatch.setattr(connection, "_client", LosesAnswers(connection.client, operation, times))


def test_a_committed_transaction_whose_answer_is_lost_is_asked_for_again(
    shop: Shop, student: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The SDK's time-out has no response at all; reading its code must not end the request with a 500."""
    lose_answers(monkeypatch, "TransactWriteItems")
    opened = student.post("/api/payments/create-order", {"course_id": shop.course.course_id})
    assert opened.status == 201
    assert shop.states(student, opened.json["order_id"]) == ("pending", "pending")


def test_a_transaction_that_is_never_answered_says_so(
    shop: Shop, student: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose_answers(monkeypatch, "TransactWriteItems", times=100)
    reply = student.post("/api/payments/create-order", {"course_id": shop.course.course_id})
    assert (reply.status, reply.code) == (503, "store_unavailable")
