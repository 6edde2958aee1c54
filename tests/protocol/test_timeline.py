"""The timeline shows every step of an enrollment and its payments under public names, and notes only to admins."""

from typing import Any

import pytest

from functions.enrollments.timeline import public_kind
from functions.enrollments.timeline_schemas import TimelineKind
from shared.db.payments import payments
from shared.db.table import keys
from shared.history_kinds import ChangeKind, EvidenceKind
from tests.fixtures.api import Api
from tests.fixtures.memory_dynamodb.client import MemoryDynamoDb
from tests.fixtures.storefront import PRICE, Storefront, refund
from tests.protocol.dispute_actions import report_dispute
from tests.protocol.refund_actions import lose_dispute, record_manual_refund

EMPTY: dict[str, Any] = {
    **dict.fromkeys(("reason", "granted_by", "payment_id", "amount", "currency", "captured_amount", "refunded_amount")),
    **dict.fromkeys(("certificate_id", "learner_request", "note", "refund_error")),
    **{name: [] for name in ("refunds", "other_reversals", "disputes", "extra_payments")},
}


def timeline(caller: Api, shop: Storefront, learner: Api | None = None) -> list[dict[str, Any]]:
    """The events of the caller's timeline, or of `learner`'s for an admin."""
    query = f"?user_id={learner.user_id}" if learner else ""
    reply = caller.get(f"/api/enrollments/{shop.course.course_id}/timeline{query}")
    assert reply.status == 200, reply.text
    items: list[dict[str, Any]] = reply.json["items"]
    return items


