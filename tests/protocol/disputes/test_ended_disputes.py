"""Disputes that end: what they do to the money, the access, the receipt and the dashboards, and how it is undone."""

import pytest

from shared.db.payments.documents import receipts
from shared.db.table import keys, store
from shared.gateways import razorpay
from tests.fixtures.api import Api
from tests.fixtures.corruption import spoil
from tests.fixtures.storefront import PRICE, Storefront, refund
from tests.fixtures.table_snapshot import snapshot
from tests.protocol.dispute_actions import (
    change_dispute,
    change_ended_dispute,
    last_event_body,
    recorded_disputes,
    report_dispute,
    send_webhook,
)
from tests.protocol.stored_state import breaches, ledger_totals, next_poll_at, payment_history
from tests.protocol.sweep_actions import order_with_duplicate_captures, sweep_repeatedly


@pytest.fixture
def payment_id(shop: Storefront, paid_order_id: str) -> str:
    return str(shop.payment(paid_order_id).payment_id)


def credits_of(learner: Api, order_id: str) -> list[int]:
    """The credits of the receipt, in paise."""
    receipt = learner.get(f"/api/payments/{order_id}/receipt").json
    assert receipt["net_amount"] == PRICE - sum(credit["amount"] for credit in receipt["credits"])
    return [credit["amount"] for credit in receipt["credits"]]


class TestDeductionAtOnset:
    @pytest.mark.parametrize("deducted", [PRICE, 10_000])
    def test_deduction_at_onset_counts_at_once_and_keeps_access(
        self, shop: Storefront, student: Api, paid_order_id: str, payment_id: str, deducted: int
    ) -> None:
        report_dispute(shop, payment_id, "created", deducted=deducted)
        assert shop.states(student, paid_order_id) == ("captured", "active")
        assert ledger_totals(shop, paid_order_id) == (PRICE, deducted)
        assert shop.payment(paid_order_id).refunded_amount == deducted
        assert (credits_of(student, paid_order_id), breaches()) == ([deducted], [])

    def test_won_dispute_takes_the_deduction_back(
        self, shop: Storefront, student: Api, paid_order_id: str, payment_id: str
    ) -> None:
        report_dispute(shop, payment_id, "created", deducted=PRICE)
        shop.clock.advance(days=1)
        report_dispute(shop, payment_id, "won")
        assert shop.states(student, paid_order_id) == ("captured", "active")
        assert (ledger_totals(shop, paid_order_id), shop.payment(paid_order_id).refunded_amount) == ((PRICE, 0), 0)
        assert (credits_of(student, paid_order_id), breaches()) == ([PRICE, -PRICE], [])
        page = student.get(f"/api/payments/{paid_order_id}/receipt.html").text
        assert ("24 November 2026 (taken back)" in page, "\N{MINUS SIGN}₹ 499.00" in page) == (True, True)

    def test_lost_dispute_after_deduction_ends_access_and_counts_once(
        self, shop: Storefront, student: Api, paid_order_id: str, payment_id: str
    ) -> None:
        report_dispute(shop, payment_id, "created", deducted=PRICE)
        report_dispute(shop, payment_id, "lost")
        assert shop.states(student, paid_order_id) == ("refunded", "cancelled")
        assert shop.enrollment(student).reason == "chargeback"
        assert ledger_totals(shop, paid_order_id) == (PRICE, PRICE)
        assert (credits_of(student, paid_order_id), breaches()) == ([PRICE], [])

    def test_deduction_of_a_part_then_lost_over_a_part_keeps_access(
        self, shop: Storefront, student: Api, paid_order_id: str, payment_id: str
    ) -> None:
        report_dispute(shop, payment_id, "created", 20_000, deducted=20_000)
        report_dispute(shop, payment_id, "lost", deducted=15_000)
        assert shop.states(student, paid_order_id) == ("captured", "active")
        assert (ledger_totals(shop, paid_order_id), credits_of(student, paid_order_id)) == (
            (PRICE, 15_000),
            [20_000, -5_000],
        )
        assert breaches() == []


