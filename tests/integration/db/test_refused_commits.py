"""Refused transactions outside of enrollments and payments. Some are no error: a concurrent writer has written a newer
state, or there is nothing to do. All others are attempted again."""

from typing import Any

import pytest
from pynamodb.expressions.operand import Path

from shared import clock, ids
from shared.db.courses import courses, curriculum
from shared.db.courses.curriculum import CurriculumOutcome
from shared.db.entities import (
    CardManifest,
    CatalogueCard,
    Course,
    InstructorRanking,
    InstructorTotals,
    MediaAsset,
    RebuiltCounters,
)
from shared.db.read_models import rebuild_steps
from shared.db.read_models.catalogue_writer import RefreshOutcome, refresh_course
from shared.db.read_models.rankings import update_rankings
from shared.db.table import keys, store
from shared.db.table.base import Item
from shared.db.table.keys import Key
from shared.domain.lifecycle import CourseLevel
from tests.fixtures import rows
from tests.fixtures.api import Api
from tests.fixtures.dynamodb_faults import run_at_next_write
from tests.fixtures.storefront import put_published_course
from tests.fixtures.table_snapshot import snapshot

INSTRUCTOR_ID, COURSE_ID = rows.INSTRUCTOR_ID, "crs_01J00000000000000000000001"
CARD_KEY = Key("CATALOGUE#newest#*#*#*#*", "2026-11-23#crs_1")


def put_revenue(gross: int) -> None:
    key = keys.instructor_totals(INSTRUCTOR_ID)
    store.delete(key)
    totals, counter = InstructorTotals, Path("gross_INR")
    actions = [totals.kind.set(totals.KIND), totals.instructor_id.set(INSTRUCTOR_ID), counter.set(gross)]
    assert store.update(totals, key, actions, totals.pk.does_not_exist()).succeeded


