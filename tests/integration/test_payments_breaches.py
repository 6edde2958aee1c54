"""More that the examination must find and name: what a history tells that no item shows, and a table of many pages."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from cli.invariants import command
from functions.payments import examine
from shared import clock
from shared.db import keys, payments, recount
from shared.db.entities import EnrollmentEvent, PaymentEvent
from shared.lifecycle import EnrollmentStatus, PaymentStatus, StatusReason
from tests.api import Api
from tests.commands import run
from tests.dynamodb import stand
from tests.integration.test_payments_journey import change_price
from tests.shop import PRICE, Shop
from tests.tampering import tamper


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examine, "PAUSE_SECONDS", 0)


@pytest.fixture
def bought(shop: Shop, student: Api) -> str:
    """The order of a learner who paid and has the course."""
    order_id: str = shop.order(student)["order_id"]
    shop.verify(student, shop.pay(order_id))
    shop.deliver()
    return order_id


def found() -> list[str]:
    return [str(breach) for breach in examine.check_invariants().breaches]


def steps_of(shop: Shop, learner: Api) -> list[EnrollmentEvent]:
    items = recount.enrollment_items(learner.user_id, shop.course.course_id)
    return sorted((each for each in items if isinstance(each, EnrollmentEvent)), key=lambda each: each.number)


def retell(step: PaymentEvent | EnrollmentEvent, **changes: Any) -> None:
    """The history says something else, in that step."""
    tamper(step, changes=json.dumps(json.loads(step.changes) | changes))


def send_back(shop: Shop, order_id: str, reason: StatusReason) -> None:
    """As if the capture had been refused for that reason."""
    retell(payments.history(order_id)[-1], status="refund_pending", reason=reason.value)
    due = keys.due(order_id, clock.now())
    tamper(shop.payment(order_id), status=PaymentStatus.REFUND_PENDING, reason=reason, gsi2pk=due.pk, gsi2sk=due.sk)


def test_i1_money_refused_though_it_was_waited_for(shop: Shop, student: Api) -> None:
    order_id = shop.order(student)["order_id"]
    shop.time.pass_time(minutes=5)
    shop.pay(order_id)
    shop.deliver("payment.captured")
    send_back(shop, order_id, StatusReason.NO_LONGER_WANTED)
    assert f"I1 {order_id}: refused, though the enrollment was pending" in found()


def test_i1_a_duplicate_of_nothing(shop: Shop, student: Api, bought: str) -> None:
    send_back(shop, bought, StatusReason.DUPLICATE)
    assert f"I1 {bought}: refused as a duplicate of nothing" in found()


def test_i2_access_that_nobody_gave(shop: Shop, student: Api, bought: str) -> None:
    tamper(shop.enrollment(student), granted_by="free")
    assert f"I2 {student.user_id} {shop.course.course_id}: granted as free by checkout" in found()
    tamper(shop.enrollment(student), granted_by="order_AAAAAAAAAAAAAA")
    subject = f"{student.user_id} {shop.course.course_id}"
    assert (
        f"I2 {subject}: rests on order_AAAAAAAAAAAAAA, which is no payment of this learner for this course" in found()
    )
    tamper(shop.enrollment(student), granted_by=bought, status=EnrollmentStatus.CANCELLED)
    assert f"I2 {subject}: cancelled, yet granted by {bought}" in found()


def test_i2_access_by_the_payment_of_somebody_else(
    shop: Shop, student: Api, new_user: Callable[..., Api], bought: str
) -> None:
    other = new_user("student")
    order_id = shop.order(other)["order_id"]
    shop.verify(other, shop.pay(order_id))
    tamper(shop.enrollment(other), granted_by=bought)
    subject = f"{other.user_id} {shop.course.course_id}"
    assert f"I2 {subject}: rests on {bought}, which is no payment of this learner for this course" in found()


def test_i3_a_second_order_while_the_first_could_be_paid(shop: Shop, student: Api) -> None:
    first = shop.order(student)["order_id"]
    change_price(shop, 59_900)
    second = shop.order(student)["order_id"]
    assert found() == []
    retell(steps_of(shop, student)[-1], order_amount=PRICE)
    assert f"I3 {student.user_id} {shop.course.course_id}: {second} made beside {first}" in found()


def test_i3_a_second_order_beside_one_that_was_given_up(shop: Shop, student: Api) -> None:
    first = shop.order(student)["order_id"]
    student.delete(f"/api/enrollments/{shop.course.course_id}")
    shop.time.pass_time(minutes=5)
    change_price(shop, 59_900)
    second = shop.order(student)["order_id"]
    assert found() == []
    retell(steps_of(shop, student)[-1], order_amount=PRICE)
    assert f"I3 {student.user_id} {shop.course.course_id}: {second} made beside {first}" in found()


@pytest.mark.parametrize(("outcome", "fields"), [("captured", {}), ("authorized", {}), ("captured", {"amount": 100})])
def test_i3_an_order_that_was_given_up_and_paid_is_no_first(
    shop: Shop, student: Api, outcome: str, fields: dict[str, int]
) -> None:
    first = shop.order(student)["order_id"]
    student.delete(f"/api/enrollments/{shop.course.course_id}")
    shop.pay(first, outcome, **fields)
    shop.deliver()
    shop.time.pass_time(minutes=5)
    assert shop.order(student)["order_id"] != first
    assert found() == []


def test_i4_a_sum_that_is_more_than_the_capture(shop: Shop, bought: str) -> None:
    tamper(shop.payment(bought), refunded_amount=PRICE + 1)
    assert f"I4 {bought}: {PRICE + 1} refunded of {PRICE}" in found()


@pytest.mark.parametrize("status", [PaymentStatus.AUTHORIZED, PaymentStatus.REFUND_PENDING, PaymentStatus.FAILED])
def test_i6_whatever_waits_is_looked_at_again(shop: Shop, bought: str, status: PaymentStatus) -> None:
    tamper(shop.payment(bought), status=status)
    assert f"I6 {bought}: {status} (None), and nobody looks at it again" in found()


def test_i6_an_enrollment_that_waits_for_nothing(shop: Shop, student: Api) -> None:
    order_id = shop.order(student)["order_id"]
    tamper(shop.enrollment(student), order_id="order_AAAAAAAAAAAAAA")
    subject = f"{student.user_id} {shop.course.course_id}"
    assert f"I6 {subject}: waits for order_AAAAAAAAAAAAAA, which is nowhere" in found()
    tamper(shop.enrollment(student), order_id=order_id)
    tamper(shop.payment(order_id), status=PaymentStatus.FAILED, reason=StatusReason.EXPIRED)
    assert f"I6 {subject}: waits for {order_id}, which is failed" in found()


def test_i9_an_order_that_expired_while_it_could_be_paid(shop: Shop, student: Api) -> None:
    order_id = shop.order(student)["order_id"]
    shop.time.pass_time(minutes=31)
    shop.sweep()
    assert found() == []
    early = shop.payment(order_id).created_at
    tamper(payments.history(order_id)[-1], at=early)
    assert f"I9 {order_id}: expired while it could be paid" in found()


def test_i9_an_end_by_whom_it_cannot_be(shop: Shop, student: Api) -> None:
    shop.order(student)
    assert student.delete(f"/api/enrollments/{shop.course.course_id}").status == 200
    assert found() == []
    tamper(steps_of(shop, student)[-1], source="sweep")
    assert f"I9 {student.user_id} {shop.course.course_id}: withdrawn by sweep" in found()


def test_a_table_of_many_pages_is_read_to_its_end(
    shop: Shop, bought: str, new_user: Callable[..., Api], monkeypatch: pytest.MonkeyPatch, project: Callable[[], int]
) -> None:
    """Every page but the last says that there is more; each breach is named, wherever it lies."""
    orders = [bought]
    for _ in range(6):
        learner = new_user("student")
        orders.append(shop.order(learner)["order_id"])
        shop.verify(learner, shop.pay(orders[-1]))
    shop.deliver()
    project()
    for order_id in orders:
        tamper(shop.payment(order_id), captured_amount=PRICE - 100)
    pages: list[int] = []

    def short(real: Any, operation: str, arguments: dict[str, Any]) -> Any:
        pages.append(operation == "Scan")
        return real(operation, {**arguments, "Limit": 7} if operation == "Scan" else arguments)

    with monkeypatch.context() as patched:
        stand(patched, *[short] * 999)
        code, output = run(command, "--pause", "0")
    assert code == 1
    assert f"I5   {len(orders)} BROKEN   what was captured is what the order asked for" in output
    for order_id in orders:
        assert f"     {order_id}: {PRICE - 100} captured of an order for {PRICE}" in output
    assert sum(pages) > 10
