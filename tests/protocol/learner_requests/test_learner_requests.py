"""A learner requests a refund within the seller's terms, and takes the request back."""

from collections.abc import Callable

import pytest

from tests.conftest import LONG_LIVED_CLAIMS
from tests.fixtures.api import Api
from tests.fixtures.jwt_keys import access_token
from tests.fixtures.storefront import PRICE, Storefront, refund
from tests.fixtures.table_snapshot import snapshot
from tests.protocol.dispute_actions import report_dispute
from tests.protocol.learner_requests.request_actions import (
    REASON,
    ask,
    breaches,
    complete_lessons,
    decide,
    listed_ids,
    listing_of,
    set_terms,
    shown,
    withdraw,
)
from tests.protocol.refund_actions import process_refunds
from tests.protocol.stored_state import payment_history

AT = "2026-11-23T12:00:00.000Z"
OPEN = {
    "number": 1,
    "state": "open",
    "reason": REASON,
    "progress": 0,
    "requested_at": AT,
    "ended_at": None,
    "by_rule": False,
    "note": None,
    "closed_by": None,
    "waits_for": None,
}


def test_request_is_recorded_with_its_reason_and_the_access_continues(
    shop: Storefront, student: Api, admin: Api, paid_order_id: str
) -> None:
    before = student.get(f"/api/payments/{paid_order_id}").json["payment"]
    assert before["refund_terms"] == {"until": "2026-11-30T12:00:00.000Z", "progress_limit": 49}
    reply = ask(student, paid_order_id)
    assert reply.status == 201, reply.text
    assert reply.json["payment"] == {**before, "learner_request": OPEN, "refund_terms": None}
    assert reply.json["enrollment"]["status"] == "active"
    stored = {"state": "open", "reason": REASON, "progress": 0, "requested_at": AT, "number": 1}
    stored["payment_id"] = shop.payment(paid_order_id).payment_id
    assert payment_history(paid_order_id)[-1] == ("learner_request_opened", "learner", {"learner_request": stored})
    assert listed_ids(admin) == [paid_order_id]
    assert breaches() == []


def open_one(shop: Storefront, student: Api, admin: Api, order_id: str) -> None:
    assert ask(student, order_id).status == 201


def decline(shop: Storefront, student: Api, admin: Api, order_id: str) -> None:
    open_one(shop, student, admin, order_id)
    assert decide(admin, order_id, "decline").status == 200


def approve(shop: Storefront, student: Api, admin: Api, order_id: str) -> None:
    assert ask(student, order_id, "another reason").status == 201
    assert decide(admin, order_id).status == 200


def refund_pending(shop: Storefront, student: Api, admin: Api, order_id: str) -> None:
    assert refund(admin, order_id).status == 200


def refunded(shop: Storefront, student: Api, admin: Api, order_id: str) -> None:
    refund_pending(shop, student, admin, order_id)
    process_refunds(shop)


def disputed(shop: Storefront, student: Api, admin: Api, order_id: str) -> None:
    report_dispute(shop, shop.payment(order_id).payment_id, "created")


def window_over(shop: Storefront, student: Api, admin: Api, order_id: str) -> None:
    shop.clock.advance(days=7)


def half_done(shop: Storefront, student: Api, admin: Api, order_id: str) -> None:
    complete_lessons(shop, student, 1)


def thrice_withdrawn(shop: Storefront, student: Api, admin: Api, order_id: str) -> None:
    for _ in range(3):
        open_one(shop, student, admin, order_id)
        assert withdraw(student, order_id).status == 200


