"""Which of Razorpay's rejections of a refund are for good."""

import pytest

from functions.payments.refunds.rejections import has_other_body, is_final, is_in_progress
from local.razorpay.operations.refunds import INVALID_REQUEST, NOT_ENOUGH_BALANCE
from shared.gateways.razorpay import GatewayRejected

IN_PROGRESS = "Another request with the same idempotency key is still in progress."
OTHER_BODY = "Different request with the same idempotency key has already been processed."


def rejection(description: object, status: int = 400) -> GatewayRejected:
    return GatewayRejected(status, {"code": "BAD_REQUEST_ERROR", "description": description})


@pytest.mark.parametrize(
    "description",
    [
        "The refund amount provided is greater than amount captured",
        "The payment has been fully refunded already",
        "THE PAYMENT HAS BEEN FULLY REFUNDED ALREADY",
        "The amount must be at least INR 1.00",
        "The payment is more than 6 months old",
        "Refund is not supported for payments older than 6 months",
        "pay_AAAAAAAAAAAAAA is not a valid id",
    ],
)
def test_is_final_of_rejection_that_cannot_end_is_true(description: str) -> None:
    assert is_final(rejection(description))


@pytest.mark.parametrize(
    "description",
    [
        NOT_ENOUGH_BALANCE,
        INVALID_REQUEST,
        IN_PROGRESS,
        "The payment has no refundable balance",
        "The payment status should be captured for action to be taken",
        "Refunds are disabled for this account",
        "",
        None,
        7,
        {"text": "fully refunded"},
    ],
)
def test_is_final_of_any_other_rejection_is_false(description: object) -> None:
    assert not is_final(rejection(description))


def test_is_in_progress_is_status_409_without_another_body() -> None:
    assert is_in_progress(rejection(IN_PROGRESS, 409))
    assert not is_in_progress(rejection(OTHER_BODY, 409))
    assert not is_in_progress(rejection(IN_PROGRESS, 400))


def test_has_other_body_reads_the_description() -> None:
    assert has_other_body(rejection(OTHER_BODY, 409))
    assert not has_other_body(rejection(IN_PROGRESS, 409))
