"""The generated items of `make scale` equal those of the API and the projector, and its costs are constant."""

from collections.abc import Callable

from functions.dashboards.recount import compare
from shared.db import table_scan as whole
from tests.fixtures.api import Api
from tests.fixtures.course_authoring import published_course
from tests.load.scale.bulk_write import fill
from tests.load.scale.data_generator import make_batch
from tests.load.scale.hot_course import enroll_concurrently
from tests.load.scale.read_models import ReadModelBuilder
from tests.load.scale.run import Size, grow_and_measure

Project = Callable[[], int]
FREE = {"amount": 0, "currency": "INR"}


def _attributes_by_kind() -> dict[str, frozenset[str]]:
    """Kind > the union of the attributes of its items."""
    seen: dict[str, set[str]] = {}
    for item in whole.scan_all():
        present = {name for name, value in item.attribute_values.items() if value is not None}
        seen.setdefault(item.kind, set()).update(present)
    return {kind: frozenset(names) for kind, names in seen.items()}


def test_generated_table_matches_recount_and_has_shapes_of_real_items(
    table: str, instructor: Api, student: Api, run_projector: Project
) -> None:
    batch = make_batch(3, 15, 2)
    fill(batch, ReadModelBuilder(), None, lambda _: None)
    counted = compare.compare_counters()
    others = [row for row in counted.differences if "users" not in row.counter]
    assert others == [], "\n".join(map(str, others[:5]))
    filled = _attributes_by_kind()
    course_id, _, lesson_id = published_course(instructor, price=FREE)
    assert student.post("/api/enrollments", {"course_id": course_id}).status == 201
    assert student.put(f"/api/enrollments/{course_id}/lessons/{lesson_id}", {"completed": True}).status == 200
    run_projector()
    for kind, names in filled.items():
        assert names <= _attributes_by_kind()[kind], kind
    assert enroll_concurrently(next(course for course in batch.listed if not course.amount), 10, 4).enrolled == 10
    run_projector()
    assert [row for row in compare.compare_counters().differences if "users" not in row.counter] == []


def test_table_four_times_as_large_needs_the_same_number_of_calls(table: str) -> None:
    lines: list[str] = []
    result = grow_and_measure(Size(8, 30, 8), (0.25, 1), 10, lines.append, 1)
    first, last = result.steps
    assert [cost.what for cost in first.costs] == [cost.what for cost in last.costs]
    assert {cost.what: cost.roundtrips for cost in last.costs} == {
        "student dashboard": 3,
        "instructor dashboard": 2,
        "admin dashboard": 13,
        "admin's list of courses": 2,
        "catalogue, newest": 1,
        "catalogue, popular": 1,
        "catalogue, category and language": 1,
        "search, one word": 1,
        "search, two words": 1,
        "course page": 1,
        "record lesson progress": 2,
    }
    # Milliseconds depend on what else the machine does; `make scale` checks them on a quiet one.
    assert [problem for problem in result.problems if " ms, " not in problem] == []
    assert (result.rush.enrolled, result.rush.rejected, result.rush.retries) == (10, 0, 0)
    assert lines[-1].startswith("hot course: 10 of 10 enrolled")