def test_ranking_of_revenue_that_changed_meanwhile_is_left_to_that_change(
    table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_revenue(100)

    def earn_more() -> None:
        put_revenue(500)
        update_rankings(INSTRUCTOR_ID, COURSE_ID)

    run_at_next_write(monkeypatch, earn_more)
    update_rankings(INSTRUCTOR_ID, COURSE_ID)
    ranking = store.get(InstructorRanking, keys.instructor_ranking(INSTRUCTOR_ID))
    assert ranking
    assert ranking.listing == keys.instructor_revenue_listing(500, INSTRUCTOR_ID)


def card() -> CatalogueCard:
    return CatalogueCard.build(
        CARD_KEY,
        course_id=COURSE_ID,
        title="Ragas",
        description="Ten ragas.",
        category="music",
        facet_category="music",
        level=CourseLevel.BEGINNER,
        language="en",
        facet_language="en",
        amount=0,
        currency="INR",
        instructor_id=INSTRUCTOR_ID,
        instructor_name="Asha Rao",
        lesson_count=1,
        enrollment_count=0,
        words=" ragas",
        published_at=clock.now(),
    )


def manifest(revision: int, *places: str) -> CardManifest:
    key = keys.card_manifest(COURSE_ID)
    return CardManifest.build(key, revision=revision, complete=True, digest="", places=list(places))


def test_orphaned_card_is_deleted_unless_a_refresh_lists_it_meanwhile(
    table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows.put(card(), manifest(1))

    def refresh() -> None:
        store.delete(keys.card_manifest(COURSE_ID))
        rows.put(manifest(2, f"{CARD_KEY.pk} {CARD_KEY.sk}"))

    with monkeypatch.context() as patched:
        run_at_next_write(patched, refresh)
        rebuild_steps.delete_orphaned_cards([card()])
    assert store.get(CatalogueCard, CARD_KEY)
    store.delete(keys.card_manifest(COURSE_ID))
    rebuild_steps.delete_orphaned_cards([card()])
    assert store.get(CatalogueCard, CARD_KEY) is None


def asset(course_id: str, **attributes: Any) -> MediaAsset:
    values = {"format": "mp4", "byte_count": 1, "duration_seconds": 1, "received_at": clock.now(), **attributes}
    return MediaAsset.build(keys.media_asset(course_id, "video"), course_id=course_id, public_id="video", **values)


def test_asset_is_recorded_once_and_only_for_an_existing_course(table: str) -> None:
    course = put_published_course(INSTRUCTOR_ID)
    courses.record_asset(asset(course.course_id))
    before = snapshot()
    assert keys.media_asset(course.course_id, "video") in before
    courses.record_asset(asset(course.course_id, byte_count=2))
    courses.record_asset(asset(COURSE_ID))
    assert snapshot() == before


def test_create_course_with_an_id_that_is_taken_is_no_success(
    table: str, instructor: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ids are random; if one is taken nevertheless, the course of another instructor must not be returned."""
    taken = put_published_course(INSTRUCTOR_ID)
    before = snapshot()
    body = {
        "title": "Another course",
        "description": "About something else.",
        "category": "music",
        "level": "beginner",
        "language": "en",
        "price": {"amount": 0, "currency": "INR"},
    }
    with monkeypatch.context() as patched:
        patched.setattr(ids, "course", lambda: taken.course_id)
        reply = instructor.post("/api/courses", body)
    assert (reply.status, reply.code) == (503, "store_unavailable")
    assert snapshot() == before
    created = instructor.post("/api/courses", body)
    assert created.status == 201, created.text
    assert store.get(Course, keys.course(created.json["id"]))


def test_refresh_of_course_refused_by_another_refresh_reads_again(table: str, monkeypatch: pytest.MonkeyPatch) -> None:
    course = rows.put_course(title="Old")
    rows.put_outline(course, 1)
    assert refresh_course(course.course_id) is RefreshOutcome.WRITTEN

    def rename_and_refresh() -> None:
        rows.update_by_key(Course, keys.course(course.course_id), title="New")
        refresh_course(course.course_id)

    rows.update_by_key(Course, keys.course(course.course_id), title="Newer than old")
    run_at_next_write(monkeypatch, rename_and_refresh)
    assert refresh_course(course.course_id) is RefreshOutcome.UNCHANGED, "the other refresh has written the same state"
    stored = store.get(CardManifest, keys.card_manifest(course.course_id))
    assert stored
    assert stored.revision == 2
    shown = store.get(CatalogueCard, Key(*stored.places[0].rsplit(" ", 1)))
    assert shown
    assert shown.title == "New"


def put_counters(key: Key, kind: type[Item], active: int, **attributes: Any) -> None:
    actions = [kind.kind.set(kind.KIND), Path("active").set(active)]
    actions += [Path(name).set(value) for name, value in attributes.items()]
    assert store.update(kind, key, actions, kind.pk.exists() | kind.pk.does_not_exist()).succeeded


def test_correction_of_counters_that_are_counted_meanwhile_corrects_the_new_ones(
    table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = keys.instructor_totals(INSTRUCTOR_ID)
    rebuilt = keys.rebuilt_counters("run", key)

    def count(active: int) -> None:
        """The projector adds every change to both."""
        put_counters(key, InstructorTotals, active, instructor_id=INSTRUCTOR_ID)
        put_counters(rebuilt, RebuiltCounters, active + 2, of=InstructorTotals.KIND, instructor_id=INSTRUCTOR_ID)

    count(5)
    run_at_next_write(monkeypatch, lambda: count(6))
    counters = rebuild_steps.StoredCounters(key, InstructorTotals)
    assert rebuild_steps.correct_counters("run", counters) is True
    stored = store.get(InstructorTotals, key)
    assert stored
    assert stored.active == 8
    assert rebuild_steps.correct_counters("run", counters) is False


def test_rename_of_section_that_is_deleted_meanwhile_is_not_found_and_writes_nothing(table: str) -> None:
    course = put_published_course(INSTRUCTOR_ID)
    before = snapshot()
    deleted = ids.section(course.course_id)
    assert curriculum.rename_section(course.course_id, deleted, "New") is CurriculumOutcome.NOT_FOUND
    assert snapshot() == before
