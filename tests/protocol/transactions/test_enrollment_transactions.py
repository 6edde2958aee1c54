"""The transactions of enrollments: what each writes, to the last attribute, and how it is refused when one of the items
that it depends on is another by now."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from cli._payment_matrix import AMOUNT, NOW, ORDER_ID, make_enrollment
from shared.db.audit import AuditedAction, AuditSubject
from shared.db.enrollments import enrollments
from shared.db.enrollments.enrollments import EnrollmentStep, new_enrollment
from shared.db.entities import Course, Enrollment, Progress
from shared.db.table import keys, store
from shared.db.table.retry import WriteConflict
from shared.domain.changes import EnrollmentChanges, Order
from shared.domain.lifecycle import EnrollmentStatus, StatusReason
from shared.enrollment_rules import activation_changes, cancellation_changes, pending_for_order_changes
from shared.history_kinds import Cause, ChangeKind, Source
from tests.fixtures import rows
from tests.fixtures.table_snapshot import snapshot
from tests.protocol.transactions.written_items import course_item, put_in_the_way, written_by

LATER = NOW + timedelta(minutes=1)
LATER_TEXT, NOW_TEXT = "2026-11-23T12:01:00.000Z", "2026-11-23T12:00:00.000Z"
ENROLLMENT, PROGRESS = "USER#usr_1 / ENROLLMENT#crs_1", "USER#usr_1 / ENROLLMENT#crs_1#PROGRESS"
HISTORY, COURSE, AUDIT = "USER#usr_1 / HISTORY#crs_1#{:06d}", "COURSE#crs_1 / COURSE", "AUDIT#2026-11 / …"
GRANTED = AuditedAction("usr_9", "enrollment.grant", "a gift", subject=AuditSubject.ENROLLMENT)
REVOKED = AuditedAction("usr_9", "enrollment.revoke", "fraud", subject=AuditSubject.ENROLLMENT)
NEW_PROGRESS = {"kind": "progress", "course_id": "crs_1", "positions": {}}
NEW_ENROLLMENT = {
    "kind": "enrollment",
    "user_id": "usr_1",
    "course_id": "crs_1",
    "instructor_id": "usr_2",
    "user_name": "Ravi",
    "version": 1,
    "created_at": NOW_TEXT,
    "updated_at": LATER_TEXT,
    "gsi1pk": "COURSE#crs_1",
    "gsi1sk": f"ENROLLMENT#{NOW_TEXT}#usr_1",
}
ACTIVATION = {
    "status": "active",
    "reason": None,
    "activated_at": LATER_TEXT,
    "completed_at": None,
    "cancelled_at": None,
    "order_id": None,
    "order_amount": None,
    "order_currency": None,
    "order_window_ends_at": None,
    "order_buyer": None,
    "updated_at": LATER_TEXT,
}

pytestmark = pytest.mark.usefixtures("table", "fake_clock")


def first_step(changes: EnrollmentChanges) -> EnrollmentStep:
    """The step of a learner who was never enrolled."""
    return EnrollmentStep(None, new_enrollment("usr_1", "Ravi", "crs_1", "usr_2", NOW), changes)


def stored_enrollment() -> Enrollment:
    found = store.get(Enrollment, keys.enrollment("usr_1", "crs_1"))
    assert found
    return found


def history(number: int, why: str, source: str, changes: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "kind": "enrollment_event",
        "course_id": "crs_1",
        "number": number,
        "at": LATER_TEXT,
        "why": why,
        "source": source,
        "changes": changes,
        **more,
    }


class TestEnroll:
    def test_first_enrollment_writes_progress_history_and_the_flag_of_the_course(self) -> None:
        course = course_item()
        rows.put(course)
        returned: list[Enrollment] = []
        step = first_step(activation_changes("free", LATER))
        assert written_by(lambda: returned.append(enrollments.enroll(course, step, LATER))) == {
            ENROLLMENT: {**NEW_ENROLLMENT, "status": "active", "granted_by": "free", "activated_at": LATER_TEXT},
            HISTORY.format(1): history(1, "enrolled", "learner", {**ACTIVATION, "granted_by": "free", "version": 1}),
            PROGRESS: NEW_PROGRESS,
            COURSE: {"ever_enrolled": True},
        }
        assert returned[0].serialize() == stored_enrollment().serialize()

    def test_pending_enrollment_has_no_progress_yet_and_is_due_for_its_expiry(self) -> None:
        course = course_item(ever_enrolled=True)
        rows.put(course)
        step = first_step(EnrollmentChanges(status=EnrollmentStatus.PENDING, pending_until=LATER))
        written = written_by(lambda: enrollments.enroll(course, step, LATER))
        assert set(written) == {ENROLLMENT, HISTORY.format(1)}
        assert written[ENROLLMENT] == {
            **NEW_ENROLLMENT,
            "status": "pending",
            "gsi2pk": "DUE#2",
            "gsi2sk": LATER_TEXT,
        }
        assert written[HISTORY.format(1)]["changes"] == {"status": "pending", "version": 1, "updated_at": LATER_TEXT}

    def test_progress_of_an_earlier_access_is_kept(self) -> None:
        course, cancelled = course_item(ever_enrolled=True), make_enrollment(EnrollmentStatus.CANCELLED)
        progress = Progress.build(keys.progress("usr_1", "crs_1"), course_id="crs_1", positions={"les_1": 7})
        rows.put(course, cancelled, progress)
        step = EnrollmentStep.of(cancelled, activation_changes("free", LATER))
        assert set(written_by(lambda: enrollments.enroll(course, step, LATER))) == {ENROLLMENT, HISTORY.format(2)}
        kept = store.get(Progress, keys.progress("usr_1", "crs_1"))
        assert kept
        assert kept.positions.as_dict() == {"les_1": 7}

    def test_step_of_an_enrollment_with_access_does_not_write_its_progress(self) -> None:
        """The learner's devices write the progress item all the time: the transaction would be refused."""
        course, active = course_item(ever_enrolled=True), make_enrollment(EnrollmentStatus.ACTIVE)
        rows.put(course, active)
        step = EnrollmentStep.of(active, EnrollmentChanges(granted_by=ORDER_ID))
        assert set(written_by(lambda: enrollments.enroll(course, step, LATER))) == {ENROLLMENT, HISTORY.format(2)}

    @pytest.mark.parametrize(
        ("compete", "refused"),
        [
            (lambda: rows.put(make_enrollment(EnrollmentStatus.PENDING)), {"enrollment"}),
            (lambda: rows.update_by_key(Course, keys.course("crs_1"), status="archived"), {"course"}),
            (lambda: store.delete(keys.course("crs_1")), {"course"}),
            (lambda: put_in_the_way(keys.enrollment_event("usr_1", "crs_1", 1)), {"enrollment_history"}),
        ],
        ids=["enrolled meanwhile", "course archived", "course deleted", "history"],
    )
    @pytest.mark.parametrize("write", ["enroll", "await_order", "grant"])
    def test_first_enrollment_refused_by_a_newer_item_writes_nothing_and_names_it(
        self, refusals: list[set[str]], write: str, compete: Callable[[], object], refused: set[str]
    ) -> None:
        course = course_item()
        rows.put(course)
        compete()
        before = snapshot()
        step = first_step(activation_changes("free", LATER))
        further = [GRANTED] if write == "grant" else []
        with pytest.raises(WriteConflict):
            getattr(enrollments, write)(course, step, *further, LATER)
        assert (refusals, snapshot()) == ([refused], before)


