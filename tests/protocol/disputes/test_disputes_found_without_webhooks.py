"""Every webhook about a dispute is lost: the daily poll of the order finds how it ended."""

import json
from typing import Any

import pytest

from functions.payments import presenters
from functions.payments.disputes.dispute_counts import OpenDisputeCounts, count_open_disputes
from functions.payments.razorpay_evidence import from_dispute
from shared.gateways import razorpay
from shared.history_kinds import Source
from shared.settlement.settle import settle
from tests.fixtures.api import Api
from tests.fixtures.logs import captured_logs
from tests.fixtures.storefront import PRICE, Storefront, refund
from tests.fixtures.table_snapshot import snapshot
from tests.protocol.dispute_actions import change_dispute, change_ended_dispute, recorded_disputes, report_dispute
from tests.protocol.stored_state import breaches, ledger_totals, next_poll_at, payment_history
from tests.protocol.sweep_actions import order_with_duplicate_captures, sweep_repeatedly


@pytest.fixture
def payment_id(shop: Storefront, paid_order_id: str) -> str:
    return str(shop.payment(paid_order_id).payment_id)


@pytest.mark.parametrize(
    ("outcome", "states", "refunded"),
    [("lost", ("refunded", "cancelled"), PRICE), ("won", ("captured", "active"), 0)],
)
def test_f60_dispute_that_ended_without_a_webhook_is_found_by_the_daily_poll(
    shop: Storefront,
    student: Api,
    paid_order_id: str,
    payment_id: str,
    outcome: str,
    states: tuple[str, str],
    refunded: int,
) -> None:
    dispute_id = report_dispute(shop, payment_id, "under_review", deducted=PRICE)
    change_dispute(shop, payment_id, outcome)
    assert shop.sweep() == {}, "nothing is due"
    shop.clock.advance(days=1)
    shop.sweep()
    assert shop.states(student, paid_order_id) == states
    assert recorded_disputes(shop, paid_order_id)[dispute_id].status == outcome
    assert (shop.payment(paid_order_id).refunded_amount, ledger_totals(shop, paid_order_id)) == (
        refunded,
        (PRICE, refunded),
    )
    assert [step[:2] for step in payment_history(paid_order_id)][-2:] == [
        ("dispute_reported", "sweep"),
        ("poll_completed", "sweep"),
    ]
    sweep_repeatedly(shop, 2)
    assert (next_poll_at(shop.payment(paid_order_id)), breaches()) == (None, [])


def test_unanswered_dispute_that_razorpay_ends_as_lost_is_found_by_the_daily_poll(
    shop: Storefront, student: Api, paid_order_id: str, payment_id: str
) -> None:
    """Razorpay loses a dispute by itself when nobody answers before the deadline."""
    report_dispute(shop, payment_id, "created")
    sweep_repeatedly(shop, 4, days=1)
    assert shop.states(student, paid_order_id) == ("refunded", "cancelled")
    assert breaches() == []


def test_listed_dispute_is_applied_although_no_webhook_ever_came(
    shop: Storefront, student: Api, paid_order_id: str, payment_id: str
) -> None:
    """The list of disputes is what the scheduled reconciliation reads: it corrects whatever is recorded."""
    dispute_id = change_dispute(shop, payment_id, "lost")["id"]
    apply_listed_disputes(paid_order_id)
    assert shop.states(student, paid_order_id) == ("refunded", "cancelled")
    change_ended_dispute(shop, dispute_id, "won")
    apply_listed_disputes(paid_order_id)
    assert shop.states(student, paid_order_id) == ("captured", "active")
    assert [step[:2] for step in payment_history(paid_order_id)][-2:] == [("dispute_reported", "reconciliation")] * 2
    before = snapshot()
    apply_listed_disputes(paid_order_id)
    shop.deliver()
    assert [key for key in before if "WEBHOOK" not in key[0] and before[key] != snapshot()[key]] == []
    assert breaches() == []


def apply_listed_disputes(order_id: str) -> None:
    for entity in razorpay.list_disputes():
        settle(order_id, from_dispute(entity), Source.RECONCILIATION)


