"""Each 2xx answer that a client got is still true."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from tests.load.http_histories.history.answers import RefundAnswer, StepAnswer
from tests.load.http_histories.history.history import History


def check_answers(history: History) -> Iterator[str]:
    yield from _check_orders(history)
    yield from _check_steps(history)
    for answer in history.answers.refunds:
        yield from _check_refund(history, answer)
    for receipt in history.answers.receipts:
        reply = history.admin.call("GET", f"/api/payments/{receipt.order_id}/receipt")
        if reply is None or not reply.ok or reply.body["number"] != receipt.number:
            yield f"{receipt.order_id} had the receipt {receipt.number}, now {reply and reply.body}"
    yield from _check_lessons(history)
    yield from _check_courses(history)


def _check_orders(history: History) -> Iterator[str]:
    for answer in history.answers.orders:
        reply = history.learners[answer.learner].call("GET", f"/api/payments/{answer.order_id}")
        payment = reply.body["payment"] if reply is not None and reply.ok else {}
        if (payment.get("amount"), payment.get("course_id")) != (answer.amount, answer.course_id):
            yield f"create-order returned {answer}, now {reply and reply.status} {payment}"


def _check_steps(history: History) -> Iterator[str]:
    answers = Counter(history.answers.steps)
    timelines: dict[tuple[int, str], list[dict[str, Any]]] = {}
    for answer, times in answers.items():
        key = (answer.learner, answer.course_id)
        if key not in timelines:
            timelines[key] = _timeline(history, *key)
        found = sum(_contains(event, answer) for event in timelines[key])
        is_repeatable = dict(answer.values).get("kind") in ("admin_granted", "admin_revoked")
        if found < (times if is_repeatable else 1):
            yield f"{times} answers said {answer}, but {found} steps of the timeline do"


def _timeline(history: History, learner: int, course_id: str) -> list[dict[str, Any]]:
    user_id = history.learners[learner].user_id
    reply = history.admin.call("GET", f"/api/enrollments/{course_id}/timeline?user_id={user_id}")
    return reply.body["items"] if reply is not None and reply.ok else []


def _contains(event: dict[str, Any], answer: StepAnswer) -> bool:
    return all(event[name] == value for name, value in answer.values)


def _check_refund(history: History, answer: RefundAnswer) -> Iterator[str]:
    """The refund was made, or it is closed with the gateway's reason."""
    reply = history.admin.call("GET", f"/api/payments/{answer.order_id}")
    if reply is None or not reply.ok:
        yield f"{answer}: the order answers {reply and reply.status}"
        return
    payment = reply.body["payment"]
    if answer.payment_id is not None:
        states = {each["payment_id"]: each["state"] for each in payment["on_hold"]}
        if states.get(answer.payment_id) != "refunded":
            yield f"{answer} was promised: {states}"
    elif answer.amount is None:
        if payment["status"] != "refunded":
            yield f"{answer} was promised: {payment['status']}, {payment['refund_error']}"
    else:
        requests = {each["key"]: each for each in payment["refund_requests"]}
        request = requests.get(answer.key)
        if request is None or request["amount"] != answer.amount or request["status"] == "open":
            yield f"{answer} was promised: {request}"


def _check_lessons(history: History) -> Iterator[str]:
    for answer in set(history.answers.lessons):
        reply = history.learners[answer.learner].call("GET", f"/api/enrollments/{answer.course_id}/progress")
        if reply is None or not reply.ok or answer.lesson_id not in reply.body["completed_lesson_ids"]:
            yield f"{answer} was completed: {reply and reply.body}"


def _check_courses(history: History) -> Iterator[str]:
    for course in history.courses:
        reply = history.instructor.call("GET", f"/api/courses/{course.course_id}")
        found = reply.body if reply is not None and reply.ok else {"price": {}, "status": None}
        if found["price"].get("amount") not in course.price.values or found["status"] not in course.status.values:
            expected = f"{course.price.values} {course.status.values}"
            yield f"{course.course_id} is {found['price']} {found['status']}, the answers allow {expected}"
