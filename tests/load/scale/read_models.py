"""What the projector would have made of a batch, added up in memory and written at once."""

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
    """Figures grow with every item; `figures()` are all of them as they are now."""

    def __init__(self) -> None:
        self.counts: defaultdict[CounterItem, Counter[str]] = defaultdict(Counter)
        self._access: set[tuple[str, str]] = set()
        self._attributes: dict[Key, Raw] = {}

    def add(self, item: Item) -> Iterator[Raw]:
        """Counts the item; what it makes besides figures: its mark, and a payment's place in the register."""
        if item.KIND not in PROJECTIONS:
            return
        key = Key(item.pk, item.sk)
        if isinstance(item, Enrollment) and item.status.gives_access:
            self._access.add((item.pk, item.course_id))
        if isinstance(item, Progress) and (item.pk, item.course_id) not in self._access:
            return
        now = {place: +amounts for place, amounts in PROJECTIONS[item.KIND](subject(key), None, item).counts.items()}
        for place, amounts in now.items():
            self.counts[place].update(amounts)
        told = json.dumps({str(place): dict(amounts) for place, amounts in now.items() if amounts})
        if told != "{}":
            yield to_raw(
                CounterCheckpoint.build(keys.counter_checkpoint(key), source=item.KIND, revision=1, counted=told)
            )
        if isinstance(item, Payment):
            yield to_raw(_payment_listing(item))

    def listing_items(self, made: Batch, only: frozenset[str] | None) -> Iterator[Raw]:
        """Cards and listings of the batch's courses; `only` those cards whose partition is named."""
        for course in (*made.courses, *made.listed):
            learners = self.counts[read_models_counter_items.course_counters(course.course_id)]["enrollment_count"]
            for item in build_derived_items(course, made.outlines[course.course_id].lesson_count, learners, NO_RATING):
                if isinstance(item, InstructorCourse):
                    facts = to_raw(item)
                    outline = made.outlines[course.course_id]
                    tally = self.counts[read_models_counter_items.lesson_completion_counters(course.course_id)]
                    facts["lessons_done"] = {"N": str(sum(tally[f"done_{each}"] for each in outline.lesson_ids()))}
                    facts["lesson_count"] = {"N": str(outline.lesson_count)}
                    self._attributes[Key(item.pk, item.sk)] = facts
                elif only is None or not item.pk.startswith("CATALOGUE#") or item.pk in only:
                    yield to_raw(item)
        edited: dict[str, datetime] = {}
        for course in (*made.courses, *made.listed):
            edited[course.instructor_id] = max(course.updated_at, edited.get(course.instructor_id, course.updated_at))
        for each in made.instructors:
            totals = _instructor_totals(each.user_id, each.name, edited[each.user_id])
            self._attributes[keys.instructor_totals(each.user_id)] = totals

    def counter_items(self) -> Iterator[Raw]:
        """Every item that keeps figures."""
        students: Counter[str] = Counter()
        for place, amounts in self.counts.items():
            if place.kind is InstructorStudent and amounts["courses"]:
                students[read_models_counter_items.instructor_id_of(place.key)] += 1
        for instructor_id, people in students.items():
            self.counts[read_models_counter_items.instructor_counters(instructor_id)]["students"] = people
        for place, amounts in self.counts.items():
            raw = {"pk": {"S": place.key.pk}, "sk": {"S": place.key.sk}, "kind": {"S": place.kind.KIND}}
            raw |= {name: {"S": value} for name, value in place.identity}
            raw |= self._attributes.get(place.key, {})
            raw |= {name: {"N": str(amount)} for name, amount in amounts.items() if amount}
            if place.kind is LessonCompletionCounters:
                raw["revision"] = {"N": "1"}
            if place.kind is InstructorCourse and amounts["gross_INR"]:
                raw |= _index_attributes(keys.course_revenue_listing(amounts["gross_INR"], raw["course_id"]["S"]))
            yield raw
            if place.kind is InstructorTotals and amounts["gross_INR"]:
                yield _instructor_ranking(raw["instructor_id"]["S"], amounts["gross_INR"])
        counted = {place.key for place in self.counts}
        yield from (facts for key, facts in self._attributes.items() if key not in counted)


def to_raw(item: Item) -> Raw:
    return dict(item.serialize())


def _index_attributes(place: Key) -> Raw:
    return {"gsi1pk": {"S": place.pk}, "gsi1sk": {"S": place.sk}}


def _instructor_totals(instructor_id: str, name: str, at: datetime) -> Raw:
    place = keys.active_instructor_listing(at, instructor_id)
    totals = InstructorTotals.build(
        keys.instructor_totals(instructor_id),
        instructor_id=instructor_id,
        name=name,
        named_at=at,
        last_activity=at,
        gsi1pk=place.pk,
        gsi1sk=place.sk,
    )
    return to_raw(totals)


def _instructor_ranking(instructor_id: str, net: int) -> Raw:
    place = keys.instructor_revenue_listing(net, instructor_id)
    key = keys.instructor_ranking(instructor_id)
    return to_raw(InstructorRanking.build(key, instructor_id=instructor_id, gsi1pk=place.pk, gsi1sk=place.sk))


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
