"""An admin decides about a learner's request; whatever else decides about the money closes it."""

from collections.abc import Callable
from typing import Any

import pytest

from functions.payments.learner_requests import learner_request_service
from shared.db.payments import payments
from shared.db.payments.documents import credit_notes
from tests.fixtures.api import Api
from tests.fixtures.audit_log import audit_entries
from tests.fixtures.storefront import PRICE, Storefront, refund
from tests.fixtures.table_snapshot import restore, snapshot
from tests.protocol.coupons.coupon_actions import CODE, DISCOUNTED, Uses, buy, put_coupon, uses
from tests.protocol.learner_requests.request_actions import (
    ask,
    breaches,
    decide,
    listed_ids,
    shown,
    withdraw,
)
from tests.protocol.refund_actions import process_refunds, record_manual_refund
from tests.protocol.stored_state import ledger_totals, payment_history


def refund_posts(calls: list[str]) -> list[str]:
    return [call.partition("{")[2] for call in calls if "/refund " in call]


def test_approval_demands_and_makes_the_refund_and_ends_the_access(
    shop: Storefront, student: Api, admin: Api, paid_order_id: str, gateway_calls: list[str]
) -> None:
    ask(student, paid_order_id)
    shop.clock.advance(hours=1)
    reply = decide(admin, paid_order_id, note="enjoy another course")
    assert reply.status == 200, reply.text
    request = reply.json["payment"]["learner_request"]
    assert (request["state"], request["note"], request["by_rule"], request["ended_at"]) == (
        "approved",
        "enjoy another course",
        False,
        "2026-11-23T13:00:00.000Z",
    )
    assert refund_posts(gateway_calls) == [f'"amount": {PRICE}}}']
    assert shop.states(student, paid_order_id) == ("refund_pending", "cancelled")
    [entry] = audit_entries()
    assert (entry.action, entry.admin_id, entry.subject, entry.reason, entry.after) == (
        "payment.refund_request",
        admin.user_id,
        paid_order_id,
        "enjoy another course",
        {"decision": "approved", "number": 1, "status": "refund_pending"},
    )
    process_refunds(shop)
    assert ledger_totals(shop, paid_order_id) == (PRICE, PRICE)
    assert breaches() == []


def test_decline_changes_no_money_and_its_note_is_shown_to_the_learner(
    shop: Storefront, student: Api, admin: Api, paid_order_id: str, gateway_calls: list[str]
) -> None:
    ask(student, paid_order_id)
    reply = decide(admin, paid_order_id, "decline", "the course was given as described")
    assert reply.status == 200
    request = shown(student, paid_order_id)
    assert request
    assert (request["state"], request["note"]) == ("declined", "the course was given as described")
    assert gateway_calls == []
    assert shop.states(student, paid_order_id) == ("captured", "active")
    assert [entry.after for entry in audit_entries()] == [{"decision": "declined", "number": 1, "status": "captured"}]
    assert breaches() == []


@pytest.mark.parametrize("decision", ["approve", "decline"])
def test_decision_without_open_request_is_an_error_and_changes_nothing(
    student: Api, admin: Api, paid_order_id: str, decision: str
) -> None:
    before = snapshot()
    reply = decide(admin, paid_order_id, decision)
    assert (reply.status, reply.code) == (404, "refund_request_not_found")
    assert snapshot() == before
    ask(student, paid_order_id)
    decide(admin, paid_order_id, "decline")
    before = snapshot()
    reply = decide(admin, paid_order_id, decision)
    assert (reply.status, reply.code) == (409, "refund_request_ended")
    assert snapshot() == before


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"number": 1, "decision": "maybe", "note": "x"},
        {"number": 1, "decision": "approve", "note": ""},
        {"number": 1, "decision": "approve", "note": "\u200b"},
        {"decision": "approve", "note": "x"},
        {"number": 0, "decision": "approve", "note": "x"},
        {"number": 101, "decision": "approve", "note": "x"},
        {"number": "1", "decision": "approve", "note": "x"},
        {"number": None, "decision": "approve", "note": "x"},
    ],
)
def test_decision_with_unusable_body_returns_422(
    student: Api, admin: Api, paid_order_id: str, body: dict[str, Any]
) -> None:
    ask(student, paid_order_id)
    before = snapshot()
    assert admin.post(f"/api/payments/{paid_order_id}/refund-request/decision", body).status == 422
    assert snapshot() == before


@pytest.mark.parametrize("decision", ["approve", "decline"])
def test_decision_about_an_earlier_request_is_refused_and_changes_nothing(
    student: Api, admin: Api, paid_order_id: str, decision: str
) -> None:
    """The admin has read the first one; the learner has withdrawn it since, and given another reason."""
    ask(student, paid_order_id, "first reason")
    assert admin.get("/api/payments/refund-requests").json["items"][0]["learner_request"]["number"] == 1
    withdraw(student, paid_order_id)
    ask(student, paid_order_id, "second reason")
    before = snapshot()
    for number in (1, 3):
        reply = decide(admin, paid_order_id, decision, "about the first reason", number=number)
        assert (reply.status, reply.code) == (409, "other_refund_request")
    assert snapshot() == before
    assert decide(admin, paid_order_id, decision, number=2).status == 200
    assert breaches() == []


