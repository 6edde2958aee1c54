"""The projector counts each change once, regardless of repeated and reordered delivery."""

import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from functions.dashboards import projector
from functions.dashboards.counter_sources import source
from functions.dashboards.projector_handler import lambda_handler
from functions.dashboards.recount import compare
from local.dynamodb.engine import Engine
from local.stream_poller import StreamPoller
from shared import clock, ids
from shared.db.entities import PlatformTotals
from shared.db.read_models import (
    catalogue_writer,
    counters,
    course_completion,
    instructor_listing,
    instructor_names,
    rankings,
)
from shared.db.table.keys import Key
from shared.db.table_scan import scan_all
from shared.domain.lifecycle import CourseStatus, EnrollmentStatus, PaymentStatus
from shared.errors import StoreUnavailable
from tests.fixtures import rows
from tests.fixtures.roundtrips import recorded_roundtrips

Record = dict[str, Any]
Records = Callable[[], list[Record]]


@pytest.fixture
def records(engine: Engine, table: str) -> Iterator[Records]:
    """`records()` returns the stream records since its last call. They are not projected."""
    collected: list[Record] = []

    def collect(event: dict[str, Any], _context: object) -> None:
        collected.extend(event["Records"])

    poller = StreamPoller(engine.endpoint, table, collect)

    def new_records() -> list[Record]:
        collected.clear()
        poller.drain()
        return list(collected)

    yield new_records
    poller.stop()


def invoke_projector(batch: list[Record]) -> dict[str, Any]:
    return lambda_handler({"Records": batch}, None)


def assert_projected(batch: list[Record]) -> None:
    assert invoke_projector(batch) == {"batchItemFailures": []}


def store_sample_changes() -> None:
    """A course with three learners: one paid and was partly refunded, one completed it, one cancelled."""
    course = rows.put_course(amount=49901)
    rows.put_outline(course, 2)
    enrollments = [rows.put_enrollment(ids.user(), course, EnrollmentStatus.PENDING) for _ in range(3)]
    payment = rows.put_payment(
        enrollments[0].user_id, course, 49901, captured_amount=0, captured_at=None, status=PaymentStatus.PENDING
    )
    rows.update(payment, captured_amount=49901, captured_at=clock.now(), status=PaymentStatus.CAPTURED)
    for enrollment in enrollments:
        rows.update(enrollment, status=EnrollmentStatus.ACTIVE)
    rows.update(payment, refunded_amount=901)
    rows.update(enrollments[1], status=EnrollmentStatus.COMPLETED)
    rows.update(enrollments[2], status=EnrollmentStatus.CANCELLED)
    rows.update(course, title="Another title")


def assert_counters_match() -> None:
    report = compare.compare_counters()
    assert report.is_equal, str(report)
    assert report.compared_count > 20


def test_projector_same_batch_twice_counts_once(records: Records) -> None:
    store_sample_changes()
    batch = records()
    assert_projected(batch)
    assert_projected(batch)
    assert_counters_match()


def test_projector_duplicates_in_reverse_and_random_order_count_once(records: Records) -> None:
    store_sample_changes()
    batch = records()
    assert_projected(batch)
    assert_projected(batch[::-1])
    random.shuffle(batch)
    assert_projected(batch)
    assert_counters_match()


def test_projector_shuffled_records_give_equal_counters(records: Records) -> None:
    store_sample_changes()
    batch = records()
    random.shuffle(batch)
    assert_projected(batch + batch)
    assert_counters_match()


def test_update_counters_duplicate_source_counts_once(table: str) -> None:
    course = rows.put_course(amount=500)
    enrollment = rows.put_enrollment(ids.user(), course)
    items = (course, enrollment, course, enrollment)
    counters.update_counters([source(item.KIND, Key(item.pk, item.sk)) for item in items])
    platform = [item for item in scan_all() if isinstance(item, PlatformTotals)]
    assert sum(item.enrollments_active for item in platform) == 1
    assert sum(item.courses_published for item in platform) == 1


CRASH_POINTS = [
    (counters, "_write_batch", 0),
    (counters, "_write_batch", 2),
    (counters, "_write_batch", 5),
    (catalogue_writer, "refresh_course", 0),
    (rankings, "update_rankings", 0),
    (course_completion, "update_completion", 0),
    (instructor_listing, "record_activity", 0),
    (instructor_names, "update_courses", 0),
]


@pytest.mark.parametrize(("module", "name", "crash_at"), CRASH_POINTS)
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_projector_crash_at_any_step_catches_up_on_redelivery(
    records: Records, monkeypatch: pytest.MonkeyPatch, module: Any, name: str, crash_at: int, after: bool
) -> None:
    """Every call from `crash_at` on fails: before it is applied, or after it is applied and its response is lost."""
    store_sample_changes()
    batch = records()
    calls, step = iter(range(100)), getattr(module, name)

    def crashing(*arguments: Any, **keywords: Any) -> Any:
        crashes = next(calls) >= crash_at
        result = step(*arguments, **keywords) if after or not crashes else None
        if crashes:
            raise StoreUnavailable
        return result

    with monkeypatch.context() as patched:
        patched.setattr(counters, "_MAX_OPERATIONS", 1)
        patched.setattr(module, name, crashing)
        [failure] = invoke_projector(batch)["batchItemFailures"]
    numbers = [record["dynamodb"]["SequenceNumber"] for record in batch]
    assert_projected(batch[numbers.index(failure["itemIdentifier"]) :])
    assert_counters_match()


