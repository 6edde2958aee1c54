"""The rebuild of the read models: after damage, under traffic, and after a crash."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pynamodb.expressions.operand import Path

from functions.dashboards import read_model_rebuild
from functions.dashboards.projector_handler import lambda_handler
from functions.dashboards.recount import compare
from local.dynamodb.engine import Engine
from local.stream_poller import StreamPoller
from shared import ids
from shared.db import table_scan
from shared.db.entities import CatalogueCard, InstructorStudent, PlatformTotals, RebuiltCounters
from shared.db.read_models import counters, rebuild_run, rebuild_steps
from shared.db.read_models.rebuild_run import RebuildStage, RebuildState
from shared.db.table import keys, store
from shared.db.table.base import Item
from shared.domain.lifecycle import CourseStatus, EnrollmentStatus
from shared.errors import StoreUnavailable
from tests.fixtures import rows
from tests.fixtures.api import Api

Project = Callable[[], int]
READ_MODEL_PREFIXES = ("CATALOGUE#", "INSTRUCTOR#", "STATS#", "COUNTED#", "PAYMENTS")


def all_items() -> list[Item]:
    return list(table_scan.scan_all())


def run_rebuild(**options: Any) -> list[tuple[RebuildStage, int]]:
    """The stage and the number of corrected counters after every page."""
    reports: list[tuple[RebuildStage, int]] = []
    read_model_rebuild.rebuild_read_models(
        lambda run, corrected: reports.append((run.stage, corrected)), wait_seconds=0, **options
    )
    return reports


def assert_counters_match() -> None:
    report = compare.compare_counters()
    if not report.is_equal:
        pytest.fail("\n".join(map(str, report.differences[:10])))
    assert report.compared_count > 20


@pytest.fixture
def source_items(table: str, instructor: Api) -> list[Any]:
    """Two courses, with learners, progress, payments and refunds: stored, but not projected."""
    courses = [rows.put_course(instructor.user_id, amount=500, title=f"Course {n}") for n in range(2)]
    for course in courses:
        lessons = rows.put_outline(course, 3)
        for number, status in enumerate([*EnrollmentStatus, EnrollmentStatus.ACTIVE]):
            learner_id = ids.user()
            rows.put_enrollment(learner_id, course, status)
            rows.put_progress(learner_id, course, lessons[:number])
            rows.put_payment(learner_id, course, 500, refunded_amount=number)
    return courses


def test_rebuild_from_empty_read_models_matches_recount(
    source_items: list[Any], anonymous: Api, run_projector: Project
) -> None:
    """The stream was never read before the rebuild."""
    assert run_rebuild()[-1] == (RebuildStage.DONE, 0)
    assert_counters_match()
    assert len(anonymous.get("/api/courses?q=course").json["items"]) == 2
    run_projector()
    assert_counters_match()
    assert [item for item in all_items() if isinstance(item, RebuiltCounters)] == []


def test_rebuild_page_with_items_and_their_checkpoints_counts_each_item_once(
    table: str, run_projector: Project
) -> None:
    """The table fits on one page of the scan, so an item and its checkpoint are counted in one transaction."""
    course = rows.put_course(amount=500)
    rows.put_enrollment(ids.user(), course)
    run_projector()
    assert run_rebuild()[-1] == (RebuildStage.DONE, 0)
    report = compare.compare_counters()
    assert report.is_equal, str(report)


def test_rebuild_restores_deleted_read_models(source_items: list[Any], run_projector: Project) -> None:
    run_projector()
    lost = [item for item in all_items() if item.pk.startswith(READ_MODEL_PREFIXES)]
    counter_keys = [keys.course_counters(course.course_id) for course in source_items]
    store.delete_many([*counter_keys, *(keys.Key(item.pk, item.sk) for item in lost)])
    assert not compare.compare_counters().is_equal
    run_rebuild()
    assert_counters_match()


def test_rebuild_corrects_wrong_counters_and_reports_their_number(
    source_items: list[Any], run_projector: Project
) -> None:
    run_projector()
    instructor, course = source_items[0].instructor_id, source_items[0].course_id
    student = next(item for item in all_items() if item.pk == f"INSTRUCTOR#{instructor}#STUDENTS")
    damaged = [
        (keys.instructor_totals(instructor), "students", 99),
        (keys.Key(student.pk, student.sk), "courses", 0),
        (keys.instructor_student(instructor, ids.user()), "courses", 3),
        (keys.instructor_course(instructor, course), "gross_INR", 10**9),
        (keys.course_counters(course), "enrollment_count", 7),
        (keys.lesson_completion_counters(course), "done_les_never", 4),
        (keys.platform_totals(0), "users_admin", 50),
    ]
    for key, name, value in damaged:
        _set_counter(key, name, value)
    card = next(item for item in all_items() if isinstance(item, CatalogueCard) and item.course_id == course)
    store.delete(keys.Key(card.pk, card.sk))
    stray = card.copy()
    stray.sk = "0#stray"
    rows.put(stray)
    assert len(compare.compare_counters().differences) >= len(damaged)
    assert run_rebuild()[-1][1] == len(damaged)
    assert_counters_match()
    assert run_rebuild()[-1] == (RebuildStage.DONE, 0)


def _set_counter(key: keys.Key, name: str, value: int) -> None:
    stored = store.get_many([key]).get(key)
    missing_kind: type[Item] = PlatformTotals if key.pk == keys.PLATFORM else InstructorStudent
    kind = type(stored) if stored else missing_kind
    always = kind.pk.exists() | kind.pk.does_not_exist()
    store.update(kind, key, [kind.kind.set(kind.KIND), Path(name).set(value)], always)


@pytest.mark.parametrize("crash_after", [0, 2, 5, 9])
def test_rebuild_resumes_the_same_run_after_a_crash(
    source_items: list[Any], run_projector: Project, monkeypatch: pytest.MonkeyPatch, crash_after: int
) -> None:
    """The rebuild crashes after one of its pages; an enrollment is added and projected before it is resumed."""
    run_projector()
    _set_counter(keys.instructor_totals(source_items[0].instructor_id), "active", 50)
    _limit_scan_pages(monkeypatch, 120)
    steps, save_state = iter(range(1000)), rebuild_run.save_state

    def crashing_save(run: RebuildState) -> bool:
        saved = save_state(run)
        if next(steps) == crash_after:
            raise KeyboardInterrupt
        return saved

    with monkeypatch.context() as patched:
        patched.setattr(rebuild_run, "save_state", crashing_save)
        with pytest.raises(KeyboardInterrupt):
            run_rebuild()
    run = rebuild_run.current()
    assert run
    rows.put_enrollment(ids.user(), source_items[0])
    run_projector()
    finished = read_model_rebuild.rebuild_read_models(lambda _run, _corrected: None, wait_seconds=0)
    assert finished.id == run.id
    assert_counters_match()


def _limit_scan_pages(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    from shared.db.table.base import table

    scan = table().scan
    monkeypatch.setattr(table(), "scan", lambda **arguments: scan(limit=size, **arguments))


def test_rebuild_under_traffic_with_crashing_projector_matches_recount(
    engine: Engine, table: str, instructor: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four threads change every kind of item while a rebuild runs and a counter is damaged. The projector crashes in
    the middle of batches, restarts, and receives some batches twice."""
    seed = random.randrange(10**6)
    randomness = random.Random(seed)
    courses = [rows.put_course(instructor.user_id, amount=500) for _ in range(3)]
    lessons = {course.course_id: rows.put_outline(course, 3) for course in courses}
    write_batch = counters._write_batch

    def crashing_write(batch: Any) -> Any:
        draw = randomness.random()
        if draw < 0.05:
            raise StoreUnavailable
        result = write_batch(batch)
        if draw > 0.95:
            raise StoreUnavailable
        return result

    def deliver_sometimes_twice(event: dict[str, Any], context: object) -> dict[str, Any]:
        if randomness.random() < 0.3:
            lambda_handler(event, context)
        return lambda_handler(event, context)

    def run_learner(number: int) -> None:
        choices = random.Random(seed + number)
        for _ in range(2):
            course, learner_id = choices.choice(courses), ids.user()
            enrollment = rows.put_enrollment(learner_id, course, EnrollmentStatus.PENDING)
            rows.put_progress(learner_id, course, choices.sample(lessons[course.course_id], 2))
            payment = rows.put_payment(learner_id, course, choices.randrange(100, 10**5))
            rows.update(enrollment, status=EnrollmentStatus.ACTIVE)
            rows.update(payment, refunded_amount=choices.randrange(100))
            rows.update(enrollment, status=choices.choice(list(EnrollmentStatus)))
            rows.update(course, title=f"Title {choices.random()}", status=choices.choice(list(CourseStatus)))

    poller = StreamPoller(engine.endpoint, table, deliver_sometimes_twice, backoff_seconds=0.001)
    _limit_scan_pages(monkeypatch, 200)
    with monkeypatch.context() as patched:
        patched.setattr(counters, "_write_batch", crashing_write)
        poller.start()
        with ThreadPoolExecutor(4) as threads:
            learners = [threads.submit(run_learner, number) for number in range(4)]
            _set_counter(keys.platform_totals(3), "enrollments_active", 500)
            _rebuild_until_done()
            for learner in learners:
                learner.result()
        poller.stop()
    poller.drain()
    poller.stop()
    # In production, records that fail every retry are sent to the dead-letter queue. The next rebuild counts them.
    _rebuild_until_done()
    assert_counters_match()


