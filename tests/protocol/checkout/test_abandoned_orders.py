"""A learner who withdraws and enrolls again gets the same order while it can be paid: however often that is repeated,
Razorpay has one order, and the sweep polls one payment."""

from itertools import product

import pytest

from shared.domain.lifecycle import EnrollmentStatus, StatusReason
from shared.enrollment_rules import Offer, has_resumable_order
from tests.fixtures import rows
from tests.fixtures.api import Api
from tests.fixtures.memory_dynamodb.client import MemoryDynamoDb
from tests.fixtures.storefront import PRICE, Storefront
from tests.fixtures.table_snapshot import snapshot
from tests.protocol.stored_state import enrollment_history


class TestOrderResumed:
    def test_create_order_after_repeated_withdrawals_returns_same_order(self, shop: Storefront, student: Api) -> None:
        first = shop.request_order(student)
        for _ in range(20):
            shop.clock.advance(minutes=1)
            shop.withdraw(student)
            again = shop.request_order(student)
            assert (first.status, again.status, again.json) == (201, 200, first.json)
        assert shop.gateway_order_ids() == [first.json["order_id"]]
        assert [each["status"] for each in student.get("/api/payments/my").json["items"]] == ["pending"]

    def test_create_order_resuming_writes_once_and_keeps_payment(
        self,
        shop: Storefront,
        student: Api,
        abandoned_order_id: str,
        dynamodb: MemoryDynamoDb,
        gateway_calls: list[str],
    ) -> None:
        before = shop.payment(abandoned_order_id).serialize()
        gateway_calls.clear()
        dynamodb.calls.clear()
        assert shop.request_order(student).status == 200
        assert [call.split()[0] for call in dynamodb.calls] == ["BatchGetItem", "TransactWriteItems"]
        assert gateway_calls == []
        assert shop.payment(abandoned_order_id).serialize() == before
        enrollment = shop.enrollment(student)
        assert (enrollment.status, enrollment.order_id, enrollment.gsi2sk) == ("pending", abandoned_order_id, None)
        nothing = dict.fromkeys(("reason", "granted_by", "completed_at", "cancelled_at"))
        assert enrollment_history(student, shop.course.course_id)[-1] == (
            "order_resumed",
            "learner",
            {"status": "pending", **nothing},
        )

    def test_resumed_order_when_paid_grants_access(
        self, shop: Storefront, student: Api, abandoned_order_id: str
    ) -> None:
        shop.request_order(student)
        assert shop.verify(student, shop.pay(abandoned_order_id)).json["enrollment"]["granted_by"] == abandoned_order_id
        shop.deliver()
        assert shop.states(student, abandoned_order_id) == ("captured", "active")

    def test_enroll_after_withdrawal_resumes_abandoned_order(
        self, shop: Storefront, student: Api, abandoned_order_id: str
    ) -> None:
        shop.clock.advance(minutes=1)
        enrolled = shop.enroll(student)
        assert (enrolled.status, enrolled.json["status"]) == (201, "pending")
        assert (shop.enrollment(student).order_id, shop.enrollment(student).gsi2sk) == (abandoned_order_id, None)
        again = shop.request_order(student)
        assert (again.status, again.json["order_id"]) == (200, abandoned_order_id)
        assert shop.gateway_order_ids() == [abandoned_order_id]

    def test_resumed_order_expires_with_its_original_window(
        self, shop: Storefront, student: Api, abandoned_order_id: str
    ) -> None:
        shop.clock.advance(minutes=29, seconds=59)
        assert shop.request_order(student).status == 200
        shop.clock.advance(seconds=1)
        assert shop.sweep() == {"expired": 1}
        assert (shop.states(student, abandoned_order_id), shop.enrollment(student).reason) == (
            ("failed", "cancelled"),
            "expired",
        )

    @pytest.mark.usefixtures("abandoned_order_id")
    def test_resume_order_of_hidden_course_returns_404_and_writes_nothing(self, shop: Storefront, student: Api) -> None:
        rows.update(shop.course, hidden=True)
        before = snapshot()
        for call in (Storefront.request_order, Storefront.enroll):
            assert (call(shop, student).status, call(shop, student).code) == (404, "course_not_found")
        assert snapshot() == before


