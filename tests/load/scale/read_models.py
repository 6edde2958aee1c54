"""Build in memory the read models that the projector would write for a batch."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from functions.dashboards.counter_sources import PROJECTIONS, subject
from shared.db.entities import (
    CounterCheckpoint,
    Enrollment,
    InstructorCourse,
    InstructorRanking,
    InstructorStudent,
    InstructorTotals,
    LessonCompletionCounters,
    Outline,
    Payment,
    PaymentListing,
    Progress,
)
from shared.db.read_models import counter_items as read_models_counter_items
from shared.db.read_models.catalogue_cards import build_derived_items
from shared.db.read_models.counter_items import CounterItem
from shared.db.table import keys
from shared.db.table.base import Item
from shared.db.table.keys import Key
from shared.domain.ratings import NO_RATING
from tests.load.scale.data_generator import Batch

Raw = dict[str, Any]


class ReadModelBuilder:
    """`add` counts an item; `counter_items` are all counters so far."""

    def __init__(self) -> None:
        self.counts: defaultdict[CounterItem, Counter[str]] = defaultdict(Counter)
        self._access: set[tuple[str, str]] = set()
        self._attributes: dict[Key, Raw] = {}

    def add(self, item: Item) -> Iterator[Raw]:
        """Count the item; yields its counter checkpoint and, for a payment, its entry in the payment register."""
        if item.KIND not in PROJECTIONS:
            return
        key = Key(item.pk, item.sk)
        if isinstance(item, Enrollment) and item.status.gives_access:
            self._access.add((item.pk, item.course_id))
        if isinstance(item, Progress) and (item.pk, item.course_id) not in self._access:
            return
        projected = PROJECTIONS[item.KIND](subject(key), None, item).counts
        contribution = {counter: +amounts for counter, amounts in projected.items()}
        for counter, amounts in contribution.items():
            self.counts[counter].update(amounts)
        counted = json.dumps({str(counter): dict(amounts) for counter, amounts in contribution.items() if amounts})
        if counted != "{}":
            yield to_raw(
                CounterCheckpoint.build(keys.counter_checkpoint(key), source=item.KIND, revision=1, counted=counted)
            )
        if isinstance(item, Payment):
            yield to_raw(_payment_listing(item))

    def listing_items(self, batch: Batch, partitions: frozenset[str] | None) -> Iterator[Raw]:
        """Catalogue cards and listings of the batch's courses; with `partitions` only the cards in those."""
        for course in (*batch.courses, *batch.listed):
            outline = batch.outlines[course.course_id]
            learners = self.counts[read_models_counter_items.course_counters(course.course_id)]["enrollment_count"]
            for item in build_derived_items(course, outline.lesson_count, learners, NO_RATING):
                if isinstance(item, InstructorCourse):
                    self._attributes[Key(item.pk, item.sk)] = self._instructor_course(item, outline)
                elif partitions is None or not item.pk.startswith("CATALOGUE#") or item.pk in partitions:
                    yield to_raw(item)
        edited_at: dict[str, datetime] = {}
        for course in (*batch.courses, *batch.listed):
            latest = edited_at.get(course.instructor_id, course.updated_at)
            edited_at[course.instructor_id] = max(course.updated_at, latest)
        for instructor in batch.instructors:
            totals = _instructor_totals(instructor.user_id, instructor.name, edited_at[instructor.user_id])
            self._attributes[keys.instructor_totals(instructor.user_id)] = totals

    def _instructor_course(self, item: InstructorCourse, outline: Outline) -> Raw:
        counters = self.counts[read_models_counter_items.lesson_completion_counters(item.course_id)]
        done = sum(counters[f"done_{lesson_id}"] for lesson_id in outline.lesson_ids())
        return to_raw(item) | {"lessons_done": {"N": str(done)}, "lesson_count": {"N": str(outline.lesson_count)}}

    def counter_items(self) -> Iterator[Raw]:
        """All items with counters."""
        self._count_students()
        for counter, amounts in self.counts.items():
            raw = self._counter_item(counter, amounts)
            yield raw
            if counter.kind is InstructorTotals and amounts["gross_INR"]:
                yield _instructor_ranking(raw["instructor_id"]["S"], amounts["gross_INR"])
        counted_keys = {counter.key for counter in self.counts}
        yield from (raw for key, raw in self._attributes.items() if key not in counted_keys)

    def _count_students(self) -> None:
        students: Counter[str] = Counter()
        for counter, amounts in self.counts.items():
            if counter.kind is InstructorStudent and amounts["courses"]:
                students[read_models_counter_items.instructor_id_of(counter.key)] += 1
        for instructor_id, count in students.items():
            self.counts[read_models_counter_items.instructor_counters(instructor_id)]["students"] = count

    def _counter_item(self, counter: CounterItem, amounts: Counter[str]) -> Raw:
        raw = {"pk": {"S": counter.key.pk}, "sk": {"S": counter.key.sk}, "kind": {"S": counter.kind.KIND}}
        raw |= {name: {"S": value} for name, value in counter.identity}
        raw |= self._attributes.get(counter.key, {})
        raw |= {name: {"N": str(amount)} for name, amount in amounts.items() if amount}
        if counter.kind is LessonCompletionCounters:
            raw["revision"] = {"N": "1"}
        if counter.kind is InstructorCourse and amounts["gross_INR"]:
            raw |= _index_attributes(keys.course_revenue_listing(amounts["gross_INR"], raw["course_id"]["S"]))
        return raw


def to_raw(item: Item) -> Raw:
    return dict(item.serialize())


def _index_attributes(listing: Key) -> Raw:
    return {"gsi1pk": {"S": listing.pk}, "gsi1sk": {"S": listing.sk}}


def _instructor_totals(instructor_id: str, name: str, at: datetime) -> Raw:
    listing = keys.active_instructor_listing(at, instructor_id)
    totals = InstructorTotals.build(
        keys.instructor_totals(instructor_id),
        instructor_id=instructor_id,
        name=name,
        named_at=at,
        last_activity=at,
        gsi1pk=listing.pk,
        gsi1sk=listing.sk,
    )
    return to_raw(totals)


def _instructor_ranking(instructor_id: str, net: int) -> Raw:
    listing = keys.instructor_revenue_listing(net, instructor_id)
    key = keys.instructor_ranking(instructor_id)
    return to_raw(InstructorRanking.build(key, instructor_id=instructor_id, gsi1pk=listing.pk, gsi1sk=listing.sk))


def _payment_listing(payment: Payment) -> PaymentListing:
    by_status = keys.payment_listing(payment.created_at, payment.order_id, payment.status)
    return PaymentListing.build(
        keys.payment_listing(payment.created_at, payment.order_id),
        order_id=payment.order_id,
        status=payment.status,
        version=payment.version,
        gsi1pk=by_status.pk,
        gsi1sk=by_status.sk,
    )
