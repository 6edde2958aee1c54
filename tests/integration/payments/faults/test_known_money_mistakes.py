"""Known payment mistakes of other products (S) and complaints of their users (C), by their numbers in docs/faults.md.
Those that are also a fault (F) are in the file of the fault.

After each test `consistent_ledgers` checks every invariant and compares both ledgers."""

import hmac
from collections.abc import Callable
from typing import Any

import pytest

from shared import ids
from shared.db.entities import Course, Payment
from shared.db.table import keys, store
from shared.db.table.transaction import Transaction
from shared.domain.lifecycle import CourseStatus
from tests.fixtures.api import Api
from tests.fixtures.course_authoring import COURSE
from tests.fixtures.storefront import PRICE, Storefront, put_published_course
from tests.fixtures.table_snapshot import snapshot
from tests.integration.enrollments.test_enrollments import lesson_ids_of, put_progress
from tests.integration.payments.faults.test_refunds_and_disputes import buy
from tests.integration.payments.test_purchase import change_price

NewUser = Callable[..., Api]
Project = Callable[[], int]
pytestmark = pytest.mark.usefixtures("consistent_ledgers")


def test_s6_verify_with_wrong_signature_after_a_valid_one_returns_400(shop: Storefront, student: Api) -> None:
    checkout = shop.pay(shop.create_order(student)["order_id"])
    assert shop.verify(student, checkout).status == 200
    before = snapshot()
    for _ in range(2):
        reply = shop.verify(student, {**checkout, "razorpay_signature": "0" * 64})
        assert (reply.status, reply.code) == (400, "signature_invalid")
    assert snapshot() == before
    assert shop.verify(student, checkout).status == 200


@pytest.mark.parametrize("end", ["withdrawn", "refunded", "revoked", "completed"])
def test_s8_verify_after_ended_or_completed_enrollment_leaves_it_unchanged(
    shop: Storefront, student: Api, admin: Api, end: str
) -> None:
    order_id = shop.create_order(student)["order_id"]
    checkout = shop.pay(order_id, webhooks=end != "withdrawn")
    access = {"user_id": student.user_id, "course_id": shop.course.course_id, "reason": "fraud"}
    if end == "withdrawn":
        assert student.delete(f"/api/enrollments/{shop.course.course_id}").status == 200
    else:
        assert shop.verify(student, checkout).status == 200
        shop.deliver()
    if end == "refunded":
        assert admin.post(f"/api/payments/{order_id}/refund", {"reason": "asked"}).status == 200
    elif end == "revoked":
        assert admin.post("/api/enrollments/revoke", access).status == 200
    elif end == "completed":
        for lesson in lesson_ids_of(shop.course):
            put_progress(student, shop.course, lesson)
    before = shop.enrollment(student).serialize()
    assert shop.enrollment(student).status == ("completed" if end == "completed" else "cancelled")
    assert shop.verify(student, checkout).status == 200
    shop.deliver(redeliver=True)
    assert shop.verify(student, checkout).status == 200
    assert shop.enrollment(student).serialize() == before


@pytest.mark.parametrize("amount", [100, 1_999, 6_999, 57_495, 114_999, 999_999_99])
def test_s9_create_order_sends_price_to_razorpay_in_whole_paise(shop: Storefront, student: Api, amount: int) -> None:
    course = put_published_course(shop.course.instructor_id, amount=amount)
    order = shop.create_order(student, course.course_id)
    gateway_amount = shop.gateway.ledger.orders[order["order_id"]].amount
    assert (order["amount"], gateway_amount, type(gateway_amount)) == (amount, amount, int)
    assert shop.payment(order["order_id"]).amount == amount


@pytest.mark.parametrize("amount", [19.99, 1999.0, "1999", True, None, 1e3])
def test_s9_create_course_with_non_integer_price_returns_422(instructor: Api, amount: Any) -> None:
    before = snapshot()
    reply = instructor.post("/api/courses", {**COURSE, "price": {"amount": amount, "currency": "INR"}})
    assert (reply.status, reply.code) == (422, "invalid")
    assert snapshot() == before


def test_s10_revenue_is_captures_minus_refunds_after_price_changes(
    shop: Storefront, student: Api, new_user: NewUser, admin: Api, run_projector: Project
) -> None:
    buy(shop, student)
    refunded = buy(shop, new_user("student"))
    change_price(shop, 99_900)
    third = new_user("student")
    buy(shop, third)
    assert admin.post(f"/api/payments/{refunded}/refund", {"reason": "asked"}).status == 200
    for _ in range(2):
        shop.clock.advance(minutes=16)
        shop.sweep()
    change_price(shop, 0)
    course_key = keys.course(shop.course.course_id)
    store.update(Course, course_key, [Course.status.set(CourseStatus.ARCHIVED)], Course.pk.exists())
    run_projector()
    revenue = admin.get("/api/dashboard/admin").json["revenue"]
    assert [revenue[name][0]["amount"] for name in ("gross", "refunded", "net")] == [199_700, PRICE, 149_800]
    statement = shop.control("GET", "statement")
    assert (statement["captured"], statement["refunded"], statement["net"]) == (199_700, PRICE, 149_800)