def of_payment(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [each for each in items if each["subject"] == "payment"]


def test_public_kinds_are_pinned() -> None:
    assert [kind.value for kind in TimelineKind] == [
        "signed_checkout",
        "authorized",
        "captured",
        "attempt_failed",
        "no_payment_found",
        "authorization_voided",
        "refunded",
        "refund_requested",
        "refunds_unchanged",
        "refund_rejected",
        "dispute_lost",
        "manual_refund",
        "hold_accepted",
        "poll_completed",
        "dispute_reported",
        "learner_request_opened",
        "learner_request_withdrawn",
        "learner_request_decided",
        "order_created",
        "order_resumed",
        "order_adopted",
        "order_superseded",
        "enrolled",
        "coupon_redeemed",
        "withdrawn",
        "expired",
        "completed",
        "admin_granted",
        "admin_revoked",
    ]


def test_every_stored_kind_has_a_public_name() -> None:
    assert [public_kind(kind) for kind in (*EvidenceKind, *ChangeKind)] == list(TimelineKind)


def test_purchase_shows_state_after_each_step(shop: Storefront, student: Api) -> None:
    order_id = shop.create_order(student)["order_id"]
    payment_id = shop.pay(order_id)["razorpay_payment_id"]
    shop.deliver("payment.captured")
    at = "2026-11-23T12:00:00.000Z"
    offer = {"order_id": order_id, "amount": PRICE, "currency": "INR"}
    waiting = {**EMPTY, **offer, "at": at, "status": "pending", "kind": "order_created", "source": "learner"}
    paid = {**EMPTY, **offer, "at": at, "kind": "captured", "source": "webhook", "order_id": order_id}
    of_order = {"captured_amount": 0, "refunded_amount": 0, "payment_id": None, "subject": "payment"}
    assert timeline(student, shop) == [
        {**waiting, "subject": "enrollment"},
        {**paid, **activated(order_id), "subject": "enrollment", "status": "active"},
        {**waiting, **of_order},
        {**paid, **of_order, "status": "captured", "payment_id": payment_id, "captured_amount": PRICE},
    ]


def activated(order_id: str) -> dict[str, Any]:
    """The fields that activation sets besides the status: no order is awaited any more."""
    return {"granted_by": order_id, "order_id": None, "amount": None, "currency": None}


def test_refund_is_listed_by_the_steps_that_record_it(
    shop: Storefront, student: Api, admin: Api, paid_order_id: str
) -> None:
    refund(admin, paid_order_id, 10_000, "key")
    shop.clock.advance(minutes=15)
    shop.gateway.tick()
    shop.deliver()
    [refund_id] = shop.gateway.ledger.refunds
    payment_id = shop.payment(paid_order_id).payment_id
    line = {"id": refund_id, "payment_id": payment_id, "amount": 10_000}
    steps = of_payment(timeline(student, shop))[-3:]
    assert [(each["kind"], each["source"], each["refunds"], each["refunded_amount"]) for each in steps] == [
        ("refund_requested", "admin", [], 0),
        ("refunded", "sweep", [{**line, "status": "pending"}], 0),
        ("refunded", "webhook", [{**line, "status": "processed"}], 10_000),
    ]


def test_dispute_and_manual_refund_are_listed_as_reversals(
    shop: Storefront, student: Api, admin: Api, paid_order_id: str
) -> None:
    payment_id = shop.payment(paid_order_id).payment_id
    lose_dispute(shop, payment_id, 10_000)
    shop.clock.advance(days=181)
    record_manual_refund(admin, paid_order_id, 20_000, "UTR1")
    steps = of_payment(timeline(student, shop))
    [dispute], [manual] = (each["other_reversals"] for each in steps if each["other_reversals"])
    assert dispute.pop("id").startswith("disp_")
    assert dispute == {"payment_id": payment_id, "amount": 10_000, "kind": "dispute"}
    assert manual == {"id": "UTR1", "payment_id": payment_id, "amount": 20_000, "kind": "manual"}


def test_dispute_is_listed_with_each_state_that_a_step_left(shop: Storefront, student: Api, paid_order_id: str) -> None:
    payment_id = str(shop.payment(paid_order_id).payment_id)
    dispute_id = report_dispute(shop, payment_id, "created", 20_000, deducted=20_000)
    report_dispute(shop, payment_id, "won")
    line = {"id": dispute_id, "payment_id": payment_id, "amount": 20_000, "currency": "INR", "phase": "chargeback"}
    steps = [each for each in of_payment(timeline(student, shop)) if each["kind"] == "dispute_reported"]
    assert [(each["source"], each["disputes"], each["refunded_amount"]) for each in steps] == [
        ("webhook", [{**line, "status": "open", "deducted": 20_000}], 20_000),
        ("webhook", [{**line, "status": "won", "deducted": 0}], 0),
    ]
    reversal = {"id": dispute_id, "payment_id": payment_id, "amount": 20_000, "kind": "dispute"}
    assert [each["other_reversals"] for each in steps] == [[reversal], []]


def test_mismatched_capture_is_listed_as_extra_payment_on_hold(shop: Storefront, student: Api) -> None:
    order_id = shop.create_order(student)["order_id"]
    payment_id = shop.pay(order_id, amount=PRICE - 100)["razorpay_payment_id"]
    shop.deliver("payment.captured")
    last = of_payment(timeline(student, shop))[-1]
    assert (last["status"], last["reason"], last["captured_amount"]) == ("failed", "mismatch", 0)
    assert last["extra_payments"] == [
        {"payment_id": payment_id, "amount": PRICE - 100, "currency": "INR", "on_hold": True}
    ]


class TestAdminNote:
    @pytest.fixture
    def revoked(self, shop: Storefront, student: Api, admin: Api, paid_order_id: str) -> str:
        body = {"user_id": student.user_id, "course_id": shop.course.course_id, "reason": "Suspected fraud"}
        assert admin.post("/api/enrollments/revoke", body).status == 200
        return paid_order_id

    def test_is_stored_apart_from_the_kind(self, revoked: str) -> None:
        last = payments.history(revoked)[-1]
        assert (last.evidence, last.source, last.note) == ("admin_revoked", "admin", "Suspected fraud")

    @pytest.mark.usefixtures("revoked")
    def test_is_not_shown_to_the_learner(self, shop: Storefront, student: Api) -> None:
        items = timeline(student, shop)
        assert [each["kind"] for each in items if each["source"] == "admin"] == ["admin_revoked"] * 2
        assert {each["note"] for each in items} == {None}
        assert "Suspected fraud" not in str(items)

    @pytest.mark.usefixtures("revoked")
    def test_is_shown_to_admins(self, shop: Storefront, student: Api, admin: Api) -> None:
        items = timeline(admin, shop, student)
        assert [(each["kind"], each["note"]) for each in items if each["note"]] == [
            ("admin_revoked", "Suspected fraud"),
            ("admin_revoked", "Suspected fraud"),
        ]

    def test_of_an_older_entry_is_shown_to_admins_only(
        self, shop: Storefront, student: Api, admin: Api, revoked: str, dynamodb: MemoryDynamoDb
    ) -> None:
        entry = payments.history(revoked)[-1]
        dynamodb.rewrite(keys.payment_event(revoked, entry.number), without="note", evidence="an older note")
        assert of_payment(timeline(student, shop))[-1]["note"] is None
        assert "an older note" not in str(timeline(student, shop))
        shown = of_payment(timeline(admin, shop, student))[-1]
        assert (shown["kind"], shown["note"]) == ("admin_revoked", "an older note")


def test_refund_error_is_shown_to_admins_only(shop: Storefront, student: Api, admin: Api, paid_order_id: str) -> None:
    lose_dispute(shop, shop.payment(paid_order_id).payment_id, 100, deliver_webhook=False)
    refund(admin, paid_order_id)
    assert "greater than amount captured" in of_payment(timeline(admin, shop, student))[-1]["refund_error"]
    rejected = of_payment(timeline(student, shop))[-1]
    assert (rejected["kind"], rejected["refund_error"]) == ("refund_rejected", None)
