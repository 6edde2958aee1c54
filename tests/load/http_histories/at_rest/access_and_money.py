"""Who paid has the course, nobody else has it, nobody paid twice, and the product knows every rupee."""

from collections.abc import Iterator
from typing import Any

from tests.load.http_histories.at_rest.books import Books, Capture
from tests.load.http_histories.history.history import Course, History


def check_money(history: History, books: Books) -> Iterator[str]:
    """Each captured payment is in the product's ledger, with its amount; one that no rule accepts is on hold."""
    yield from books.uncertain
    for order_id in history.orders:
        captures = books.of_order(order_id)
        payment = _payment(history, order_id)
        if payment is None:
            if captures:
                yield f"{order_id}: {sum(each.amount for each in captures)} captured at Razorpay, and unknown here"
            continue
        known = {payment["payment_id"]: payment["captured_amount"]} if payment["captured_amount"] else {}
        known |= {each["payment_id"]: each["amount"] for each in payment["extra_payments"]}
        expected = {capture.payment_id: capture.amount for capture in captures}
        if known != expected:
            yield f"{order_id}: captured {expected} at Razorpay, {known} here"
        yield from _check_holds(history, payment, captures)


def check_access(history: History, books: Books) -> Iterator[str]:
    for number in range(len(history.learners)):
        for course in history.courses:
            yield from _check_learner(history, books, number, course)


def _check_learner(history: History, books: Books, number: int, course: Course) -> Iterator[str]:
    learner, who = history.learners[number], f"learner {number} of {course.course_id}"
    paid = [
        capture
        for capture in books.captures
        if (order := history.orders[capture.order_id]).learner == number
        and order.course_id == course.course_id
        and capture.left > 0
        and _pays(history, capture)
    ]
    if len(paid) > 1:
        yield f"{who} paid twice: {paid}"
    enrollment = learner.call("GET", f"/api/enrollments/{course.course_id}")
    state = enrollment.body if enrollment is not None and enrollment.ok else {"status": "none", "granted_by": None}
    has_access = state["status"] in ("active", "completed")
    lesson = learner.call("GET", f"/api/courses/{course.course_id}/lessons/{course.lesson_ids[0]}")
    if lesson is None or lesson.ok != has_access:
        yield f"{who}: enrollment {state['status']}, but the lesson answers {lesson and lesson.status}"
    if paid and not has_access:
        yield f"{who} paid {paid[0]} and has no access: {state['status']} {state.get('reason')}"
    granted = (number, course.course_id) in history.grants_tried and state["granted_by"] == "admin"
    if has_access and not paid and not granted:
        yield f"{who} has access by {state['granted_by']}, and paid nothing that is left"
    if state["status"] == "pending":
        yield f"{who} is still pending"


def _pays(history: History, capture: Capture) -> bool:
    """Whether the capture pays for its order: by the rules, or because an admin accepted it."""
    if capture.eligible or capture.payment_id not in history.accepted:
        return capture.eligible
    payment = _payment(history, capture.order_id) or {}
    return payment.get("payment_id") == capture.payment_id and payment.get("amount_rule") == "accepted"


def _check_holds(history: History, payment: dict[str, Any], captures: list[Capture]) -> Iterator[str]:
    held = {each["payment_id"] for each in payment["on_hold"] if each["state"] == "on_hold"}
    expected = {each.payment_id for each in captures if each.left > 0 and not _pays(history, each)}
    if held != expected:
        yield f"{payment['order_id']}: on hold are {sorted(held)}, expected {sorted(expected)}"


def _payment(history: History, order_id: str) -> dict[str, Any] | None:
    reply = history.admin.call("GET", f"/api/payments/{order_id}")
    return reply.body["payment"] if reply is not None and reply.ok else None