def test_projector_burst_in_one_course_rewrites_its_cards_once(records: Records) -> None:
    course = rows.put_course()
    rows.put_outline(course, 1)
    assert_projected(records())
    for _ in range(20):
        rows.put_enrollment(ids.user(), course)
    batch = records()
    with recorded_roundtrips() as calls:
        assert_projected(batch)
    run, manifest, checkpoints, items, completion, reports = 1, 1, 1, 1, 1, 20
    transactions, card_transactions = 3, 2
    assert calls.counts == {
        "GetItem": run + manifest,
        "BatchGetItem": checkpoints + items + transactions + card_transactions // 2 + completion,
        "TransactWriteItems": transactions + card_transactions,
        "UpdateItem": completion + reports,
    }
    assert_counters_match()


def test_projector_crash_between_catalogue_transactions_is_repaired_by_redelivery(
    records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    course = rows.put_course(title="A title of many words has cards in many lists", category="data-engineering")
    batch = records()
    from shared.db.table.transaction import Transaction

    commit, commits = Transaction.commit, iter(range(100))

    def crashing_commit(self: Transaction) -> Any:
        if "manifest" in {label for label, _ in self._operations["update"]} and next(commits) == 1:
            raise StoreUnavailable
        return commit(self)

    with monkeypatch.context() as patched:
        patched.setattr(Transaction, "commit", crashing_commit)
        assert invoke_projector(batch)["batchItemFailures"]
    assert not compare.compare_counters().is_equal
    assert_projected(batch)
    assert_counters_match()
    rows.update(course, hidden=True)
    assert_projected(records())
    assert_counters_match()


def test_projector_unprojected_kinds_make_no_dynamodb_call(records: Records, run_projector: Callable[[], int]) -> None:
    store_sample_changes()
    run_projector()
    unprojected = [record for record in records() if _kind_of(record) not in projector.SOURCES]
    assert len({_kind_of(record) for record in unprojected}) > 5
    with recorded_roundtrips() as calls:
        assert_projected([*unprojected, _unknown_kind_record()])
    assert calls.calls == []


def test_f53_poison_record_is_reported_and_earlier_records_are_projected(records: Records) -> None:
    course = rows.put_course()
    for _ in range(3):
        rows.put_enrollment(ids.user(), course)
    batch = [record for record in records() if _kind_of(record) == "enrollment"]
    batch[1]["dynamodb"]["NewImage"]["status"] = {"S": "frozen"}
    response = invoke_projector(batch)
    assert response == {"batchItemFailures": [{"itemIdentifier": batch[1]["dynamodb"]["SequenceNumber"]}]}
    assert displayed_differences()["platform: active enrollments"] == 1
    assert_projected(batch[2:])
    assert displayed_differences()["platform: active enrollments"] == 2


def displayed_differences() -> dict[str, int]:
    """Counter to displayed value, for the counters that differ from a recount."""
    return {row.counter: row.displayed for row in compare.compare_counters().differences}


def test_projector_concurrent_shards_delivered_twice_give_equal_counters(records: Records) -> None:
    """Eight threads write the changes; then six threads project the shards, each of them twice."""
    courses = [rows.put_course(rows.INSTRUCTOR_ID if n % 2 else ids.user(), amount=n * 100 + 99) for n in range(4)]
    seed = random.randrange(10**6)

    def learner(number: int) -> None:
        choices, user_id = random.Random(seed + number), ids.user()
        for course in choices.sample(courses, 2):
            enrollment = rows.put_enrollment(user_id, course, EnrollmentStatus.PENDING)
            payment = rows.put_payment(user_id, course, choices.randrange(1, 10**6))
            rows.update(enrollment, status=EnrollmentStatus.ACTIVE)
            rows.update(payment, refunded_amount=choices.randrange(payment.amount))
            rows.update(enrollment, status=choices.choice(list(EnrollmentStatus)))

    def editor(course: Any) -> None:
        for hidden in (True, False):
            rows.update(course, hidden=hidden)
        rows.update(course, status=CourseStatus.ARCHIVED if course is courses[0] else CourseStatus.PUBLISHED)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(learner, range(16)))
        list(threads.map(editor, courses))
    shards: defaultdict[str, list[Record]] = defaultdict(list)
    for record in records():
        shards[record["dynamodb"]["Keys"]["pk"]["S"]].append(record)
    with ThreadPoolExecutor(6) as threads:
        for response in threads.map(invoke_projector, [*shards.values(), *shards.values()]):
            assert response == {"batchItemFailures": []}, f"seed {seed}"
    assert_counters_match()


def test_recount_reports_differing_counter_with_both_values(records: Records) -> None:
    store_sample_changes()
    assert_projected(records())
    rows.put_enrollment(ids.user(), rows.put_course())
    differing = {row.counter: (row.displayed, row.recounted) for row in compare.compare_counters().differences}
    assert differing["platform: active enrollments"] == (1, 2)
    assert "platform: active enrollments: the dashboards show 1, a recount yields 2" in str(compare.compare_counters())


def _kind_of(record: Record) -> str:
    images = record["dynamodb"]
    return str((images.get("NewImage") or images["OldImage"])["kind"]["S"])


def _unknown_kind_record() -> Record:
    """The record of an item of a kind that only a newer version of the code knows."""
    image = {"pk": {"S": "X"}, "sk": {"S": "X"}, "kind": {"S": "voucher"}}
    return {"eventID": "foreign", "dynamodb": {"SequenceNumber": "1", "Keys": {}, "NewImage": image}}