class TestNewOrderCreated:
    @pytest.mark.parametrize(
        "changes", [{"amount": PRICE + 100}, {"amount": PRICE - 100}, {"currency": "USD"}], ids=str
    )
    def test_create_order_after_price_change_supersedes_abandoned_order(
        self, shop: Storefront, student: Api, abandoned_order_id: str, changes: dict[str, object]
    ) -> None:
        rows.update(shop.course, **changes)
        made = shop.request_order(student)
        assert (made.status, shop.gateway_order_ids()) == (201, [abandoned_order_id, made.json["order_id"]])
        assert (shop.payment(abandoned_order_id).status, shop.payment(abandoned_order_id).reason) == (
            "failed",
            "superseded",
        )

    @pytest.mark.parametrize("swept", [True, False], ids=["swept", "not swept"])
    def test_create_order_after_window_end_creates_new_order(
        self, shop: Storefront, student: Api, abandoned_order_id: str, swept: bool
    ) -> None:
        shop.clock.advance(minutes=30)
        if swept:
            assert shop.sweep() == {"expired": 1}
            assert (shop.enrollment(student).status, shop.enrollment(student).reason) == ("cancelled", "withdrawn")
        made = shop.request_order(student)
        assert (made.status, shop.gateway_order_ids()) == (201, [abandoned_order_id, made.json["order_id"]])
        assert shop.payment(abandoned_order_id).reason == ("expired" if swept else "superseded")
        assert shop.enrollment(student).order_id == made.json["order_id"]

    @pytest.mark.parametrize(
        ("outcome", "states"),
        [("captured", ("refund_pending", "not_wanted")), ("authorized", ("authorized", None))],
        ids=["captured", "authorized"],
    )
    def test_create_order_after_payment_of_abandoned_order_creates_new_order(
        self,
        shop: Storefront,
        student: Api,
        abandoned_order_id: str,
        outcome: str,
        states: tuple[str, str | None],
    ) -> None:
        shop.pay(abandoned_order_id, outcome)
        shop.deliver()
        made = shop.request_order(student)
        assert (made.status, shop.gateway_order_ids()) == (201, [abandoned_order_id, made.json["order_id"]])
        assert (shop.payment(abandoned_order_id).status, shop.payment(abandoned_order_id).reason) == states
        assert shop.enrollment(student).order_id == made.json["order_id"]

    def test_create_order_after_another_amount_on_abandoned_order_returns_payment_on_hold(
        self, shop: Storefront, student: Api, abandoned_order_id: str
    ) -> None:
        shop.pay(abandoned_order_id, amount=PRICE - 100)
        shop.deliver()
        made = shop.request_order(student)
        assert (made.status, made.code, shop.gateway_order_ids()) == (409, "payment_on_hold", [abandoned_order_id])
        assert (shop.payment(abandoned_order_id).reason, shop.enrollment(student).reason) == ("mismatch", "withdrawn")

    def test_create_order_after_revoked_grant_creates_new_order(
        self, shop: Storefront, student: Api, admin: Api, abandoned_order_id: str
    ) -> None:
        body = {"user_id": student.user_id, "course_id": shop.course.course_id, "reason": "asked"}
        assert admin.post("/api/enrollments/grant", body).status == 201
        assert admin.post("/api/enrollments/revoke", body).status == 200
        assert shop.enrollment(student).order_id is None
        assert shop.request_order(student).json["order_id"] != abandoned_order_id


def test_enroll_after_payment_of_abandoned_order_awaits_no_order(
    shop: Storefront, student: Api, abandoned_order_id: str
) -> None:
    shop.pay(abandoned_order_id)
    shop.deliver()
    assert shop.enroll(student).status == 201
    enrollment = shop.enrollment(student)
    assert (enrollment.status, enrollment.order_id) == ("pending", None)
    assert enrollment.gsi2sk[:16] == "2026-11-23T12:30"


def test_enroll_in_course_now_free_grants_free_access(shop: Storefront, student: Api, abandoned_order_id: str) -> None:
    rows.update(shop.course, amount=0)
    assert (shop.enroll(student).status, shop.enrollment(student).granted_by) == (201, "free")
    assert shop.enrollment(student).order_id is None


@pytest.mark.usefixtures("abandoned_order_id")
def test_resumable_order_exists_only_after_withdrawal(shop: Storefront, student: Api) -> None:
    enrollment, giving_up = shop.enrollment(student), set()
    for status, reason in product(EnrollmentStatus, (None, *StatusReason)):
        enrollment.status, enrollment.reason = status, reason
        if has_resumable_order(enrollment, Offer.of(shop.course, shop.clock.now()), shop.clock.now()):
            giving_up.add((status, reason))
    assert giving_up == {(EnrollmentStatus.CANCELLED, StatusReason.WITHDRAWN)}