def test_await_order_of_an_adopted_order_writes_a_pending_enrollment() -> None:
    course = course_item()
    rows.put(course)
    step = first_step(pending_for_order_changes(Order(ORDER_ID, AMOUNT, "INR", LATER)))
    returned: list[Enrollment] = []
    written = written_by(lambda: returned.append(enrollments.await_order(course, step, LATER)))
    order = {
        "order_id": ORDER_ID,
        "order_amount": AMOUNT,
        "order_currency": "INR",
        "order_window_ends_at": LATER_TEXT,
    }
    assert written == {
        ENROLLMENT: {**NEW_ENROLLMENT, "status": "pending", **order},
        HISTORY.format(1): history(
            1,
            "order_adopted",
            "gateway",
            {
                "status": "pending",
                **dict.fromkeys(("reason", "granted_by", "completed_at", "cancelled_at")),
                **order,
                "order_buyer": None,
                "version": 1,
                "updated_at": LATER_TEXT,
            },
        ),
        COURSE: {"ever_enrolled": True},
    }
    assert returned[0].serialize() == stored_enrollment().serialize()


class TestEnd:
    def test_end_writes_the_enrollment_and_its_history(self) -> None:
        active = make_enrollment(EnrollmentStatus.ACTIVE, granted_by="free")
        rows.put(active)
        cause = Cause(ChangeKind.WITHDRAWN, Source.LEARNER, "a note")
        returned: list[Enrollment] = []
        changes = cancellation_changes(StatusReason.WITHDRAWN, LATER)
        written = written_by(lambda: returned.append(enrollments.end(active, changes, cause, LATER)))
        assert written[ENROLLMENT] == {
            "status": "cancelled",
            "reason": "withdrawn",
            "granted_by": None,
            "cancelled_at": LATER_TEXT,
            "version": 2,
            "updated_at": LATER_TEXT,
        }
        entry = written[HISTORY.format(2)]
        assert (entry["why"], entry["source"], entry["note"]) == ("withdrawn", "learner", "a note")
        assert set(written) == {ENROLLMENT, HISTORY.format(2)}
        assert returned[0].serialize() == stored_enrollment().serialize()

    def test_end_of_an_enrollment_that_changed_is_a_conflict(self, refusals: list[set[str]]) -> None:
        active = make_enrollment(EnrollmentStatus.ACTIVE)
        rows.put(active)
        rows.update(active)
        before = snapshot()
        cause = Cause(ChangeKind.WITHDRAWN, Source.LEARNER)
        with pytest.raises(WriteConflict):
            enrollments.end(active, cancellation_changes(StatusReason.WITHDRAWN, LATER), cause, LATER)
        assert (refusals, snapshot()) == ([{"enrollment"}], before)


