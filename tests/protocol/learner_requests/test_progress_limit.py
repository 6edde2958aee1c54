"""The limit of completed lessons is compared exactly, not in whole percent."""

import pytest

from shared.db.entities import Outline
from shared.db.table import keys, store
from tests.fixtures.api import Api
from tests.fixtures.storefront import Storefront, put_published_course
from tests.fixtures.table_snapshot import snapshot
from tests.protocol.learner_requests.request_actions import ask, set_terms, shown


def complete(learner: Api, course_id: str, count: int) -> None:
    outline = store.get(Outline, keys.outline(course_id))
    assert outline
    for lesson_id in outline.lesson_ids()[:count]:
        assert learner.put(f"/api/enrollments/{course_id}/lessons/{lesson_id}", {"completed": True}).status == 200


@pytest.mark.parametrize(
    ("lessons", "limit", "progress"),
    [
        ((4, 13), 30, None),
        ((4, 13), 31, 31),
        ((3, 10), 30, 30),
        ((3, 13), 30, 24),
        ((1, 13), 0, None),
        ((0, 13), 0, 0),
        ((12, 13), 92, None),
        ((12, 13), 100, 93),
    ],
)
def test_request_is_refused_above_the_limit_by_a_fraction_of_a_percent(
    shop: Storefront,
    student: Api,
    instructor: Api,
    monkeypatch: pytest.MonkeyPatch,
    lessons: tuple[int, int],
    limit: int,
    progress: int | None,
) -> None:
    """`lessons` are the completed ones, and all of the course."""
    completed, total = lessons
    set_terms(monkeypatch, limit=limit)
    course_id = put_published_course(instructor.user_id, lessons=total).course_id
    order_id = shop.create_order(student, course_id)["order_id"]
    shop.pay(order_id)
    shop.deliver()
    complete(student, course_id, completed)
    before = snapshot()
    reply = ask(student, order_id)
    if progress is None:
        assert (reply.status, reply.code) == (409, "refund_progress_exceeded")
        assert snapshot() == before
        return
    request = shown(student, order_id)
    assert request
    assert (reply.status, request["progress"]) == (201, progress)
