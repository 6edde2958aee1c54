"""Each event counts once, however often and in whatever order it is delivered."""

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
from shared.db.read_models import catalogue_writer, counters, instructor_names, rankings
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
    """`records()`: what the stream has that was not taken yet, without projecting it."""
    taken: list[Record] = []

    def take(event: dict[str, Any], _context: object) -> None:
        taken.extend(event["Records"])

    pump = StreamPoller(engine.endpoint, table, take)

    def new() -> list[Record]:
        taken.clear()
        pump.drain()
        return list(taken)

    yield new
    pump.stop()


def invoke_projector(batch: list[Record]) -> dict[str, Any]:
    return lambda_handler({"Records": batch}, None)


def assert_projected(batch: list[Record]) -> None:
    assert invoke_projector(batch) == {"batchItemFailures": []}


def store_sample_changes() -> None:
    """A course with three learners, one of whom paid and got a part of it back, and one who left."""
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
    counted = compare.compare_counters()
    assert counted.is_equal, str(counted)
    assert counted.compared_count > 20


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


def test_count_of_a_source_given_twice_counts_it_once(table: str) -> None:
    course = rows.put_course(amount=500)
    enrollment = rows.put_enrollment(ids.user(), course)
    twice = [source(each.KIND, Key(each.pk, each.sk)) for each in (course, enrollment, course, enrollment)]
    counters.update_counters(twice)
    platform = [item for item in scan_all() if isinstance(item, PlatformTotals)]
    assert sum(item.enrollments_active for item in platform) == 1
    assert sum(item.courses_published for item in platform) == 1


CRASH_POINTS = [
    (counters, "_write_batch", 0),
    (counters, "_write_batch", 2),
    (counters, "_write_batch", 5),
    (catalogue_writer, "refresh_course", 0),
    (rankings, "update_rankings", 0),
    (rankings, "update_completion", 0),
    (rankings, "record_activity", 0),
    (instructor_names, "update_courses", 0),
]


@pytest.mark.parametrize(("module", "name", "dies_at"), CRASH_POINTS)
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_projector_crash_at_any_step_catches_up_on_redelivery(
    records: Records, monkeypatch: pytest.MonkeyPatch, module: Any, name: str, dies_at: int, after: bool
) -> None:
    """From one step on, before it is written, and after it is written and the answer is lost."""
    store_sample_changes()
    batch = records()
    calls, whole = iter(range(100)), getattr(module, name)

    def dying(*arguments: Any, **keywords: Any) -> Any:
        dies = next(calls) >= dies_at
        answer = whole(*arguments, **keywords) if after or not dies else None
        if dies:
            raise StoreUnavailable
        return answer

    with monkeypatch.context() as patched:
        patched.setattr(counters, "_MAX_OPERATIONS", 1)
        patched.setattr(module, name, dying)
        [failure] = invoke_projector(batch)["batchItemFailures"]
    order = [each["dynamodb"]["SequenceNumber"] for each in batch]
    assert_projected(batch[order.index(failure["itemIdentifier"]) :])
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
    run, manifest, marks, items, studied = 1, 1, 1, 1, 1
    transactions, listed = 3, 2
    assert calls.counts == {
        "GetItem": run + manifest,
        "BatchGetItem": marks + items + transactions + listed // 2 + studied,
        "TransactWriteItems": transactions + listed,
        "UpdateItem": studied,
    }
    assert_counters_match()


def test_projector_crash_between_catalogue_transactions_is_repaired_by_redelivery(
    records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    course = rows.put_course(title="Several words that make for many lists to write", category="data-engineering")
    batch = records()
    from shared.db.table.transaction import Transaction

    real, commits = Transaction.commit, iter(range(100))

    def dying(self: Transaction) -> Any:
        if "manifest" in {label for label, _ in self._operations["update"]} and next(commits) == 1:
            raise StoreUnavailable
        return real(self)

    with monkeypatch.context() as patched:
        patched.setattr(Transaction, "commit", dying)
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
    own = [each for each in records() if _kind_of(each) not in projector.SOURCES]
    assert len({_kind_of(each) for each in own}) > 5
    with recorded_roundtrips() as calls:
        assert_projected([*own, _unknown_kind_record()])
    assert calls.calls == []


def test_f53_poison_record_is_reported_and_earlier_records_are_projected(records: Records) -> None:
    course = rows.put_course()
    for _ in range(3):
        rows.put_enrollment(ids.user(), course)
    batch = [each for each in records() if _kind_of(each) == "enrollment"]
    batch[1]["dynamodb"]["NewImage"]["status"] = {"S": "frozen"}
    answer = invoke_projector(batch)
    assert answer == {"batchItemFailures": [{"itemIdentifier": batch[1]["dynamodb"]["SequenceNumber"]}]}
    said = {row.counter: row.displayed for row in compare.compare_counters().differences}
    assert said["platform enrollments_active"] == 1
    assert_projected(batch[2:])
    said = {row.counter: row.displayed for row in compare.compare_counters().differences}
    assert said["platform enrollments_active"] == 2


def test_projector_concurrent_shards_delivered_twice_give_equal_counters(records: Records) -> None:
    """Eight threads change things while shards are projected side by side, everything twice."""
    courses = [rows.put_course(rows.INSTRUCTOR_ID if n % 2 else ids.user(), amount=n * 100 + 99) for n in range(4)]
    seed = random.randrange(10**6)

    def learner(number: int) -> None:
        dice, user = random.Random(seed + number), ids.user()
        for course in dice.sample(courses, 2):
            enrollment = rows.put_enrollment(user, course, EnrollmentStatus.PENDING)
            payment = rows.put_payment(user, course, dice.randrange(1, 10**6))
            rows.update(enrollment, status=EnrollmentStatus.ACTIVE)
            rows.update(payment, refunded_amount=dice.randrange(payment.amount))
            rows.update(enrollment, status=dice.choice(list(EnrollmentStatus)))

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
        for answer in threads.map(invoke_projector, [*shards.values(), *shards.values()]):
            assert answer == {"batchItemFailures": []}, f"seed {seed}"
    assert_counters_match()


def test_recount_reports_differing_counter_with_both_values(records: Records) -> None:
    store_sample_changes()
    assert_projected(records())
    rows.put_enrollment(ids.user(), rows.put_course())
    differing = {row.counter: (row.displayed, row.recounted) for row in compare.compare_counters().differences}
    assert differing["platform enrollments_active"] == (1, 2)
    assert "platform enrollments_active: the dashboards say 1, a recount says 2" in str(compare.compare_counters())


def _kind_of(record: Record) -> str:
    images = record["dynamodb"]
    return str((images.get("NewImage") or images["OldImage"])["kind"]["S"])


def _unknown_kind_record() -> Record:
    """What newer code may write: a kind this one does not know."""
    image = {"pk": {"S": "X"}, "sk": {"S": "X"}, "kind": {"S": "voucher"}}
    return {"eventID": "foreign", "dynamodb": {"SequenceNumber": "1", "Keys": {}, "NewImage": image}}