class TestGrant:
    def test_grant_writes_the_access_and_its_audit_entry(self) -> None:
        course = course_item()
        rows.put(course)
        returned: list[Enrollment] = []
        step = first_step(activation_changes("admin", LATER))
        assert written_by(lambda: returned.append(enrollments.grant(course, step, GRANTED, LATER))) == {
            ENROLLMENT: {**NEW_ENROLLMENT, "status": "active", "granted_by": "admin", "activated_at": LATER_TEXT},
            HISTORY.format(1): history(
                1, "admin_granted", "admin", {**ACTIVATION, "granted_by": "admin", "version": 1}, note="a gift"
            ),
            PROGRESS: NEW_PROGRESS,
            COURSE: {"ever_enrolled": True},
            AUDIT: {
                "kind": "audit_entry",
                "at": NOW_TEXT,
                "admin_id": "usr_9",
                "action": "enrollment.grant",
                "subject": "usr_1 crs_1",
                "reason": "a gift",
                "before": {"status": None, "granted_by": None},
                "after": {"status": "active", "granted_by": "admin"},
            },
        }
        assert returned[0].serialize() == stored_enrollment().serialize()

    def test_grant_of_a_cancelled_enrollment_audits_what_it_was(self) -> None:
        course = course_item(ever_enrolled=True)
        cancelled = make_enrollment(EnrollmentStatus.CANCELLED, reason=StatusReason.REFUNDED)
        rows.put(course, cancelled)
        step = EnrollmentStep.of(cancelled, activation_changes("admin", LATER))
        written = written_by(lambda: enrollments.grant(course, step, GRANTED, LATER))
        assert (written[AUDIT]["before"], written[AUDIT]["after"]) == (
            {"status": "cancelled", "granted_by": None},
            {"status": "active", "granted_by": "admin"},
        )
        assert written[ENROLLMENT] == {
            "status": "active",
            "reason": None,
            "granted_by": "admin",
            "activated_at": LATER_TEXT,
            "version": 2,
            "updated_at": LATER_TEXT,
        }


class TestRevoke:
    def test_revoke_ends_the_access_and_audits_it(self) -> None:
        active = make_enrollment(EnrollmentStatus.ACTIVE, granted_by="admin")
        rows.put(active)
        returned: list[Enrollment] = []
        changes = cancellation_changes(StatusReason.REVOKED, LATER)
        written = written_by(lambda: returned.append(enrollments.revoke(active, changes, REVOKED, LATER)))
        assert set(written) == {ENROLLMENT, HISTORY.format(2), AUDIT}
        assert written[ENROLLMENT] == {
            "status": "cancelled",
            "reason": "revoked",
            "granted_by": None,
            "cancelled_at": LATER_TEXT,
            "version": 2,
            "updated_at": LATER_TEXT,
        }
        entry = written[HISTORY.format(2)]
        assert (entry["why"], entry["source"], entry["note"]) == ("admin_revoked", "admin", "fraud")
        assert (written[AUDIT]["action"], written[AUDIT]["reason"]) == ("enrollment.revoke", "fraud")
        assert (written[AUDIT]["before"], written[AUDIT]["after"]) == (
            {"status": "active", "granted_by": "admin"},
            {"status": "cancelled", "granted_by": None},
        )
        assert returned[0].serialize() == stored_enrollment().serialize()

    def test_revoke_of_an_enrollment_that_changed_is_a_conflict(self, refusals: list[set[str]]) -> None:
        active = make_enrollment(EnrollmentStatus.ACTIVE, granted_by="admin")
        rows.put(active)
        rows.update(active)
        before = snapshot()
        with pytest.raises(WriteConflict):
            enrollments.revoke(active, cancellation_changes(StatusReason.REVOKED, LATER), REVOKED, LATER)
        assert (refusals, snapshot()) == ([{"enrollment"}], before)
