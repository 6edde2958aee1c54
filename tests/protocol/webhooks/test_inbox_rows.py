"""The rows of the webhook inbox, to the last attribute of their lists."""

import pytest

from shared.db.payments import webhook_inbox
from shared.db.table import keys, store
from shared.history_kinds import EvidenceKind, InboxOutcome
from tests.fixtures.fake_clock import FakeClock
from tests.fixtures.table_snapshot import snapshot
from tests.protocol.stored_state import inbox_row

pytestmark = pytest.mark.usefixtures("table")
ORDER_ID = "order_AAAAAAAAAAAAAA"


def test_new_entry_of_capture_is_listed_for_the_invariant_check(fake_clock: FakeClock) -> None:
    now = fake_clock.now()
    entry = webhook_inbox.new_entry("evt_1", "payment.captured", ORDER_ID, EvidenceKind.CAPTURED, now)
    assert (entry.gsi2pk, entry.gsi2sk) == tuple(keys.examination_due("evt_1", now))


@pytest.mark.parametrize(
    ("order_id", "outcome"), [(None, EvidenceKind.CAPTURED), (ORDER_ID, EvidenceKind.REFUNDED)], ids=str
)
def test_new_entry_without_a_captured_order_is_not_listed(
    fake_clock: FakeClock, order_id: str | None, outcome: EvidenceKind
) -> None:
    entry = webhook_inbox.new_entry("evt_1", "payment.captured", order_id, outcome, fake_clock.now())
    assert (entry.gsi2pk, entry.gsi2sk) == (None, None)


def test_unreadable_entry_is_listed_by_time_and_event_id(fake_clock: FakeClock) -> None:
    entry = webhook_inbox.unreadable_entry("evt_1", "malformed", b"no json", fake_clock.now())
    assert (entry.gsi1pk, entry.gsi1sk) == (keys.UNREADABLE_WEBHOOKS, "2026-11-23T12:00:00.000Z#evt_1")


def test_mark_examined_of_an_expired_row_stores_nothing(fake_clock: FakeClock) -> None:
    entry = webhook_inbox.new_entry("evt_1", "payment.captured", ORDER_ID, EvidenceKind.CAPTURED, fake_clock.now())
    webhook_inbox.save_if_new(entry)
    store.delete(keys.webhook("evt_1"))
    before = snapshot()
    webhook_inbox.mark_examined(entry)
    assert snapshot() == before


def test_close_unreadable_capture_is_listed_for_the_invariant_check_only(fake_clock: FakeClock) -> None:
    webhook_inbox.keep_unreadable(webhook_inbox.unreadable_entry("evt_1", "malformed", b"no json", fake_clock.now()))
    fake_clock.advance(hours=1)
    webhook_inbox.close_unreadable("evt_1", "payment.captured", ORDER_ID, EvidenceKind.CAPTURED)
    row = inbox_row("evt_1")
    assert row
    assert (row.gsi1pk, row.gsi1sk, row.body) == (None, None, None)
    assert (row.gsi2pk, row.gsi2sk) == tuple(keys.examination_due("evt_1", fake_clock.now()))
    assert (row.event, row.order_id, row.outcome) == ("payment.captured", ORDER_ID, "Captured")


def test_close_unreadable_that_is_not_ours_is_in_no_list(fake_clock: FakeClock) -> None:
    webhook_inbox.keep_unreadable(webhook_inbox.unreadable_entry("evt_1", "malformed", b"no json", fake_clock.now()))
    webhook_inbox.close_unreadable("evt_1", "payment.captured", None, InboxOutcome.NOT_OURS)
    row = inbox_row("evt_1")
    assert row
    assert (row.gsi1pk, row.gsi2pk, row.outcome) == (None, None, "not_ours")
