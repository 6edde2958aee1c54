"""Concurrent calls with real threads on a real engine: each effect happens exactly once."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from shared.db.entities import Enrollment, Outline, Payment
from shared.db.table import keys, store
from tests.fixtures.api import Api
from tests.fixtures.storefront import PRICE, Storefront, put_published_course

CONCURRENCY = 50


def run_concurrently(call: Callable[[int], Any], times: int = CONCURRENCY) -> list[Any]:
    """The results of `call(0)` to `call(times - 1)`, which start together."""
    gate = Barrier(times)

    def released(number: int) -> Any:
        gate.wait()
        return call(number)

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(released, range(times)))


def test_enroll_50_concurrent_requests_create_one_enrollment(student: Api, instructor: Api) -> None:
    course = put_published_course(instructor.user_id, amount=0)
    replies = run_concurrently(lambda _: student.post("/api/enrollments", {"course_id": course.course_id}))
    assert Counter(reply.status for reply in replies) == {201: 1, 409: CONCURRENCY - 1}
    assert {reply.code for reply in replies if reply.status == 409} == {"enrollment_already_active"}
    assert [each["status"] for each in student.get("/api/enrollments/my").json["items"]] == ["active"]


def test_f1_c8_create_order_50_concurrent_requests_return_one_order(shop: Storefront, student: Api) -> None:
    replies = run_concurrently(
        lambda _: student.post("/api/payments/create-order", {"course_id": shop.course.course_id})
    )
    assert Counter(reply.status for reply in replies) == {201: 1, 200: CONCURRENCY - 1}
    assert len({reply.json["order_id"] for reply in replies}) == 1
    assert [each["status"] for each in student.get("/api/payments/my").json["items"]] == ["pending"]


def test_f14_s5_c2_verify_and_webhook_50_concurrent_calls_activate_once(shop: Storefront, student: Api) -> None:
    order_id = shop.create_order(student)["order_id"]
    checkout = shop.pay(order_id)
    events = list(shop.gateway.ledger.outbox.events.values())

    def call_source(number: int) -> int:
        if number % 2:
            return shop.verify(student, checkout).status
        return shop.send(events[number // 2 % len(events)]).status

    assert Counter(run_concurrently(call_source)) == {200: CONCURRENCY}
    assert shop.states(student, order_id) == ("captured", "active")
    assert shop.payment(order_id).captured_amount == PRICE
    assert history_replays_to_payment(order_id)
    statement = shop.control("GET", "statement")
    assert (statement["captured"], statement["refunded"]) == (PRICE, 0)


def test_f2_s2_two_paid_orders_keep_one_course_and_refund_the_other(shop: Storefront, student: Api) -> None:
    first = shop.create_order(student)["order_id"]
    shop.clock.advance(minutes=31)
    second = shop.create_order(student)["order_id"]
    checkouts = [shop.pay(first), shop.pay(second)]
    assert Counter(run_concurrently(lambda n: shop.verify(student, checkouts[n % 2]).status, 20)) == {200: 20}
    shop.deliver()
    for _ in range(3):
        shop.sweep()
        shop.clock.advance(minutes=20)
    states = sorted(shop.payment(each).status.value for each in (first, second))
    assert states == ["captured", "refunded"]
    assert shop.payment(shop.enrollment(student).granted_by).status == "captured"
    statement = shop.control("GET", "statement")
    assert (statement["captured"], statement["refunded"]) == (2 * PRICE, PRICE)


def test_f33_order_expiry_racing_late_capture_keeps_the_course(shop: Storefront, student: Api) -> None:
    order_id = shop.create_order(student)["order_id"]
    shop.clock.advance(minutes=30)
    shop.pay(order_id)
    events = list(shop.gateway.ledger.outbox.events.values())
    run_concurrently(lambda n: shop.sweep() if n % 2 else shop.send(events[n // 2 % len(events)]), 20)
    assert shop.states(student, order_id) == ("captured", "active")
    assert history_replays_to_payment(order_id)


def test_f36_overlapping_sweeps_refund_once(shop: Storefront, student: Api) -> None:
    order_id = shop.create_order(student)["order_id"]
    student.delete(f"/api/enrollments/{shop.course.course_id}")
    shop.pay(order_id)
    shop.deliver()
    run_concurrently(lambda _: shop.sweep(), 10)
    shop.clock.advance(minutes=16)
    run_concurrently(lambda _: shop.sweep(), 10)
    assert shop.states(student, order_id) == ("refunded", "cancelled")
    assert shop.payment(order_id).refunded_amount == PRICE
    assert shop.control("GET", "statement")["refunded"] == PRICE


def test_progress_from_two_devices_completes_the_course_once(student: Api, instructor: Api) -> None:
    course = put_published_course(instructor.user_id, amount=0, lessons=8)
    student.post("/api/enrollments", {"course_id": course.course_id})
    outline = store.get(Outline, keys.outline(course.course_id))
    assert outline
    lessons = outline.lesson_ids()
    path = f"/api/enrollments/{course.course_id}/lessons/"
    replies = run_concurrently(lambda n: student.put(path + lessons[n % 8], {"completed": True}), 16)
    assert Counter(reply.status for reply in replies) == {200: 16}
    stored = student.get(f"/api/enrollments/{course.course_id}").json
    assert (stored["status"], stored["progress"]["percent"]) == ("completed", 100)
    enrollments = store.query(keys.enrollment(student.user_id, course.course_id).pk).items_of(Enrollment)
    assert [enrollment.version for enrollment in enrollments] == [2]


def history_replays_to_payment(order_id: str) -> bool:
    """Whether replaying the history from the start yields the stored payment."""
    import json

    from shared.db.payments import payments
    from shared.db.table.changes import history_json

    replayed: dict[str, Any] = {}
    for event in payments.history(order_id):
        replayed |= json.loads(event.changes)
    stored = store.get(Payment, keys.payment(order_id))
    assert stored
    values = {name: value for name, value in stored.attribute_values.items() if name not in ("pk", "sk", "kind")}
    maps = {name: values.pop(name).as_dict() for name in ("refunds", "refund_requests")}
    now = {**json.loads(history_json(values)), **maps}
    return {name: value for name, value in replayed.items() if value is not None} == {
        name: value for name, value in now.items() if value or name in replayed
    }