def test_decision_that_meets_a_new_request_at_the_same_time_is_refused(
    student: Api, admin: Api, paid_order_id: str, gateway_calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(student, paid_order_id, "first reason")
    write = payments.write_settlement

    def after_another_request(*arguments: Any) -> Any:
        monkeypatch.setattr(payments, "write_settlement", write)
        assert withdraw(student, paid_order_id).status == 200
        assert ask(student, paid_order_id, "second reason").status == 201
        return write(*arguments)

    monkeypatch.setattr(payments, "write_settlement", after_another_request)
    reply = decide(admin, paid_order_id, number=1)
    assert (reply.status, reply.code) == (409, "other_refund_request")
    assert refund_posts(gateway_calls) == []
    request = shown(student, paid_order_id)
    assert request
    assert (request["state"], request["reason"], request["number"]) == ("open", "second reason", 2)
    assert breaches() == []


def test_approval_after_six_months_is_left_to_a_manual_refund(
    shop: Storefront, student: Api, admin: Api, paid_order_id: str
) -> None:
    ask(student, paid_order_id)
    shop.clock.advance(days=181)
    reply = decide(admin, paid_order_id)
    assert (reply.status, reply.code) == (409, "refund_too_late")
    assert shown(student, paid_order_id)["state"] == "open"  # type: ignore[index]


def test_approval_refunds_what_is_left_after_a_partial_refund(
    shop: Storefront, student: Api, admin: Api, paid_order_id: str, gateway_calls: list[str]
) -> None:
    ask(student, paid_order_id)
    assert refund(admin, paid_order_id, 10_000, "part").status == 200
    process_refunds(shop)
    assert listed_ids(admin) == [paid_order_id]
    gateway_calls.clear()
    assert decide(admin, paid_order_id).status == 200
    assert refund_posts(gateway_calls) == ['"amount": 39900}']
    process_refunds(shop)
    assert ledger_totals(shop, paid_order_id) == (PRICE, PRICE)
    assert breaches() == []


def test_approved_request_of_a_sale_with_coupon_writes_its_credit_note_and_keeps_the_use(
    shop: Storefront, student: Api, admin: Api
) -> None:
    put_coupon(admin)
    order_id = buy(shop, student, coupon=CODE)
    shop.sweep()
    ask(student, order_id)
    assert decide(admin, order_id).status == 200
    process_refunds(shop)
    shop.sweep()
    [note] = credit_notes.get_with_receipt(order_id).notes
    assert (note.note_type, note.amount, note.number) == ("credit", DISCOUNTED, "C/26-27/000001")
    assert shop.payment(order_id).coupon_state == "redeemed"
    assert uses(student) == Uses(1, 1)
    assert breaches() == []


def test_open_requests_are_listed_by_pages_the_longest_open_first(
    shop: Storefront, admin: Api, new_user: Callable[..., Api]
) -> None:
    order_ids = []
    for _ in range(3):
        learner = new_user("student")
        order_ids.append(buy(shop, learner))
        ask(learner, order_ids[-1])
        shop.clock.advance(seconds=1)
    page = admin.get("/api/payments/refund-requests?limit=2").json
    assert [each["order_id"] for each in page["items"]] == order_ids[:2]
    assert page["items"][0]["learner_request"]["state"] == "open"
    rest = admin.get(f"/api/payments/refund-requests?limit=2&cursor={page['next_cursor']}").json
    assert ([each["order_id"] for each in rest["items"]], rest["next_cursor"]) == (order_ids[2:], None)
    decide(admin, order_ids[0], "decline")
    assert listed_ids(admin) == order_ids[1:]


def test_f84_refund_of_an_approval_that_died_before_the_gateway_is_made_by_the_sweep(
    shop: Storefront,
    student: Api,
    admin: Api,
    paid_order_id: str,
    gateway_calls: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Died(BaseException):
        pass

    def die(_: Any) -> None:
        raise Died

    ask(student, paid_order_id)
    monkeypatch.setattr(learner_request_service, "try_execute_refund", die)
    with pytest.raises(Died):
        decide(admin, paid_order_id)
    assert refund_posts(gateway_calls) == []
    assert shop.states(student, paid_order_id) == ("refund_pending", "cancelled")
    assert shown(student, paid_order_id)["state"] == "approved"  # type: ignore[index]
    assert breaches() == []
    assert (decide(admin, paid_order_id).status, decide(admin, paid_order_id).code) == (409, "refund_request_ended")
    shop.sweep()
    process_refunds(shop)
    assert refund_posts(gateway_calls) == [f'"amount": {PRICE}}}']
    assert ledger_totals(shop, paid_order_id) == (PRICE, PRICE)


def refund_by_admin(shop: Storefront, student: Api, admin: Api, order_id: str) -> None:
    assert refund(admin, order_id).status == 200


def refund_in_dashboard(shop: Storefront, student: Api, admin: Api, order_id: str) -> None:
    shop.control("POST", f"payments/{shop.payment(order_id).payment_id}/refund", {"amount": PRICE})
    process_refunds(shop)


def lose(shop: Storefront, student: Api, admin: Api, order_id: str) -> None:
    shop.control("POST", f"payments/{shop.payment(order_id).payment_id}/dispute", {"status": "lost"})
    shop.deliver("payment.dispute.lost")


def revoke(shop: Storefront, student: Api, admin: Api, order_id: str) -> None:
    body = {"user_id": student.user_id, "course_id": shop.course.course_id, "reason": "fraud"}
    assert admin.post("/api/enrollments/revoke", body).status == 200


def repay(shop: Storefront, student: Api, admin: Api, order_id: str) -> None:
    shop.clock.advance(days=181)
    assert record_manual_refund(admin, order_id).status == 200


@pytest.mark.parametrize(
    ("end", "closed_by"),
    [
        (refund_by_admin, "refund"),
        (refund_in_dashboard, "refund"),
        (repay, "refund"),
        (lose, "dispute"),
        (revoke, "access_revoked"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_f85_other_end_of_the_money_closes_the_request_in_the_same_step(
    shop: Storefront,
    student: Api,
    admin: Api,
    paid_order_id: str,
    end: Callable[[Storefront, Api, Api, str], None],
    closed_by: str,
) -> None:
    ask(student, paid_order_id)
    end(shop, student, admin, paid_order_id)
    request = shown(student, paid_order_id)
    assert request
    assert (request["state"], request["closed_by"]) == ("closed", closed_by)
    [closing] = [step for step in payment_history(paid_order_id) if step[2].get("learner_request")][1:]
    assert closing[2]["status"] in ("refund_pending", "refunded")
    assert listed_ids(admin) == []
    assert (decide(admin, paid_order_id).status, decide(admin, paid_order_id).code) == (409, "refund_request_ended")
    assert breaches() == []


def test_request_of_a_restored_table_is_closed_by_the_refund_that_the_gateway_has(
    shop: Storefront, student: Api, admin: Api, paid_order_id: str, gateway_calls: list[str]
) -> None:
    """The table is older than the approval: the poll finds the refund, and nobody can approve it once more."""
    ask(student, paid_order_id)
    before = snapshot()
    assert decide(admin, paid_order_id).status == 200
    process_refunds(shop)
    restore(before)
    assert listed_ids(admin) == [paid_order_id]
    assert admin.post(f"/api/payments/{paid_order_id}/poll").status == 200
    request = shown(student, paid_order_id)
    assert request
    assert (request["state"], request["closed_by"]) == ("closed", "refund")
    assert shop.states(student, paid_order_id) == ("refunded", "cancelled")
    assert listed_ids(admin) == []
    assert len(refund_posts(gateway_calls)) == 1
    assert breaches() == []


@pytest.mark.parametrize("competitor", ["decline", "withdraw", "refund"])
def test_f86_approval_that_meets_another_end_at_the_same_time_refunds_nothing_twice(
    shop: Storefront,
    student: Api,
    admin: Api,
    paid_order_id: str,
    gateway_calls: list[str],
    competitor: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ends: dict[str, Callable[[], Any]] = {
        "decline": lambda: decide(admin, paid_order_id, "decline"),
        "withdraw": lambda: withdraw(student, paid_order_id),
        "refund": lambda: refund(admin, paid_order_id),
    }
    ask(student, paid_order_id)
    write = payments.write_settlement

    def after_the_other(*arguments: Any) -> Any:
        monkeypatch.setattr(payments, "write_settlement", write)
        assert ends[competitor]().status == 200
        return write(*arguments)

    monkeypatch.setattr(payments, "write_settlement", after_the_other)
    reply = decide(admin, paid_order_id)
    assert (reply.status, reply.code) == (409, "refund_request_ended")
    assert len(refund_posts(gateway_calls)) == (competitor == "refund")
    assert shop.payment(paid_order_id).status == ("refund_pending" if competitor == "refund" else "captured")
    assert listed_ids(admin) == []
    assert breaches() == []


def test_timeline_shows_the_request_and_its_decision_to_learner_and_admin(
    shop: Storefront, student: Api, admin: Api, paid_order_id: str
) -> None:
    ask(student, paid_order_id)
    decide(admin, paid_order_id, "decline", "too late")
    path = f"/api/enrollments/{shop.course.course_id}/timeline"
    events = student.get(path).json["items"]
    shown_steps = [(each["kind"], each["learner_request"]) for each in events if each["learner_request"]]
    opened = {"state": "open", "reason": "it is not for me", "progress": 0, "note": None, "closed_by": None}
    assert shown_steps == [
        ("learner_request_opened", opened),
        ("learner_request_decided", {**opened, "state": "declined", "note": "too late"}),
    ]
    for_admin = admin.get(f"{path}?user_id={student.user_id}").json["items"]
    assert [each["learner_request"] for each in for_admin] == [each["learner_request"] for each in events]