@pytest.mark.parametrize(
    ("prepare", "code"),
    [
        (open_one, "refund_already_requested"),
        (decline, "refund_request_decided"),
        (approve, "refund_request_decided"),
        (refund_pending, "not_refundable"),
        (refunded, "not_refundable"),
        (disputed, "dispute_open"),
        (window_over, "refund_window_closed"),
        (half_done, "refund_progress_exceeded"),
        (thrice_withdrawn, "refund_requests_used_up"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_request_outside_the_terms_returns_409_and_changes_nothing(
    shop: Storefront,
    student: Api,
    admin: Api,
    paid_order_id: str,
    prepare: Callable[[Storefront, Api, Api, str], None],
    code: str,
) -> None:
    prepare(shop, student, admin, paid_order_id)
    before = snapshot()
    reply = ask(student, paid_order_id)
    assert (reply.status, reply.code) == (409, code)
    assert snapshot() == before
    terms = student.get(f"/api/payments/{paid_order_id}").json["payment"]["refund_terms"]
    assert (terms is None) == (code != "refund_progress_exceeded")
    assert breaches() == []


def test_request_of_unpaid_and_held_orders_returns_409(shop: Storefront, student: Api) -> None:
    order_id = shop.create_order(student)["order_id"]
    assert (ask(student, order_id).status, ask(student, order_id).code) == (409, "not_refundable")
    shop.pay(order_id, amount=PRICE - 100)
    shop.deliver()
    before = snapshot()
    assert (ask(student, order_id).status, ask(student, order_id).code) == (409, "money_on_hold")
    assert snapshot() == before


def test_request_of_another_learner_returns_404_and_changes_nothing(
    paid_order_id: str, new_user: Callable[..., Api]
) -> None:
    other, before = new_user("student"), None
    before = snapshot()
    assert (ask(other, paid_order_id).status, ask(other, paid_order_id).code) == (404, "order_not_found")
    assert (withdraw(other, paid_order_id).status, withdraw(other, paid_order_id).code) == (404, "order_not_found")
    assert snapshot() == before


@pytest.mark.parametrize(
    "reason", ["", "   ", "x" * 501, "a\x00b", "\u200b", " \u200b\u2060\ufeff ", "\u202e\u00ad", "\u3164\u2800"]
)
def test_request_with_unusable_reason_returns_422_and_changes_nothing(
    student: Api, paid_order_id: str, reason: str
) -> None:
    before = snapshot()
    assert ask(student, paid_order_id, reason).status == 422
    assert snapshot() == before


@pytest.mark.parametrize("reason", ["👩\u200d🏫", "क्\u200dष", "no", "...", "x" * 500])
def test_request_with_format_characters_between_visible_ones_is_accepted(
    student: Api, paid_order_id: str, reason: str
) -> None:
    assert ask(student, paid_order_id, reason).json["payment"]["learner_request"]["reason"] == reason


def test_seller_without_window_accepts_no_requests(
    student: Api, paid_order_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_terms(monkeypatch, days=0)
    assert (ask(student, paid_order_id).status, ask(student, paid_order_id).code) == (409, "refund_window_closed")
    assert student.get(f"/api/payments/{paid_order_id}").json["payment"]["refund_terms"] is None


def test_window_begins_with_the_capture_and_ends_before_its_last_moment(shop: Storefront, student: Api) -> None:
    order_id = shop.create_order(student)["order_id"]
    shop.clock.advance(minutes=20)
    shop.pay(order_id)
    shop.deliver()
    shop.clock.advance(days=7, milliseconds=-1)
    assert ask(student, order_id).status == 201


def test_progress_at_the_limit_is_accepted_and_recorded(
    shop: Storefront, student: Api, paid_order_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_terms(monkeypatch, limit=50)
    complete_lessons(shop, student, 1)
    assert ask(student, paid_order_id).json["payment"]["learner_request"]["progress"] == 50
    complete_lessons(shop, student, 2)
    assert decide_state(student, paid_order_id) == ("open", 50)


def decide_state(learner: Api, order_id: str) -> tuple[str, int]:
    request = shown(learner, order_id)
    assert request
    return request["state"], request["progress"]


def test_completed_course_counts_whole_although_lessons_are_marked_again(
    shop: Storefront, student: Api, paid_order_id: str
) -> None:
    complete_lessons(shop, student, 2)
    complete_lessons(shop, student, 2, completed=False)
    assert (ask(student, paid_order_id).status, ask(student, paid_order_id).code) == (409, "refund_progress_exceeded")


def test_withdrawn_request_is_not_listed_and_may_be_made_again(
    shop: Storefront, student: Api, admin: Api, paid_order_id: str
) -> None:
    ask(student, paid_order_id)
    shop.clock.advance(minutes=1)
    reply = withdraw(student, paid_order_id)
    assert reply.status == 200
    ended = {**OPEN, "state": "withdrawn", "ended_at": "2026-11-23T12:01:00.000Z"}
    assert reply.json["payment"]["learner_request"] == ended
    assert listed_ids(admin) == []
    before = snapshot()
    assert withdraw(student, paid_order_id).json == reply.json
    assert snapshot() == before
    assert ask(student, paid_order_id, "again").status == 201
    assert listed_ids(admin) == [paid_order_id]
    assert shop.payment(paid_order_id).learner_request.as_dict()["number"] == 2
    assert breaches() == []


def test_withdrawal_without_open_request_is_an_error(student: Api, admin: Api, paid_order_id: str) -> None:
    reply = withdraw(student, paid_order_id)
    assert (reply.status, reply.code) == (404, "refund_request_not_found")
    ask(student, paid_order_id)
    decide(admin, paid_order_id, "decline")
    reply = withdraw(student, paid_order_id)
    assert (reply.status, reply.code) == (409, "refund_request_ended")


def test_repeated_request_with_its_idempotency_key_returns_the_same(student: Api, paid_order_id: str) -> None:
    headers = {"Idempotency-Key": "0b9f1f6e-4f54-4d7c-9a57-1c1f7a5c6a11"}
    first = ask(student, paid_order_id, headers=headers)
    again = ask(student, paid_order_id, headers=headers)
    assert (first.status, again.status, again.json) == (201, 201, first.json)


def test_rule_approves_a_request_and_the_refund_is_made_at_once(
    shop: Storefront,
    student: Api,
    admin: Api,
    paid_order_id: str,
    gateway_calls: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    set_terms(monkeypatch, approval="rule")
    reply = ask(student, paid_order_id)
    assert reply.status == 201
    request = reply.json["payment"]["learner_request"]
    assert (request["state"], request["by_rule"], request["ended_at"]) == ("approved", True, AT)
    assert sum("/refund " in call for call in gateway_calls) == 1
    assert shop.states(student, paid_order_id) == ("refund_pending", "cancelled")
    [*_, opened, _] = payment_history(paid_order_id)
    assert opened[:2] == ("learner_request_opened", "learner")
    assert (opened[2]["status"], opened[2]["learner_request"]["state"]) == ("refund_pending", "approved")
    assert listing_of(paid_order_id).listing is None  # type: ignore[union-attr]
    assert listed_ids(admin) == []
    process_refunds(shop)
    assert shop.payment(paid_order_id).status == "refunded"
    assert breaches() == []


@pytest.mark.parametrize("role", ["instructor", "admin"])
def test_learner_with_another_role_requests_and_withdraws_for_their_own_payment(
    shop: Storefront, student: Api, admin: Api, paid_order_id: str, role: str
) -> None:
    """An account that bought a course may become an instructor's or an admin's."""
    promoted = Api(access_token(student.user_id, role, **LONG_LIVED_CLAIMS), student.user_id)
    assert ask(student, paid_order_id).status == 201
    assert withdraw(promoted, paid_order_id).json["payment"]["learner_request"]["state"] == "withdrawn"
    assert listed_ids(admin) == []
    assert ask(promoted, paid_order_id).status == 201
    assert listed_ids(admin) == [paid_order_id]
    before = snapshot()
    assert (ask(admin, paid_order_id).status, ask(admin, paid_order_id).code) == (404, "order_not_found")
    assert snapshot() == before