class TestLostDispute:
    def test_lost_dispute_above_what_is_left_returns_more_than_was_captured(
        self, shop: Storefront, student: Api, admin: Api, paid_order_id: str, payment_id: str
    ) -> None:
        """The bank does not know about the refund: the ledger records both, and a sale is reversed once."""
        refund(admin, paid_order_id, 30_000, "click-1")
        sweep_repeatedly(shop, 2, minutes=30)
        report_dispute(shop, payment_id, "created", PRICE, deducted=PRICE)
        assert shop.states(student, paid_order_id) == ("captured", "active")
        report_dispute(shop, payment_id, "lost")
        assert shop.states(student, paid_order_id) == ("refunded", "cancelled")
        assert ledger_totals(shop, paid_order_id) == (PRICE, PRICE + 30_000)
        assert (shop.payment(paid_order_id).refunded_amount, breaches()) == (PRICE, [])

    def test_two_disputes_of_one_payment_have_effects_of_their_own(
        self, shop: Storefront, admin: Api, paid_order_id: str, payment_id: str
    ) -> None:
        first = report_dispute(shop, payment_id, "created", 10_000, deducted=10_000)
        second = report_dispute(shop, payment_id, "created", 20_000, new=True)
        report_dispute(shop, payment_id, "lost")
        recorded = {
            dispute_id: each.status.value for dispute_id, each in recorded_disputes(shop, paid_order_id).items()
        }
        assert recorded == {first: "open", second: "lost"}
        assert (shop.payment(paid_order_id).refunded_amount, ledger_totals(shop, paid_order_id)) == (
            30_000,
            (PRICE, 30_000),
        )
        assert refund(admin, paid_order_id, 100, "k").code == "dispute_open"

    def test_lost_dispute_of_duplicate_capture_replaces_its_refund(
        self, shop: Storefront, student: Api, gateway_calls: list[str]
    ) -> None:
        order_id, [duplicate_id] = order_with_duplicate_captures(shop, student)
        report_dispute(shop, duplicate_id, "created", deducted=PRICE)
        report_dispute(shop, duplicate_id, "lost")
        gateway_calls.clear()
        sweep_repeatedly(shop, 3, days=1)
        assert [call for call in gateway_calls if call.startswith("POST")] == []
        assert (shop.states(student, order_id), breaches()) == (("captured", "active"), [])


def test_f61_won_after_lost_gives_the_access_back(
    shop: Storefront, student: Api, paid_order_id: str, payment_id: str
) -> None:
    dispute_id = report_dispute(shop, payment_id, "lost")
    change_ended_dispute(shop, dispute_id, "won")
    assert [reply.json for reply in shop.deliver("payment.dispute.won")] == [{"outcome": "granted"}]
    assert shop.states(student, paid_order_id) == ("captured", "active")
    assert shop.enrollment(student).granted_by == paid_order_id
    assert (ledger_totals(shop, paid_order_id), credits_of(student, paid_order_id)) == ((PRICE, 0), [PRICE, -PRICE])
    sweep_repeatedly(shop, 3)
    assert (next_poll_at(shop.payment(paid_order_id)), breaches()) == (None, [])


