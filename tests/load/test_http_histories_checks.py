"""What the checks of `make http-histories` report: each broken promise, and nothing while all are kept."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.load.http_histories.at_rest.access_and_money import check_access, check_money
from tests.load.http_histories.at_rest.books import Books, Capture
from tests.load.http_histories.at_rest.kept_answers import check_answers
from tests.load.http_histories.history.answers import LessonAnswer, OrderAnswer, ReceiptAnswer, RefundAnswer
from tests.load.http_histories.history.api_user import Reply
from tests.load.http_histories.history.history import Course, History, Order, Possible
from tests.load.http_histories.plan import plan_history
from tests.load.http_histories.processes.shared_clock import SharedClock

ORDER, PAYMENT, COURSE = "order_00000000000001", "pay_00000000000001", "crs_1"
CAPTURE = Capture(ORDER, PAYMENT, 49_900, 49_900, eligible=True)
ENROLLMENT = f"/api/enrollments/{COURSE}"
ACTIVE = Reply(200, {"status": "active", "granted_by": ORDER})
LESSON = f"/api/courses/{COURSE}/lessons/les_1"
NOT_FOUND = Reply(404, {"code": "order_not_found"})


@dataclass
class ScriptedUser:
    """Answers each path with a fixed reply, any other with 404."""

    replies: dict[str, Reply]
    user_id: str = "usr_1"
    name: str = "learner"

    def call(self, _method: str, path: str, *_: Any, **__: Any) -> Reply:
        return self.replies.get(path, NOT_FOUND)


def payment(**changes: Any) -> Reply:
    stored = {
        "order_id": ORDER,
        "payment_id": PAYMENT,
        "course_id": COURSE,
        "status": "captured",
        "amount": 49_900,
        "captured_amount": 49_900,
        "amount_rule": None,
        "refund_error": None,
        "extra_payments": [],
        "on_hold": [],
        "refund_requests": [],
    }
    return Reply(200, {"payment": {**stored, **changes}, "enrollment": None})


@pytest.fixture
def history(tmp_path: Path) -> History:
    """A learner who bought the course, and has it."""
    unused: Any = None
    path = f"/api/payments/{ORDER}"
    learner: Any = ScriptedUser({ENROLLMENT: ACTIVE, LESSON: Reply(200, {}), path: payment()})
    admin: Any = ScriptedUser({path: payment()})
    course = Reply(200, {"price": {"amount": 49_900}, "status": "published"})
    instructor: Any = ScriptedUser({f"/api/courses/{COURSE}": course})
    made = History(
        plan_history(1, 0), unused, unused, SharedClock.create(tmp_path / "clock"), instructor, admin, [learner], []
    )
    made.courses.append(Course(COURSE, ["les_1"], Possible(49_900)))
    made.add_order(Order(ORDER, 0, COURSE, 49_900))
    return made


def replies(user: Any) -> dict[str, Reply]:
    found: dict[str, Reply] = user.replies
    return found


def test_checks_report_nothing_while_everything_is_true(history: History) -> None:
    history.answers.orders.append(OrderAnswer(0, COURSE, ORDER, 49_900))
    books = Books((CAPTURE,), ())
    assert [*check_money(history, books), *check_access(history, books), *check_answers(history)] == []


def test_money_captured_and_unknown_here_is_reported(history: History) -> None:
    del replies(history.admin)[f"/api/payments/{ORDER}"]
    assert list(check_money(history, Books((CAPTURE,), ()))) == [
        f"{ORDER}: 49900 captured at Razorpay, and unknown here"
    ]


def test_money_of_another_amount_is_reported(history: History) -> None:
    replies(history.admin)[f"/api/payments/{ORDER}"] = payment(captured_amount=0, status="pending")
    assert list(check_money(history, Books((CAPTURE,), ()))) == [
        f"{ORDER}: captured {{'{PAYMENT}': 49900}} at Razorpay, {{}} here"
    ]


def test_money_that_no_rule_accepts_must_be_on_hold(history: History) -> None:
    held = Capture(ORDER, PAYMENT, 49_800, 49_800, eligible=False)
    extra = [{"payment_id": PAYMENT, "amount": 49_800}]
    replies(history.admin)[f"/api/payments/{ORDER}"] = payment(captured_amount=0, extra_payments=extra)
    assert list(check_money(history, Books((held,), ()))) == [f"{ORDER}: on hold are [], expected ['{PAYMENT}']"]
    on_hold = [{"payment_id": PAYMENT, "state": "on_hold"}]
    replies(history.admin)[f"/api/payments/{ORDER}"] = payment(captured_amount=0, extra_payments=extra, on_hold=on_hold)
    assert list(check_money(history, Books((held,), ()))) == []


def test_access_that_was_paid_for_and_is_missing_is_reported(history: History) -> None:
    replies(history.learners[0])[ENROLLMENT] = Reply(
        200, {"status": "cancelled", "reason": "expired", "granted_by": None}
    )
    replies(history.learners[0])[LESSON] = Reply(403, {"code": "not_enrolled"})
    assert list(check_access(history, Books((CAPTURE,), ()))) == [
        f"learner 0 of {COURSE} paid {CAPTURE} and has no access: cancelled expired"
    ]


def test_access_without_a_payment_is_reported_unless_it_was_granted(history: History) -> None:
    refunded = Capture(ORDER, PAYMENT, 49_900, 0, eligible=True)
    assert list(check_access(history, Books((refunded,), ()))) == [
        f"learner 0 of {COURSE} has access by {ORDER}, and paid nothing that is left"
    ]
    replies(history.learners[0])[ENROLLMENT] = Reply(200, {"status": "active", "granted_by": "admin"})
    assert list(check_access(history, Books((refunded,), ()))) != []
    history.grants_tried.add((0, COURSE))
    assert list(check_access(history, Books((refunded,), ()))) == []


def test_access_that_was_paid_twice_is_reported(history: History) -> None:
    other = Capture(ORDER, "pay_00000000000002", 49_900, 100, eligible=True)
    assert list(check_access(history, Books((CAPTURE, other), ()))) == [
        f"learner 0 of {COURSE} paid twice: [{CAPTURE}, {other}]"
    ]


def test_access_that_the_lesson_denies_is_reported(history: History) -> None:
    replies(history.learners[0])[LESSON] = Reply(403, {"code": "not_enrolled"})
    assert list(check_access(history, Books((CAPTURE,), ()))) == [
        f"learner 0 of {COURSE}: enrollment active, but the lesson answers 403"
    ]


def test_order_that_was_returned_and_is_unknown_is_reported(history: History) -> None:
    history.answers.orders.append(OrderAnswer(0, COURSE, ORDER, 49_900))
    del replies(history.learners[0])[f"/api/payments/{ORDER}"]
    [problem] = check_answers(history)
    assert problem.endswith("now 404 {}")


def test_step_that_an_answer_reported_must_be_in_the_timeline_as_often(history: History) -> None:
    for _ in range(2):
        history.add_step(0, COURSE, kind="admin_granted", subject="enrollment")
    history.add_step(0, COURSE, subject="payment", order_id=ORDER, status="captured")
    steps = [
        {"subject": "enrollment", "kind": "admin_granted", "order_id": None, "status": "active"},
        {"subject": "payment", "kind": "captured", "order_id": ORDER, "status": "captured"},
    ]
    path = f"{ENROLLMENT}/timeline?user_id=usr_1"
    replies(history.admin)[path] = Reply(200, {"items": [*steps, steps[0]]})
    assert list(check_answers(history)) == []
    replies(history.admin)[path] = Reply(200, {"items": steps})
    [problem] = check_answers(history)
    assert problem.startswith("2 answers said ")
    assert problem.endswith(" but 1 steps of the timeline do")


@pytest.mark.parametrize(
    ("answer", "changes"),
    [
        (RefundAnswer(ORDER, "all", None, None), {"status": "captured"}),
        (RefundAnswer(ORDER, "k", 5_000, None), {"refund_requests": []}),
        (
            RefundAnswer(ORDER, "k", 5_000, None),
            {"refund_requests": [{"key": "k", "amount": 5_000, "status": "open"}]},
        ),
        (RefundAnswer(ORDER, "all", None, PAYMENT), {"on_hold": [{"payment_id": PAYMENT, "state": "on_hold"}]}),
    ],
)
def test_refund_that_was_promised_and_not_made_is_reported(
    history: History, answer: RefundAnswer, changes: dict[str, Any]
) -> None:
    history.answers.refunds.append(answer)
    replies(history.admin)[f"/api/payments/{ORDER}"] = payment(**changes)
    [problem] = check_answers(history)
    assert problem.startswith(f"{answer} was promised: ")


@pytest.mark.parametrize(
    ("answer", "changes"),
    [
        (RefundAnswer(ORDER, "all", None, None), {"status": "refunded"}),
        (
            RefundAnswer(ORDER, "k", 5_000, None),
            {"refund_requests": [{"key": "k", "amount": 5_000, "status": "made"}]},
        ),
        (
            RefundAnswer(ORDER, "k", 5_000, None),
            {"refund_requests": [{"key": "k", "amount": 5_000, "status": "rejected"}]},
        ),
        (RefundAnswer(ORDER, "all", None, PAYMENT), {"on_hold": [{"payment_id": PAYMENT, "state": "refunded"}]}),
    ],
)
def test_refund_that_was_made_or_rejected_is_not_reported(
    history: History, answer: RefundAnswer, changes: dict[str, Any]
) -> None:
    history.answers.refunds.append(answer)
    replies(history.admin)[f"/api/payments/{ORDER}"] = payment(**changes)
    assert list(check_answers(history)) == []


def test_receipt_lesson_and_price_that_changed_are_reported(history: History) -> None:
    history.answers.receipts.append(ReceiptAnswer(ORDER, "L/26-27/000001"))
    history.answers.lessons.append(LessonAnswer(0, COURSE, "les_1"))
    replies(history.admin)[f"/api/payments/{ORDER}/receipt"] = Reply(200, {"number": "L/26-27/000002"})
    replies(history.learners[0])[f"{ENROLLMENT}/progress"] = Reply(200, {"completed_lesson_ids": []})
    history.courses[0].price = Possible(99_900)
    assert list(check_answers(history)) == [
        f"{ORDER} had the receipt L/26-27/000001, now {{'number': 'L/26-27/000002'}}",
        "LessonAnswer(learner=0, course_id='crs_1', lesson_id='les_1') was completed: {'completed_lesson_ids': []}",
        "crs_1 is {'amount': 49900} published, the answers allow {99900} {'published'}",
    ]