def test_poll_fetches_every_open_dispute_of_every_capture_and_no_ended_one(
    shop: Storefront, student: Api, gateway_calls: list[str]
) -> None:
    order_id, [duplicate_id] = order_with_duplicate_captures(shop, student)
    primary_id = str(shop.payment(order_id).payment_id)
    report_dispute(shop, primary_id, "won", 100)
    first, second = (report_dispute(shop, primary_id, "created", 100, new=True) for _ in range(2))
    of_duplicate = report_dispute(shop, duplicate_id, "created")
    shop.clock.advance(days=1)
    gateway_calls.clear()
    shop.sweep()
    fetched = [call for call in gateway_calls if "/v1/disputes" in call]
    assert fetched == [f"GET /v1/disputes/{each}" for each in (*sorted((first, second)), of_duplicate)]


@pytest.mark.parametrize("fault", ["400", "unreadable"])
def test_dispute_that_razorpay_does_not_return_is_logged_and_blocks_nothing(
    shop: Storefront,
    paid_order_id: str,
    payment_id: str,
    fault: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dispute_id = report_dispute(shop, payment_id, "under_review")
    if fault == "400":
        del shop.gateway.ledger.disputes[dispute_id]
    else:
        monkeypatch.setattr(razorpay, "fetch_dispute", lambda _: {"id": dispute_id})
    shop.clock.advance(days=1)
    with captured_logs() as lines:
        assert shop.sweep() == {"no_change": 1}
    messages = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert [(each["level"], each["dispute_id"]) for each in messages if each["message"] == "dispute not readable"] == [
        ("ERROR", dispute_id)
    ]
    assert next_poll_at(shop.payment(paid_order_id)) == "24 18:00", "polled again at a quarter of the time unchanged"


def test_razorpay_outage_while_disputes_are_fetched_defers_the_order(
    shop: Storefront, paid_order_id: str, payment_id: str
) -> None:
    dispute_id = report_dispute(shop, payment_id, "under_review")
    change_dispute(shop, payment_id, "lost")
    shop.clock.advance(days=1)
    shop.control("POST", "faults", {"kind": "503", "path": f"/v1/disputes/{dispute_id}", "times": 3})
    assert shop.sweep()["deferred"] == 1
    assert shop.payment(paid_order_id).status == "captured"
    shop.clock.advance(days=1)
    shop.sweep()
    assert shop.payment(paid_order_id).status == "refunded"


def list_page(admin: Api, query: str = "") -> list[tuple[Any, ...]]:
    reply = admin.get(f"/api/disputes{query}")
    assert reply.status == 200, reply.text
    return [(each["id"], each["status"], each["respond_by"]) for each in reply.json["items"]]


class TestDisputeList:
    def test_disputes_are_listed_open_first_by_deadline_then_latest_ended_first(
        self, shop: Storefront, admin: Api, payment_id: str
    ) -> None:
        deadline = int(shop.clock.now().timestamp()) + 3 * 86_400
        ended = []
        for outcome in ("won", "closed"):
            ended.append(report_dispute(shop, payment_id, "created", 100, new=True))
            report_dispute(shop, payment_id, outcome)
            shop.clock.advance(minutes=1)
        late = report_dispute(shop, payment_id, "created", 100, new=True, respond_by=deadline + 60)
        early = report_dispute(shop, payment_id, "created", 100, new=True, respond_by=deadline)
        assert [each[:2] for each in list_page(admin)] == [
            (early, "open"),
            (late, "open"),
            (ended[1], "closed"),
            (ended[0], "won"),
        ]
        assert [each[0] for each in list_page(admin, "?status=won")] == [ended[0]]
        first = admin.get("/api/disputes?limit=2").json
        assert [each["id"] for each in first["items"]] == [early, late]
        rest = admin.get(f"/api/disputes?limit=2&cursor={first['next_cursor']}").json
        assert [each["id"] for each in rest["items"]] == [ended[1], ended[0]]

    def test_listed_dispute_names_its_payment_order_learner_and_course(
        self, shop: Storefront, student: Api, admin: Api, paid_order_id: str, payment_id: str
    ) -> None:
        dispute_id = report_dispute(shop, payment_id, "created", 20_000, deducted=15_000)
        [listed] = admin.get("/api/disputes").json["items"]
        assert listed == {
            "id": dispute_id,
            "amount": 20_000,
            "currency": "INR",
            "status": "open",
            "phase": "chargeback",
            "reason": "goods_or_services_not_received_or_partially_received",
            "respond_by": "2026-11-26T12:00:00.000Z",
            "deducted": 15_000,
            "order_id": paid_order_id,
            "payment_id": payment_id,
            "user_id": student.user_id,
            "course_id": shop.course.course_id,
            "updated_at": "2026-11-23T12:00:00.000Z",
        }

    def test_list_of_disputes_rejects_unknown_status(self, admin: Api) -> None:
        assert admin.get("/api/disputes?status=refunded").status == 422
        assert list_page(admin) == []

    def test_payment_of_admin_shows_disputes_of_each_capture(self, shop: Storefront, student: Api) -> None:
        order_id, [duplicate_id] = order_with_duplicate_captures(shop, student)
        of_primary = report_dispute(shop, str(shop.payment(order_id).payment_id), "created", 100)
        of_duplicate = report_dispute(shop, duplicate_id, "won", 200)
        shown = presenters.admin_payment(shop.payment(order_id))
        assert [(each.id, each.status, each.amount) for each in shown.disputes] == [(of_primary, "open", 100)]
        [extra] = shown.extra_payments
        assert [(each.id, each.status, each.amount) for each in extra.disputes] == [(of_duplicate, "won", 200)]


class TestDeadlines:
    def test_open_disputes_are_counted_and_due_48_hours_before_the_deadline(
        self, shop: Storefront, payment_id: str
    ) -> None:
        now = shop.clock.now()
        report_dispute(shop, payment_id, "created", 100, respond_by=int(now.timestamp()) + 3 * 86_400)
        report_dispute(shop, payment_id, "created", 100, new=True, phase="retrieval")
        assert count_open_disputes(now) == OpenDisputeCounts(open=2, due=0, unknown=0)
        shop.clock.advance(days=1)
        assert count_open_disputes(shop.clock.now()).due == 0
        shop.clock.advance(seconds=1)
        assert count_open_disputes(shop.clock.now()).due == 1
        shop.clock.advance(days=9)
        assert count_open_disputes(shop.clock.now()) == OpenDisputeCounts(open=2, due=2, unknown=0), "overdue ones too"

    def test_answered_or_ended_dispute_is_not_due(self, shop: Storefront, payment_id: str) -> None:
        report_dispute(shop, payment_id, "created")
        shop.clock.advance(days=2)
        assert count_open_disputes(shop.clock.now()) == OpenDisputeCounts(open=1, due=1, unknown=0)
        report_dispute(shop, payment_id, "under_review")
        assert count_open_disputes(shop.clock.now()) == OpenDisputeCounts(open=1, due=0, unknown=0)
        report_dispute(shop, payment_id, "won")
        assert count_open_disputes(shop.clock.now()) == OpenDisputeCounts(open=0, due=0, unknown=0)


def test_full_refund_from_razorpays_dashboard_during_a_dispute_is_recorded(
    shop: Storefront, student: Api, admin: Api, paid_order_id: str, payment_id: str
) -> None:
    """In the phase `fraud` Razorpay asks the merchant to refund, and closes the dispute."""
    report_dispute(shop, payment_id, "created", phase="fraud")
    assert refund(admin, paid_order_id).code == "dispute_open"
    shop.control("POST", f"payments/{payment_id}/refund", {})
    shop.clock.advance(minutes=20)
    shop.gateway.tick()
    shop.deliver()
    report_dispute(shop, payment_id, "closed")
    assert shop.states(student, paid_order_id) == ("refunded", "cancelled")
    assert (ledger_totals(shop, paid_order_id), breaches()) == ((PRICE, PRICE), [])
