"""The transaction of a settlement: what it writes, to the last attribute, and how it is refused when one of the items
that it depends on is another by now."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from cli._payment_matrix import (
    AMOUNT,
    NOW,
    ORDER_ID,
    PAYMENT_ID,
    make_enrollment,
    make_payment,
)
from shared.db.audit import AuditedAction, AuditSubject
from shared.db.enrollments.enrollments import EnrollmentStep
from shared.db.entities import Course, Enrollment, Payment
from shared.db.payments import disputes, payments, webhook_inbox
from shared.db.payments.documents import receipts
from shared.db.payments.payment_attributes import apply_payment_changes
from shared.db.payments.payments import DuplicateEvent, PaymentStep, SettledItems, Settlement, write_settlement
from shared.db.table import keys, store
from shared.db.table.retry import WriteConflict
from shared.domain.captures import Dispute, DisputeStatus
from shared.domain.changes import PaymentChanges
from shared.domain.lifecycle import EnrollmentStatus, PaymentStatus
from shared.enrollment_rules import activation_changes
from shared.history_kinds import Cause, EvidenceKind, InboxOutcome, Source
from tests.fixtures import rows
from tests.fixtures.table_snapshot import snapshot
from tests.protocol.transactions.written_items import course_item, other_payment, put_in_the_way, written_by

LATER = NOW + timedelta(minutes=1)
LATER_TEXT, NOW_TEXT = "2026-11-23T12:01:00.000Z", "2026-11-23T12:00:00.000Z"
WINDOW_TEXT = "2026-11-23T12:30:00.000Z"
CAPTURED = PaymentChanges(
    status=PaymentStatus.CAPTURED,
    reason=None,
    payment_id=PAYMENT_ID,
    captured_amount=AMOUNT,
    captured_at=LATER,
    next_poll_at=None,
)

pytestmark = pytest.mark.usefixtures("table", "fake_clock")


def whole_settlement(course: Course, payment: Payment, enrollment: Enrollment, basis: Payment) -> Settlement:
    """A settlement with every part that there is."""
    dispute = Dispute(AMOUNT, "INR", DisputeStatus.OPEN, "chargeback", "fraud", NOW + timedelta(days=7), 100)
    return Settlement(
        payment_step=PaymentStep(payment, CAPTURED),
        read_enrollment=enrollment,
        enrollment_step=EnrollmentStep.of(enrollment, activation_changes(ORDER_ID, LATER)),
        cause=Cause(EvidenceKind.CAPTURED, Source.WEBHOOK, "a note"),
        course=course,
        basis=basis,
        inbox_entry=webhook_inbox.new_entry("evt_1", "payment.captured", ORDER_ID, EvidenceKind.CAPTURED, LATER),
        audited_action=AuditedAction("usr_9", "payment.accept", "agreed", {"payment_id": PAYMENT_ID}),
        receipt=receipts.new_receipt(apply_payment_changes(payment, CAPTURED), enrollment, "Ragas"),
        dispute=disputes.new_record(payment, PAYMENT_ID, "disp_1", dispute, LATER),
    )


@pytest.fixture
def settlement(table: str) -> Settlement:
    """A settlement whose items are stored as they were read."""
    payment, basis, course = make_payment(PaymentStatus.PENDING), other_payment(), course_item()
    enrollment = make_enrollment(EnrollmentStatus.PENDING, order_id=ORDER_ID)
    rows.put(payment, enrollment, basis, course)
    return whole_settlement(course, payment, enrollment, basis)


def process_the_event_elsewhere(made: Settlement) -> None:
    assert made.inbox_entry
    rows.put(made.inbox_entry)
    rows.update(made.payment_step.read)


class TestWriteSettlement:
    def test_settlement_writes_every_part_at_once(self, settlement: Settlement) -> None:
        assert written_by(lambda: write_settlement(settlement, LATER)) == {
            f"PAYMENT#{ORDER_ID} / PAYMENT": {
                "status": "captured",
                "payment_id": PAYMENT_ID,
                "captured_amount": AMOUNT,
                "captured_at": LATER_TEXT,
                "version": 2,
                "updated_at": LATER_TEXT,
                "gsi2pk": None,
                "gsi2sk": None,
            },
            f"PAYMENT#{ORDER_ID} / EVENT#000002": {
                "kind": "payment_event",
                "order_id": ORDER_ID,
                "number": 2,
                "at": LATER_TEXT,
                "evidence": "Captured",
                "source": "webhook",
                "note": "a note",
                "changes": {
                    "status": "captured",
                    "reason": None,
                    "payment_id": PAYMENT_ID,
                    "captured_amount": AMOUNT,
                    "captured_at": LATER_TEXT,
                    "version": 2,
                    "updated_at": LATER_TEXT,
                },
            },
            "USER#usr_1 / ENROLLMENT#crs_1": {
                "status": "active",
                "granted_by": ORDER_ID,
                "activated_at": LATER_TEXT,
                "order_id": None,
                "version": 2,
                "updated_at": LATER_TEXT,
            },
            "USER#usr_1 / HISTORY#crs_1#000002": {
                "kind": "enrollment_event",
                "course_id": "crs_1",
                "number": 2,
                "at": LATER_TEXT,
                "why": "Captured",
                "source": "webhook",
                "note": "a note",
                "changes": {
                    "status": "active",
                    "reason": None,
                    "granted_by": ORDER_ID,
                    "activated_at": LATER_TEXT,
                    "completed_at": None,
                    "cancelled_at": None,
                    "order_id": None,
                    "order_amount": None,
                    "order_currency": None,
                    "order_window_ends_at": None,
                    "order_buyer": None,
                    "version": 2,
                    "updated_at": LATER_TEXT,
                },
            },
            "USER#usr_1 / ENROLLMENT#crs_1#PROGRESS": {"kind": "progress", "course_id": "crs_1", "positions": {}},
            "COURSE#crs_1 / COURSE": {"ever_enrolled": True},
            "WEBHOOK#evt_1 / EVENT": {
                "kind": "webhook_event",
                "event_id": "evt_1",
                "event": "payment.captured",
                "order_id": ORDER_ID,
                "received_at": LATER_TEXT,
                "outcome": "Captured",
                "expires_at": int((LATER + timedelta(days=30)).timestamp()),
                "gsi2pk": "EXAMINE#3",
                "gsi2sk": LATER_TEXT,
            },
            f"RECEIPT#{ORDER_ID} / RECEIPT": {
                "kind": "receipt",
                "order_id": ORDER_ID,
                "payment_id": PAYMENT_ID,
                "user_id": "usr_1",
                "learner_name": "Ravi",
                "course_id": "crs_1",
                "course_title": "Ragas",
                "amount": AMOUNT,
                "currency": "INR",
                "captured_at": LATER_TEXT,
                "has_all_notes": True,
                "gsi2pk": "DUE#RECEIPTS#1",
                "gsi2sk": LATER_TEXT,
            },
            "DISPUTE#disp_1 / DISPUTE": {
                "kind": "dispute",
                "dispute_id": "disp_1",
                "payment_id": PAYMENT_ID,
                "order_id": ORDER_ID,
                "user_id": "usr_1",
                "course_id": "crs_1",
                "amount": AMOUNT,
                "currency": "INR",
                "status": "open",
                "phase": "chargeback",
                "reason": "fraud",
                "deducted": 100,
                "respond_by": "2026-11-30T12:00:00.000Z",
                "updated_at": LATER_TEXT,
                "gsi1pk": "DISPUTES",
                "gsi1sk": "1#2026-11-30T12:00:00.000Z#disp_1",
            },
            "AUDIT#2026-11 / …": {
                "kind": "audit_entry",
                "at": NOW_TEXT,
                "admin_id": "usr_9",
                "action": "payment.accept",
                "subject": ORDER_ID,
                "reason": "agreed",
                "before": {"status": "pending"},
                "after": {"payment_id": PAYMENT_ID, "status": "captured"},
            },
        }

    def test_settlement_returns_the_items_as_stored(self, settlement: Settlement) -> None:
        settled = write_settlement(settlement, LATER)
        stored_enrollment = store.get(Enrollment, keys.enrollment("usr_1", "crs_1"))
        assert settled.enrollment
        assert stored_enrollment
        assert settled.payment.serialize() == payments.get(ORDER_ID).serialize()  # type: ignore[union-attr]
        assert settled.enrollment.serialize() == stored_enrollment.serialize()

    def test_settlement_without_further_parts_writes_the_payment_and_checks_the_enrollment(
        self, settlement: Settlement
    ) -> None:
        payment_only = Settlement(
            payment_step=settlement.payment_step,
            read_enrollment=settlement.read_enrollment,
            enrollment_step=None,
            cause=settlement.cause,
        )
        written: list[SettledItems] = []
        assert set(written_by(lambda: written.append(write_settlement(payment_only, LATER)))) == {
            f"PAYMENT#{ORDER_ID} / PAYMENT",
            f"PAYMENT#{ORDER_ID} / EVENT#000002",
        }
        assert written[0].enrollment is settlement.read_enrollment

    def test_settlement_of_payer_without_enrollment_returns_none(self) -> None:
        payment = make_payment(PaymentStatus.PENDING)
        rows.put(payment)
        cause = Cause(EvidenceKind.CAPTURED, Source.SWEEP)
        step = PaymentStep(payment, CAPTURED)
        settled = write_settlement(
            Settlement(payment_step=step, read_enrollment=None, enrollment_step=None, cause=cause), LATER
        )
        assert settled.enrollment is None

    def test_settlement_audits_the_access_for_a_change_of_access(self, settlement: Settlement) -> None:
        audited = AuditedAction("usr_9", "enrollment.revoke", "fraud", subject=AuditSubject.ENROLLMENT)
        revoking = replace(settlement, audited_action=audited)
        entry = written_by(lambda: write_settlement(revoking, LATER))["AUDIT#2026-11 / …"]
        assert (entry["subject"], entry["before"], entry["after"]) == (
            "usr_1 crs_1",
            {"status": "pending", "granted_by": None},
            {"status": "active", "granted_by": ORDER_ID},
        )

    def test_settlement_audits_the_payment_of_a_payer_without_enrollment(self) -> None:
        payment = make_payment(PaymentStatus.CAPTURED)
        rows.put(payment)
        audited = AuditedAction("usr_9", "enrollment.revoke", "fraud", subject=AuditSubject.ENROLLMENT)
        changes = PaymentChanges(status=PaymentStatus.REFUND_PENDING)
        alone = Settlement(
            payment_step=PaymentStep(payment, changes),
            read_enrollment=None,
            enrollment_step=None,
            cause=Cause(EvidenceKind.REFUND_REQUESTED, Source.ADMIN),
            audited_action=audited,
        )
        entry = written_by(lambda: write_settlement(alone, LATER))["AUDIT#2026-11 / …"]
        assert (entry["subject"], entry["before"], entry["after"]) == (
            ORDER_ID,
            {"status": "captured"},
            {"status": "refund_pending"},
        )

    @pytest.mark.parametrize(
        ("compete", "refused", "error"),
        [
            (lambda made: rows.update(made.payment_step.read), {"payment"}, WriteConflict),
            (lambda made: rows.update(made.read_enrollment), {"enrollment"}, WriteConflict),
            (lambda made: rows.update(made.basis), {"basis"}, WriteConflict),
            (lambda _: rows.update_by_key(Course, keys.course("crs_1"), status="archived"), {"course"}, WriteConflict),
            (lambda made: rows.put(made.receipt), {"receipt"}, WriteConflict),
            (lambda made: rows.put(made.inbox_entry), {"inbox"}, DuplicateEvent),
            (process_the_event_elsewhere, {"inbox", "payment"}, DuplicateEvent),
            (lambda _: put_in_the_way(keys.payment_event(ORDER_ID, 2)), {"payment_history"}, WriteConflict),
            (
                lambda _: put_in_the_way(keys.enrollment_event("usr_1", "crs_1", 2)),
                {"enrollment_history"},
                WriteConflict,
            ),
        ],
        ids=lambda value: "-".join(sorted(value)) if isinstance(value, set) else "",
    )
    def test_settlement_refused_by_a_newer_item_writes_nothing_and_names_it(
        self,
        settlement: Settlement,
        refusals: list[set[str]],
        compete: Callable[[Settlement], object],
        refused: set[str],
        error: type[Exception],
    ) -> None:
        compete(settlement)
        before = snapshot()
        with pytest.raises(error):
            write_settlement(settlement, LATER)
        assert (refusals, snapshot()) == ([refused], before)

    def test_settlement_refused_by_an_enrollment_that_it_only_depends_on_writes_nothing(
        self, settlement: Settlement, refusals: list[set[str]]
    ) -> None:
        rows.update(settlement.read_enrollment)
        before = snapshot()
        with pytest.raises(WriteConflict):
            write_settlement(replace(settlement, enrollment_step=None), LATER)
        assert (refusals, snapshot()) == ([{"enrollment"}], before)

    def test_settlement_replaces_the_row_of_an_unreadable_event_and_an_older_dispute(
        self, settlement: Settlement
    ) -> None:
        older = disputes.new_record(
            settlement.payment_step.read, PAYMENT_ID, "disp_1", Dispute(1, "INR", DisputeStatus.UNKNOWN), NOW
        )
        rows.put(webhook_inbox.unreadable_entry("evt_1", "malformed", b"{}", NOW), older)
        written = written_by(lambda: write_settlement(settlement, LATER))
        assert written["WEBHOOK#evt_1 / EVENT"]["outcome"] == "Captured"
        assert (written["WEBHOOK#evt_1 / EVENT"]["body"], written["DISPUTE#disp_1 / DISPUTE"]["status"]) == (
            None,
            "open",
        )


def test_get_with_history_returns_the_payment_and_its_entries_in_order(settlement: Settlement) -> None:
    assert payments.get_with_history(ORDER_ID)[1] == []
    write_settlement(settlement, LATER)
    payment, entries = payments.get_with_history(ORDER_ID)
    assert payment
    assert (payment.order_id, [entry.number for entry in entries]) == (ORDER_ID, [2])
    assert payments.get_with_history("order_ZZZZZZZZZZZZZZ") == (None, [])


def test_inbox_entry_is_listed_for_examination_only_if_it_is_a_capture() -> None:
    for outcome in (EvidenceKind.REFUNDED, InboxOutcome.NOT_OURS):
        entry = webhook_inbox.new_entry("evt_1", "x", ORDER_ID, outcome, NOW)
        assert (entry.due_at, entry.outcome) == (None, outcome)
    assert webhook_inbox.new_entry("evt_1", "x", None, EvidenceKind.CAPTURED, NOW).due_at is None
