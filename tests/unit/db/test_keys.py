"""Stored key strings: with a changed key, the code would no longer find items of earlier versions."""

from datetime import UTC, datetime

import pytest

from shared.db.table import keys
from shared.db.table.keys import Key

AT = datetime(2026, 11, 30, 9, 15, 2, 7000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (keys.user("usr_1"), Key("USER#usr_1", "PROFILE")),
        (keys.course("crs_1"), Key("COURSE#crs_1", "COURSE")),
        (keys.course_counters("crs_1"), Key("COURSE#crs_1", "COURSE#FIGURES")),
        (keys.lesson_completion_counters("crs_1"), Key("COURSE#crs_1", "COUNTS")),
        (keys.enrollment("usr_1", "crs_1"), Key("USER#usr_1", "ENROLLMENT#crs_1")),
        (keys.enrollment_event("usr_1", "crs_1", 7), Key("USER#usr_1", "HISTORY#crs_1#000007")),
        (keys.review_listing("crs_1", "rev_1"), Key("COURSE#crs_1", "REVIEW#rev_1")),
        (keys.review_listing("crs_1", "rev_1", hidden=True), Key("COURSE#crs_1", "HIDDEN#rev_1")),
        (keys.payment("order_1"), Key("PAYMENT#order_1", "PAYMENT")),
        (keys.payment_event("order_1", 7), Key("PAYMENT#order_1", "EVENT#000007")),
        (keys.webhook("evt_1"), Key("WEBHOOK#evt_1", "EVENT")),
        (
            keys.unreadable_webhook_listing(AT, "evt_1"),
            Key("WEBHOOKS#UNREADABLE", "2026-11-30T09:15:02.007Z#evt_1"),
        ),
        (keys.foreign_order("order_1"), Key("FOREIGN#order_1", "FOREIGN")),
        (keys.receipt_counter("26-27"), Key("RECEIPTS#26-27", "COUNTER")),
        (keys.counter_checkpoint(keys.user("usr_1")), Key("COUNTED#USER#usr_1", "PROFILE")),
        (keys.rebuilt_counters("run", keys.platform_totals(3)), Key("REBUILD#run#STATS#PLATFORM", "SHARD#3")),
        (keys.instructor_ranking("usr_1"), Key("INSTRUCTOR#usr_1#STANDING", "EARNED")),
        (keys.course_revenue_listing(4_500, "crs_1"), Key("STATS#EARNERS", "000000000000004500#crs_1")),
        (
            keys.instructor_revenue_listing(-1, "usr_1"),
            Key("STATS#EARNING_INSTRUCTORS", "000000000000000000#usr_1"),
        ),
        (keys.hidden_course_listing(AT, "crs_1"), Key("STATS#HIDDEN", "2026-11-30T09:15:02.007Z#crs_1")),
        (keys.payment_listing(AT, "order_1", "refunded"), Key("PAYMENTS#refunded", "2026-11-30T09:15:02.007Z#order_1")),
        (keys.card_manifest("crs_1"), Key("COURSE#crs_1", "CARDS")),
    ],
)
def test_keys_every_kind_keeps_its_stored_strings(key: Key, expected: Key) -> None:
    assert key == expected


def test_checkpoint_source_inverts_counter_checkpoint() -> None:
    source = keys.enrollment("usr_1", "crs_1")
    assert keys.checkpoint_source(keys.counter_checkpoint(source)) == source