def _rebuild_until_done() -> None:
    for _ in range(500):
        try:
            run_rebuild()
        except StoreUnavailable:
            continue
        return
    pytest.fail("the rebuild did not finish")


def test_rebuild_restarted_raises_rebuild_superseded_in_the_first_run(
    source_items: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def restart(run: RebuildState, _corrected: int) -> None:
        if run.stage is RebuildStage.RECOUNTING:
            run_rebuild(restart=True)

    with pytest.raises(read_model_rebuild.RebuildSuperseded):
        read_model_rebuild.rebuild_read_models(restart, wait_seconds=0)
    assert_counters_match()


def test_rebuild_waits_over_120_s_for_projectors_to_see_the_run(
    source_items: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("functions.dashboards.read_model_rebuild.time.sleep", pauses.append)
    read_model_rebuild.rebuild_read_models(lambda _run, _corrected: None)
    [pause] = pauses
    assert 120 < pause <= read_model_rebuild.PROJECTOR_DRAIN_SECONDS


def test_approximate_item_count_on_local_engine_is_the_number_of_stored_items(source_items: list[Any]) -> None:
    assert rebuild_steps.approximate_item_count() == len(all_items()) > 20


def test_rebuild_removes_courses_deleted_without_projection(source_items: list[Any], run_projector: Project) -> None:
    draft = rows.put_course(status=CourseStatus.DRAFT, published_at=None)
    run_projector()
    rows.delete(draft)
    run_rebuild()
    assert_counters_match()


def test_rebuild_includes_enrollment_created_during_the_run(
    source_items: list[Any], run_projector: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The scan has already passed the new item's position, so the projector includes the item in the run."""
    run_projector()

    def enroll(run: RebuildState, _corrected: int) -> None:
        if run.stage is RebuildStage.CORRECTING_STUDENTS:
            rows.put_enrollment(ids.user(), source_items[1])
            run_projector()

    read_model_rebuild.rebuild_read_models(enroll, wait_seconds=0)
    assert_counters_match()
