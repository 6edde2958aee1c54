"""Breaches that only a history shows, the details of breaches, and tables of many pages."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from cli.invariants import command
from functions.payments.invariants import check, confirmation
from shared import clock
from shared.db.enrollments import enrollments
from shared.db.entities import EnrollmentEvent, PaymentEvent
from shared.db.payments import payments
from shared.db.table import keys
from shared.domain.lifecycle import EnrollmentStatus, PaymentStatus, StatusReason
from tests.fixtures.api import Api
from tests.fixtures.cli_runner import run_command
from tests.fixtures.corruption import tamper
from tests.fixtures.dynamodb_faults import script_responses
from tests.fixtures.storefront import PRICE, Storefront, refund
from tests.integration.payments.test_purchase import change_price


@pytest.fixture(autouse=True)
def no_rescan_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confirmation, "PAUSE_SECONDS", 0)


@pytest.fixture
def paid_order_id(shop: Storefront, student: Api) -> str:
    """The order of a learner who paid and has access to the course."""
    order_id: str = shop.create_order(student)["order_id"]
    shop.verify(student, shop.pay(order_id))
    shop.deliver()
    return order_id


def breach_texts() -> list[str]:
    return [str(breach) for breach in check.check_invariants().breaches]


def enrollment_history(shop: Storefront, learner: Api) -> list[EnrollmentEvent]:
    return enrollments.history(learner.user_id, shop.course.course_id)


def rewrite_event(step: PaymentEvent | EnrollmentEvent, **changes: Any) -> None:
    """Overwrites changes that the history entry records."""
    tamper(step, changes=json.dumps(json.loads(step.changes) | changes))


def mark_refused(shop: Storefront, order_id: str, reason: StatusReason) -> None:
    """As if the capture had been refunded at once for that reason."""
    rewrite_event(payments.history(order_id)[-1], status="refund_pending", reason=reason.value)
    due = keys.due(order_id, clock.now())
    tamper(shop.payment(order_id), status=PaymentStatus.REFUND_PENDING, reason=reason, gsi2pk=due.pk, gsi2sk=due.sk)


def test_i1_capture_refused_while_enrollment_was_pending_is_reported(shop: Storefront, student: Api) -> None:
    order_id = shop.create_order(student)["order_id"]
    shop.clock.advance(minutes=5)
    shop.pay(order_id)
    shop.deliver("payment.captured")
    mark_refused(shop, order_id, StatusReason.NO_LONGER_WANTED)
    assert f"I1 {order_id}: refunded as no longer wanted, but the enrollment was pending" in breach_texts()


def test_i1_duplicate_refusal_without_other_payment_is_reported(
    shop: Storefront, student: Api, paid_order_id: str
) -> None:
    mark_refused(shop, paid_order_id, StatusReason.DUPLICATE)
    assert f"I1 {paid_order_id}: refunded as a duplicate, but no other capture or grant gave access" in breach_texts()


def test_i2_access_without_valid_basis_is_reported(shop: Storefront, student: Api, paid_order_id: str) -> None:
    tamper(shop.enrollment(student), granted_by="free")
    assert f"I2 {student.user_id} {shop.course.course_id}: granted as free by checkout" in breach_texts()
    tamper(shop.enrollment(student), granted_by="order_AAAAAAAAAAAAAA")
    subject = f"{student.user_id} {shop.course.course_id}"
    assert (
        f"I2 {subject}: granted by order_AAAAAAAAAAAAAA, which is no payment of this learner for this course"
        in breach_texts()
    )
    tamper(shop.enrollment(student), granted_by=paid_order_id, status=EnrollmentStatus.CANCELLED)
    assert f"I2 {subject}: cancelled, but still granted by {paid_order_id}" in breach_texts()


def test_i2_access_granted_by_another_learners_payment_is_reported(
    shop: Storefront, student: Api, new_user: Callable[..., Api], paid_order_id: str
) -> None:
    other = new_user("student")
    order_id = shop.create_order(other)["order_id"]
    shop.verify(other, shop.pay(order_id))
    tamper(shop.enrollment(other), granted_by=paid_order_id)
    subject = f"{other.user_id} {shop.course.course_id}"
    text = f"I2 {subject}: granted by {paid_order_id}, which is no payment of this learner for this course"
    assert text in breach_texts()


def test_i3_second_order_while_first_was_payable_is_reported(shop: Storefront, student: Api) -> None:
    first = shop.create_order(student)["order_id"]
    change_price(shop, 59_900)
    second = shop.create_order(student)["order_id"]
    assert breach_texts() == []
    rewrite_event(enrollment_history(shop, student)[-1], order_amount=PRICE)
    subject = f"{student.user_id} {shop.course.course_id}"
    assert f"I3 {subject}: {second} created while {first} could be paid" in breach_texts()


def test_i3_second_order_while_abandoned_order_was_payable_is_reported(shop: Storefront, student: Api) -> None:
    first = shop.create_order(student)["order_id"]
    student.delete(f"/api/enrollments/{shop.course.course_id}")
    shop.clock.advance(minutes=5)
    change_price(shop, 59_900)
    second = shop.create_order(student)["order_id"]
    assert breach_texts() == []
    rewrite_event(enrollment_history(shop, student)[-1], order_amount=PRICE)
    subject = f"{student.user_id} {shop.course.course_id}"
    assert f"I3 {subject}: {second} created while {first} could be paid" in breach_texts()


@pytest.mark.parametrize(("outcome", "fields"), [("captured", {}), ("authorized", {}), ("captured", {"amount": 100})])
def test_i3_second_order_after_abandoned_order_was_paid_is_no_breach(
    shop: Storefront, student: Api, admin: Api, outcome: str, fields: dict[str, int]
) -> None:
    first = shop.create_order(student)["order_id"]
    student.delete(f"/api/enrollments/{shop.course.course_id}")
    payment_id = shop.pay(first, outcome, **fields)["razorpay_payment_id"]
    shop.deliver()
    if fields:
        assert refund(admin, first, payment_id=payment_id).status == 200
    shop.clock.advance(minutes=5)
    assert shop.create_order(student)["order_id"] != first
    assert breach_texts() == []


def test_i4_refunded_amount_above_capture_is_reported(shop: Storefront, paid_order_id: str) -> None:
    tamper(shop.payment(paid_order_id), refunded_amount=PRICE + 1)
    assert f"I4 {paid_order_id}: {PRICE + 1} refunded of {PRICE}" in breach_texts()


@pytest.mark.parametrize("status", [PaymentStatus.AUTHORIZED, PaymentStatus.REFUND_PENDING, PaymentStatus.FAILED])
def test_i6_unsettled_payment_without_scheduled_poll_is_reported(
    shop: Storefront, paid_order_id: str, status: PaymentStatus
) -> None:
    tamper(shop.payment(paid_order_id), status=status)
    assert f"I6 {paid_order_id}: {status} (None), but no poll is scheduled" in breach_texts()


def test_i6_unresolved_attempt_without_poll_is_reported(shop: Storefront, paid_order_id: str) -> None:
    tamper(shop.payment(paid_order_id), unresolved={"pay_AAAAAAAAAAAAAA": "2026-11-23T12:00:00.000Z"})
    assert f"I6 {paid_order_id}: an attempt is unresolved, but no poll is scheduled" in breach_texts()


def test_i6_pending_enrollment_with_unknown_or_failed_order_is_reported(shop: Storefront, student: Api) -> None:
    order_id = shop.create_order(student)["order_id"]
    tamper(shop.enrollment(student), order_id="order_AAAAAAAAAAAAAA")
    subject = f"{student.user_id} {shop.course.course_id}"
    assert f"I6 {subject}: waits for order_AAAAAAAAAAAAAA, which is unknown" in breach_texts()
    tamper(shop.enrollment(student), order_id=order_id)
    tamper(shop.payment(order_id), status=PaymentStatus.FAILED, reason=StatusReason.EXPIRED)
    assert f"I6 {subject}: waits for {order_id}, which is failed" in breach_texts()


def test_i9_expiry_inside_the_order_window_is_reported(shop: Storefront, student: Api) -> None:
    order_id = shop.create_order(student)["order_id"]
    shop.clock.advance(minutes=31)
    shop.sweep()
    assert breach_texts() == []
    early = shop.payment(order_id).created_at
    tamper(payments.history(order_id)[-1], at=early)
    assert f"I9 {order_id}: expired before the order window ended" in breach_texts()


def test_i9_withdrawal_by_a_disallowed_source_is_reported(shop: Storefront, student: Api) -> None:
    shop.create_order(student)
    assert student.delete(f"/api/enrollments/{shop.course.course_id}").status == 200
    assert breach_texts() == []
    tamper(enrollment_history(shop, student)[-1], source="sweep")
    assert f"I9 {student.user_id} {shop.course.course_id}: withdrawn by sweep" in breach_texts()


def test_check_invariants_reads_all_pages_of_the_table(
    shop: Storefront,
    paid_order_id: str,
    new_user: Callable[..., Api],
    monkeypatch: pytest.MonkeyPatch,
    run_projector: Callable[[], int],
) -> None:
    """The scan has many pages, and every breach on them is reported."""
    orders = [paid_order_id]
    for _ in range(6):
        learner = new_user("student")
        orders.append(shop.create_order(learner)["order_id"])
        shop.verify(learner, shop.pay(orders[-1]))
    shop.deliver()
    run_projector()
    for order_id in orders:
        tamper(shop.payment(order_id), captured_amount=PRICE - 100)
    pages: list[int] = []

    def short(real: Any, operation: str, arguments: dict[str, Any]) -> Any:
        pages.append(operation == "Scan")
        return real(operation, {**arguments, "Limit": 7} if operation == "Scan" else arguments)

    with monkeypatch.context() as patched:
        script_responses(patched, *[short] * 999)
        code, output = run_command(command, "--pause", "0")
    assert code == 1
    assert f"I5   {len(orders)} BROKEN   The captured amount is the amount of the order, or a rule explains" in output
    for order_id in orders:
        assert f"     {order_id}: {PRICE - 100} captured for an order of {PRICE}" in output
    assert sum(pages) > 10