def test_s11_instructor_cannot_grant_access_and_admin_grant_adds_no_revenue(
    shop: Storefront, student: Api, admin: Api, new_user: NewUser, run_projector: Project
) -> None:
    instructor = new_user("instructor")
    course_id = put_published_course(instructor.user_id).course_id
    student.post("/api/enrollments", {"course_id": course_id})
    before = snapshot()
    gift = {"user_id": student.user_id, "course_id": course_id, "reason": "a friend"}
    assert instructor.post("/api/enrollments/grant", gift).status == 403
    for path in (f"/api/enrollments/{course_id}", f"/api/courses/{course_id}/enrollments"):
        assert instructor.patch(path, {"user_id": student.user_id, "status": "active"}).status == 405
    assert snapshot() == before
    assert admin.post("/api/enrollments/grant", gift).status == 201
    granted = shop.enrollment(student, course_id)
    assert (granted.status, granted.granted_by) == ("active", "admin")
    run_projector()
    assert admin.get("/api/dashboard/admin").json["revenue"]["gross"] == []


@pytest.mark.parametrize("source", ["webhook", "sweep", "browser and sweep"])
def test_s13_order_has_one_row_and_any_evidence_source_sets_captured_at(
    shop: Storefront, student: Api, source: str
) -> None:
    order_id = shop.create_order(student)["order_id"]
    again = Transaction()
    again.put("payment", Payment.build(keys.payment(order_id), **_payment_attributes(shop, order_id)))
    assert list(again.commit()) == ["payment"]
    shop.clock.advance(minutes=16)
    paid_at = shop.clock.current_time
    checkout = shop.pay(order_id, webhooks=source == "webhook")
    if source == "browser and sweep":
        assert shop.verify(student, checkout).status == 200
        paid_at = shop.clock.current_time
        shop.clock.advance(minutes=16)
        paid_at = shop.clock.current_time
    shop.deliver() if source == "webhook" else shop.sweep()
    assert shop.payment(order_id).captured_at == paid_at
    assert student.get(f"/api/payments/{order_id}").json["payment"]["status"] == "captured"


def _payment_attributes(shop: Storefront, order_id: str) -> dict[str, Any]:
    stored = shop.payment(order_id)
    names = ("order_id", "user_id", "course_id", "instructor_id", "receipt", "amount", "currency", "status")
    moments = ("window_ends_at", "version", "created_at", "updated_at")
    return {name: getattr(stored, name) for name in (*names, *moments)}


def test_s15_signatures_are_compared_in_constant_time(
    shop: Storefront, student: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[tuple[type, type]] = []
    real = hmac.compare_digest

    def watched(expected: Any, received: Any) -> bool:
        compared.append((type(expected), type(received)))
        return bool(real(expected, received))

    monkeypatch.setattr("functions.payments.signatures.hmac.compare_digest", watched)
    checkout = shop.pay(shop.create_order(student)["order_id"])
    compared.clear()
    assert shop.verify(student, {**checkout, "razorpay_signature": "0" * 64}).status == 400
    assert compared == [(bytes, bytes)]
    assert shop.verify(student, checkout).status == 200
    assert {reply.status for reply in shop.deliver("payment.captured")} == {200}
    assert compared == [(bytes, bytes)] * 3


def test_s15_access_token_in_query_string_returns_401(shop: Storefront, student: Api, anonymous: Api) -> None:
    for name in ("token", "access_token", "accessToken", "authorization", "jwt"):
        assert anonymous.get(f"/api/payments/my?{name}={student.token}").status == 401
    assert student.get("/api/payments/my").status == 200


def test_c6_refunding_a_duplicate_order_keeps_access_of_the_other(shop: Storefront, student: Api, admin: Api) -> None:
    first = shop.create_order(student)["order_id"]
    change_price(shop, 59_900)
    second = shop.create_order(student)["order_id"]
    for order_id in (first, second):
        shop.pay(order_id)
    shop.deliver()
    assert (shop.payment(second).status, shop.payment(second).reason) == ("refund_pending", "duplicate")
    for _ in range(3):
        shop.clock.advance(minutes=16)
        shop.sweep()
        shop.deliver()
    reply = admin.post(f"/api/payments/{second}/refund", {"reason": "asked"})
    assert (reply.status, reply.json["payment"]["status"]) == (200, "refunded")
    assert shop.states(student, first) == ("captured", "active")
    assert shop.enrollment(student).granted_by == first
    statement = shop.control("GET", "statement")
    assert (statement["captured"], statement["refunded"]) == (PRICE + 59_900, 59_900)


def test_c10_verify_naming_another_course_returns_422_and_opens_only_paid_course(
    shop: Storefront, student: Api
) -> None:
    dear = put_published_course(shop.course.instructor_id, amount=999_900)
    checkout = shop.pay(shop.create_order(student)["order_id"])
    before = snapshot()
    for named in ({"course_id": dear.course_id}, {"courses": [dear.course_id]}, {"amount": 1}, {"user_id": ids.user()}):
        reply = student.post("/api/payments/verify", {**checkout, **named})
        assert (reply.status, reply.code) == (422, "invalid")
    for path in ("/api/payments/create-order", "/api/enrollments"):
        reply = student.post(path, {"course_id": dear.course_id, "amount": 100})
        assert (reply.status, reply.code) == (422, "invalid")
    assert snapshot() == before
    assert shop.verify(student, checkout).json["enrollment"]["course_id"] == shop.course.course_id
    assert student.get(f"/api/enrollments/{dear.course_id}").code == "enrollment_not_found"
