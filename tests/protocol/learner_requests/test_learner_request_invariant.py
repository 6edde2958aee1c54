"""I20: a request whose state no longer agrees with its payment, its history or its listing is found."""

from typing import Any

import pytest

from functions.payments.invariants.history import Step
from functions.payments.invariants.ledger import build_ledger
from functions.payments.invariants.rules.learner_requests import (
    _closing_errors,
    _step_errors,
    check_learner_requests,
)
from shared import clock
from shared.db.entities import LearnerRequestListing
from shared.db.table import keys
from shared.domain.learner_requests import RequestState
from shared.domain.lifecycle import PaymentStatus
from shared.history_kinds import EvidenceKind, Source
from tests.fixtures.api import Api
from tests.fixtures.corruption import delete_item, tamper
from tests.fixtures.storefront import Storefront
from tests.protocol.learner_requests.request_actions import ask, breaches, decide, listing_of, withdraw


def of_requests() -> list[str]:
    return [each for each in breaches() if each.startswith("I20")]


def tampered(shop: Storefront, order_id: str, **changes: object) -> None:
    payment = shop.payment(order_id)
    tamper(payment, learner_request=payment.learner_request.as_dict() | changes)


def test_open_declined_withdrawn_and_approved_requests_break_no_invariant(
    shop: Storefront, student: Api, admin: Api, paid_order_id: str
) -> None:
    ask(student, paid_order_id)
    withdraw(student, paid_order_id)
    ask(student, paid_order_id)
    assert breaches() == []
    decide(admin, paid_order_id)
    assert breaches() == []


def test_approved_request_without_refund_is_found(
    shop: Storefront, student: Api, admin: Api, paid_order_id: str
) -> None:
    ask(student, paid_order_id)
    decide(admin, paid_order_id)
    tamper(shop.payment(paid_order_id), status=PaymentStatus.CAPTURED)
    assert of_requests() == [f"I20 {paid_order_id}: its request is approved, but the payment is captured"]


def test_open_request_of_a_payment_without_money_is_found(shop: Storefront, student: Api, paid_order_id: str) -> None:
    ask(student, paid_order_id)
    tamper(shop.payment(paid_order_id), status=PaymentStatus.REFUNDED)
    text = "its request is open, but the payment is refunded"
    assert of_requests() == [f"I20 {paid_order_id}: {text}"]


def test_request_of_another_payment_and_one_too_many_are_found(
    shop: Storefront, student: Api, paid_order_id: str
) -> None:
    ask(student, paid_order_id)
    tampered(shop, paid_order_id, payment_id="pay_BBBBBBBBBBBBBB")
    assert of_requests() == [f"I20 {paid_order_id}: its open request is about another payment"]
    tampered(shop, paid_order_id, number=4)
    assert of_requests() == [f"I20 {paid_order_id}: it has 4 requests of the learner"]


def test_lost_item_of_the_list_is_found(student: Api, paid_order_id: str) -> None:
    ask(student, paid_order_id)
    delete_item(keys.learner_request(paid_order_id))
    assert of_requests() == [f"I20 {paid_order_id}: its request is open, but has no item of the list"]


def test_open_request_that_is_not_listed_is_found(student: Api, paid_order_id: str) -> None:
    ask(student, paid_order_id)
    tamper(listing_of(paid_order_id), gsi1pk=None, gsi1sk=None)
    assert of_requests() == [f"I20 {paid_order_id}: its request is open, but its item of the list is open"]


def test_listed_request_that_was_withdrawn_or_never_made_is_found(
    shop: Storefront, student: Api, paid_order_id: str
) -> None:
    ask(student, paid_order_id)
    opened = listing_of(paid_order_id)
    assert opened
    withdraw(student, paid_order_id)
    tamper(listing_of(paid_order_id), state=RequestState.OPEN, gsi1pk=opened.gsi1pk, gsi1sk=opened.gsi1sk)
    assert of_requests() == [f"I20 {paid_order_id}: its request is withdrawn, but its item of the list is open"]
    tamper(shop.payment(paid_order_id), learner_request=None)
    text = "a learner's request is listed that the payment does not have"
    assert of_requests() == [f"I20 {paid_order_id}: {text}"]


@pytest.mark.parametrize(
    ("first", "second", "text"),
    [
        (("declined", 1), ("approved", 1), "a request goes from declined to approved"),
        (("declined", 1), ("open", 2), "a request follows one that is declined"),
        (("open", 1), ("approved", 1), "step 3 approves a request, and demands no refund"),
    ],
)
def test_steps_that_no_rule_makes_are_found(first: tuple[str, int], second: tuple[str, int], text: str) -> None:

    steps = [
        Step(
            number,
            clock.now(),
            EvidenceKind.LEARNER_REQUEST_DECIDED,
            Source.ADMIN,
            {"learner_request": {"payment_id": "pay_1", "state": state, "number": request}},
        )
        for number, (state, request) in enumerate((first, second), start=2)
    ]
    assert text in list(_step_errors(steps))


@pytest.mark.parametrize(
    ("status", "payment_id", "expected"),
    [
        ("captured", "pay_1", ["step 3 closes a request, but the payment is captured"]),
        ("refund_pending", "pay_1", []),
        ("refunded", "pay_1", []),
        ("captured", "pay_2", []),
    ],
)
def test_request_that_is_closed_while_the_money_is_there_is_found(
    status: str, payment_id: str, expected: list[str]
) -> None:
    closed = {"payment_id": "pay_1", "state": "closed", "number": 1}
    changes: tuple[dict[str, Any], ...] = (
        {"status": "captured", "payment_id": payment_id},
        {"status": status},
        {"learner_request": closed},
    )
    steps = [
        Step(number, clock.now(), EvidenceKind.REFUNDED, Source.WEBHOOK, dict(each))
        for number, each in enumerate(changes, start=1)
    ]
    assert list(_closing_errors(steps)) == expected


def test_listed_request_without_payment_is_found(student: Api, paid_order_id: str, shop: Storefront) -> None:

    ask(student, paid_order_id)
    listing = listing_of(paid_order_id)
    assert isinstance(listing, LearnerRequestListing)
    found = list(check_learner_requests(build_ledger([listing], clock.now())))
    assert [str(each) for each in found] == [
        f"I20 {paid_order_id}: a learner's request is listed, but there is no such payment"
    ]