class TestLostThenWon:
    def test_won_after_lost_of_a_sale_without_receipt_issues_one(
        self, shop: Storefront, paid_order_id: str, payment_id: str
    ) -> None:
        dispute_id = report_dispute(shop, payment_id, "lost")
        store.delete(keys.receipt(paid_order_id))
        change_ended_dispute(shop, dispute_id, "won")
        shop.deliver("payment.dispute.won")
        receipt = receipts.get(paid_order_id)
        assert (receipt and receipt.amount) == PRICE

    def test_won_after_lost_and_bought_again_is_refunded_as_duplicate(
        self, shop: Storefront, student: Api, paid_order_id: str, payment_id: str
    ) -> None:
        dispute_id = report_dispute(shop, payment_id, "lost")
        second_order_id = shop.create_order(student)["order_id"]
        shop.pay(second_order_id)
        shop.deliver()
        change_ended_dispute(shop, dispute_id, "won")
        assert [reply.json for reply in shop.deliver("payment.dispute.won")] == [{"outcome": "refund_due"}]
        payment = shop.payment(paid_order_id)
        assert (payment.status, payment.reason) == ("refund_pending", "duplicate")
        sweep_repeatedly(shop, 3, minutes=30)
        assert (shop.payment(paid_order_id).status, ledger_totals(shop, paid_order_id)) == ("refunded", (PRICE, PRICE))
        assert shop.states(student, second_order_id) == ("captured", "active")
        assert shop.enrollment(student).granted_by == second_order_id
        assert breaches() == []

    def test_won_after_lost_while_second_purchase_is_only_authorized_becomes_its_basis(
        self, shop: Storefront, student: Api, paid_order_id: str, payment_id: str
    ) -> None:
        dispute_id = report_dispute(shop, payment_id, "lost")
        second_order_id = shop.create_order(student)["order_id"]
        checkout = shop.pay(second_order_id, "authorized")
        shop.verify(student, checkout)
        change_ended_dispute(shop, dispute_id, "won")
        shop.deliver("payment.dispute.won")
        assert shop.payment(paid_order_id).status == "captured"
        assert shop.enrollment(student).granted_by == paid_order_id
        sweep_repeatedly(shop, 3, minutes=30)
        second = shop.payment(second_order_id)
        assert (second.status, second.reason, breaches()) == ("refunded", "duplicate", [])

    def test_won_after_lost_of_revoked_purchase_is_refunded(
        self, shop: Storefront, student: Api, admin: Api, paid_order_id: str, payment_id: str
    ) -> None:
        dispute_id = report_dispute(shop, payment_id, "under_review")
        body = {"user_id": student.user_id, "course_id": shop.course.course_id, "reason": "fraud"}
        assert admin.post("/api/enrollments/revoke", body).status == 200
        report_dispute(shop, payment_id, "lost")
        assert shop.states(student, paid_order_id) == ("refunded", "cancelled")
        change_ended_dispute(shop, dispute_id, "won")
        shop.deliver("payment.dispute.won")
        payment = shop.payment(paid_order_id)
        assert (payment.status, payment.reason) == ("refund_pending", "requested")
        sweep_repeatedly(shop, 3, minutes=30)
        assert (shop.payment(paid_order_id).status, breaches()) == ("refunded", [])

    def test_won_after_lost_of_payment_with_promised_refund_is_refunded_although_learner_buys_again(
        self, shop: Storefront, student: Api, admin: Api, paid_order_id: str, payment_id: str
    ) -> None:
        shop.control("POST", "faults", {"kind": "500", "path": ".*/refund", "method": "POST", "times": 1})
        assert refund(admin, paid_order_id).json["payment"]["status"] == "refund_pending"
        dispute_id = report_dispute(shop, payment_id, "lost")
        assert shop.payment(paid_order_id).status == "refunded"
        second_order_id = shop.create_order(student)["order_id"]
        change_ended_dispute(shop, dispute_id, "won")
        assert [reply.json for reply in shop.deliver("payment.dispute.won")] == [{"outcome": "refund_due"}]
        payment = shop.payment(paid_order_id)
        assert (payment.status, payment.reason) == ("refund_pending", "requested")
        assert shop.states(student, second_order_id) == ("pending", "pending")
        sweep_repeatedly(shop, 3, minutes=30)
        assert (shop.payment(paid_order_id).status, ledger_totals(shop, paid_order_id)) == ("refunded", (PRICE, PRICE))
        assert breaches() == []

    def test_full_refund_request_after_lost_returns_409_and_promises_nothing_when_won(
        self, shop: Storefront, student: Api, admin: Api, paid_order_id: str, payment_id: str
    ) -> None:
        dispute_id = report_dispute(shop, payment_id, "lost")
        before = shop.payment(paid_order_id).serialize()
        reply = refund(admin, paid_order_id)
        assert (reply.status, reply.json["code"]) == (409, "not_refundable")
        assert shop.payment(paid_order_id).serialize() == before
        change_ended_dispute(shop, dispute_id, "won")
        shop.deliver("payment.dispute.won")
        assert shop.states(student, paid_order_id) == ("captured", "active")

    def test_lost_again_after_won_ends_the_access_again(
        self, shop: Storefront, student: Api, paid_order_id: str, payment_id: str
    ) -> None:
        dispute_id = report_dispute(shop, payment_id, "lost")
        for outcome, states in (("won", ("captured", "active")), ("lost", ("refunded", "cancelled"))):
            change_ended_dispute(shop, dispute_id, outcome)
            shop.deliver()
            assert shop.states(student, paid_order_id) == states
        assert (ledger_totals(shop, paid_order_id), breaches()) == ((PRICE, PRICE), [])

    def test_won_after_lost_of_duplicate_is_refunded_although_the_first_purchase_was_lost_meanwhile(
        self, shop: Storefront, student: Api, payment_id: str
    ) -> None:
        """The refund of a duplicate purchase is due when its dispute is lost; that of the first purchase is lost too.
        The duplicate's dispute is won after all: its amount is refunded, and grants no access."""
        shop.control("PATCH", "settings", {"refunds": "hold"})
        second_order_id = buy_again_through_other_tab(shop, student)
        second_id = str(shop.payment(second_order_id).payment_id)
        second_dispute = report_dispute(shop, second_id, "lost")
        assert shop.payment(second_order_id).reason == "duplicate"
        report_dispute(shop, payment_id, "lost")
        assert student.get(f"/api/payments/{second_order_id}/receipt").code == "receipt_not_due"
        change_ended_dispute(shop, second_dispute, "won")
        assert [reply.json for reply in shop.deliver("payment.dispute.won")] == [{"outcome": "refund_due"}]
        assert shop.states(student, second_order_id) == ("refund_pending", "cancelled")
        shop.control("PATCH", "settings", {"refunds": "process"})
        sweep_repeatedly(shop, 3, minutes=30)
        second = shop.payment(second_order_id)
        assert (second.status, second.reason, ledger_totals(shop, second_order_id)) == (
            "refunded",
            "duplicate",
            (PRICE, PRICE),
        )
        assert breaches() == []

    def test_won_after_lost_part_of_duplicate_whose_refund_was_promised_is_refunded(
        self, shop: Storefront, student: Api, admin: Api, payment_id: str
    ) -> None:
        """Seed 5210 of the simulation: a part is lost in a dispute, the rest is refunded, and then the part is won."""
        second_order_id = buy_again_through_other_tab(shop, student)
        second_id = str(shop.payment(second_order_id).payment_id)
        shop.control("POST", "faults", {"kind": "500", "path": ".*/refund", "method": "POST", "times": 1})
        assert refund(admin, second_order_id).json["payment"]["status"] == "refund_pending"
        dispute_id = report_dispute(shop, second_id, "lost", amount=PRICE // 2)
        sweep_repeatedly(shop, 3, minutes=30)
        assert shop.payment(second_order_id).status == "refunded"
        report_dispute(shop, payment_id, "lost")
        change_ended_dispute(shop, dispute_id, "won")
        shop.deliver("payment.dispute.won")
        sweep_repeatedly(shop, 3, minutes=30)
        second = shop.payment(second_order_id)
        assert (second.status, second.reason) == ("refunded", "duplicate")
        assert (ledger_totals(shop, second_order_id), breaches()) == ((PRICE, PRICE), [])


def buy_again_through_other_tab(shop: Storefront, learner: Api) -> str:
    """The id of a second paid order for the same course, opened before the first was paid."""
    notes = {"stage": "local", "user_id": learner.user_id, "course_id": shop.course.course_id}
    order_id: str = razorpay.create_order(PRICE, "INR", "rcpt_other_tab", notes)["id"]
    shop.pay(order_id)
    shop.deliver("payment.captured")
    return order_id


class TestRepeatedAndLateMessages:
    def test_redelivered_messages_of_a_dispute_change_nothing(self, shop: Storefront, payment_id: str) -> None:
        report_dispute(shop, payment_id, "created", deducted=PRICE)
        for event in ("under_review", "action_required", "under_review", "lost"):
            shop.clock.advance(minutes=5)
            report_dispute(shop, payment_id, event)
        before = snapshot()
        for _ in range(2):
            for reply in shop.deliver(redeliver=True):
                assert reply.json["outcome"] == "no_change"
        assert snapshot() == before

    def test_late_messages_do_not_open_an_ended_dispute(
        self, shop: Storefront, student: Api, paid_order_id: str, payment_id: str
    ) -> None:
        """Only the last webhook arrives in time; the others a week later, in reverse order."""
        change_dispute(shop, payment_id, "created", deducted=PRICE)
        shop.clock.advance(minutes=5)
        change_dispute(shop, payment_id, "under_review")
        shop.clock.advance(minutes=5)
        report_dispute(shop, payment_id, "won")
        shop.clock.advance(days=7)
        for kind in ("under_review", "created"):
            [reply] = shop.deliver(f"payment.dispute.{kind}")
            assert reply.json == {"outcome": "no_change"}
        assert shop.states(student, paid_order_id) == ("captured", "active")
        assert (shop.payment(paid_order_id).refunded_amount, breaches()) == (0, [])

    def test_lost_then_won_delivered_in_reverse_order_keeps_the_later_outcome(
        self, shop: Storefront, student: Api, paid_order_id: str, payment_id: str
    ) -> None:
        dispute_id = change_dispute(shop, payment_id, "lost")["id"]
        change_ended_dispute(shop, dispute_id, "won")
        for kind in ("won", "lost"):
            shop.deliver(f"payment.dispute.{kind}")
        assert shop.states(student, paid_order_id) == ("captured", "active")
        assert [each.status for each in recorded_disputes(shop, paid_order_id).values()] == ["won"]

    def test_dispute_won_and_opened_again_in_a_later_phase_is_open(
        self, shop: Storefront, student: Api, admin: Api, paid_order_id: str, payment_id: str
    ) -> None:
        report_dispute(shop, payment_id, "won")
        body = last_event_body(shop, "payment.dispute.won")
        shop.clock.advance(days=30)
        body["event"], body["created_at"] = "payment.dispute.created", int(shop.clock.now().timestamp())
        body["payload"]["dispute"]["entity"] |= {"status": "open", "phase": "pre_arbitration", "amount_deducted": PRICE}
        assert send_webhook(body, "evt_reopened").json == {"outcome": "recorded"}
        assert (refund(admin, paid_order_id).code, shop.payment(paid_order_id).refunded_amount) == (
            "dispute_open",
            PRICE,
        )
        assert shop.states(student, paid_order_id) == ("captured", "active")


class TestUnusualMessages:
    def test_dispute_of_unknown_status_is_kept_as_unknown_and_blocks_no_message(
        self, shop: Storefront, student: Api, paid_order_id: str, payment_id: str
    ) -> None:
        change_dispute(shop, payment_id, "created")
        body = last_event_body(shop, "payment.dispute.created")
        body["payload"]["dispute"]["entity"]["status"] = "escalated"
        assert send_webhook(body, "evt_1").json == {"outcome": "recorded"}
        assert [each.status for each in recorded_disputes(shop, paid_order_id).values()] == ["unknown"]
        report_dispute(shop, payment_id, "lost")
        assert shop.states(student, paid_order_id) == ("refunded", "cancelled")

    @pytest.mark.parametrize("kind", ["created", "under_review", "action_required", "won", "lost", "closed"])
    def test_malformed_dispute_is_kept_as_malformed_and_changes_nothing(
        self, shop: Storefront, paid_order_id: str, payment_id: str, kind: str
    ) -> None:
        change_dispute(shop, payment_id, kind)
        body = last_event_body(shop, f"payment.dispute.{kind}")
        body["payload"]["dispute"]["entity"]["amount"] = "499.00"
        steps = len(payment_history(paid_order_id))
        assert send_webhook(body, "evt_1").json == {"outcome": "malformed"}
        assert (len(payment_history(paid_order_id)), recorded_disputes(shop, paid_order_id)) == (steps, {})

    def test_dispute_of_a_payment_that_the_order_does_not_know_is_acknowledged(
        self, shop: Storefront, paid_order_id: str, payment_id: str
    ) -> None:
        change_dispute(shop, payment_id, "created")
        body = last_event_body(shop, "payment.dispute.created")
        body["payload"]["dispute"]["entity"]["payment_id"] = "pay_CCCCCCCCCCCCCC"
        assert send_webhook(body, "evt_1").json == {"outcome": "no_change"}
        assert recorded_disputes(shop, paid_order_id) == {}

    def test_dispute_of_an_order_of_another_product_is_not_ours(
        self, shop: Storefront, paid_order_id: str, payment_id: str
    ) -> None:
        change_dispute(shop, payment_id, "created")
        body = last_event_body(shop, "payment.dispute.created")
        body["payload"]["payment"]["entity"]["order_id"] = "order_AAAAAAAAAAAAAA"
        assert send_webhook(body, "evt_1").json == {"outcome": "not_ours"}
        body["payload"]["payment"]["entity"]["order_id"] = None
        assert send_webhook(body, "evt_2").json == {"outcome": "ignored"}
        assert recorded_disputes(shop, paid_order_id) == {}


def test_won_after_lost_with_unreadable_receipt_grants_the_access_again(
    shop: Storefront, student: Api, paid_order_id: str, payment_id: str
) -> None:
    dispute_id = report_dispute(shop, payment_id, "lost")
    spoil(receipts.get(paid_order_id), "amount")
    change_ended_dispute(shop, dispute_id, "won")
    assert [reply.status for reply in shop.deliver("payment.dispute.won")] == [200]
    assert shop.states(student, paid_order_id) == ("captured", "active")
