"""Enrollments: one item per learner and course, never deleted; the key makes it unique."""

from datetime import datetime
from enum import StrEnum, auto
from typing import Any, NamedTuple

from shared.db import audit
from shared.db.entities import Certificate, Course, Enrollment, EnrollmentEvent, Outline, Progress
from shared.db.table import keys, store
from shared.db.table.changes import Changes, apply_changes, history_json, unchanged_since_read, update_actions
from shared.db.table.store import Listing, StartKey
from shared.db.table.transaction import Transaction
from shared.domain.lifecycle import EnrollmentStatus
from shared.history_kinds import Cause, ChangeKind, Source


class EnrollmentOutcome(StrEnum):
    WRITTEN = auto()
    CHANGED = auto()
    """The enrollment or the course changed since the read: read again, decide again."""


class EnrollmentResult(NamedTuple):
    """The outcome, and the enrollment as stored if it is WRITTEN."""

    outcome: EnrollmentOutcome
    enrollment: Enrollment


def add_step(
    transaction: Transaction, read: Enrollment | None, base: Enrollment, step: Changes, cause: Cause, now: datetime
) -> Enrollment:
    """Adds to `transaction`, labelled "enrollment", a step of the enrollment and its history entry.

    `read` is the enrollment as it was read (None: absent), `base` the same or a new one. A step that grants access also
    creates the progress item. Returns the enrollment as it is stored by the commit."""
    changes = {**step, "version": base.version + 1, "updated_at": now}
    after = apply_changes(base, changes)
    if read is None:
        transaction.put("enrollment", after)
    else:
        transaction.update(
            "enrollment",
            keys.enrollment(base.user_id, base.course_id),
            update_actions(Enrollment, changes),
            unchanged_since_read(Enrollment, read),
        )
    transaction.put(
        "enrollment_history",
        EnrollmentEvent.build(
            keys.enrollment_event(base.user_id, base.course_id, after.version),
            course_id=base.course_id,
            number=after.version,
            at=now,
            why=cause.kind,
            source=cause.source,
            note=cause.note,
            changes=history_json(changes),
        ),
    )
    if after.status.gives_access and not (read and read.status.gives_access):
        _upsert_progress(transaction, base.user_id, base.course_id)
    return after


def mark_enrolled(transaction: Transaction, course: Course) -> None:
    """Adds, labelled "course", the mark that prevents the deletion of a course with learners, unless it is set already.
    Later enrollments do not write the course item, so that enrollments in a popular course do not conflict."""
    if not course.ever_enrolled:
        transaction.update(
            "course",
            keys.course(course.course_id),
            [Course.ever_enrolled.set(True)],
            Course.status == course.status,
        )


def enroll(course: Course, read: Enrollment | None, base: Enrollment, step: Changes, now: datetime) -> EnrollmentResult:
    """One transaction: the enrollment, its progress if the step grants access, and the course's first-learner mark."""
    transaction = Transaction()
    after = add_step(transaction, read, base, step, Cause(ChangeKind.ENROLLED, Source.LEARNER), now)
    mark_enrolled(transaction, course)
    return EnrollmentResult(_commit(transaction), after)


def end(read: Enrollment, step: Changes, cause: Cause, now: datetime) -> EnrollmentResult:
    """One transaction: a step that ends the enrollment."""
    transaction = Transaction()
    after = add_step(transaction, read, read, step, cause, now)
    return EnrollmentResult(_commit(transaction), after)


def complete(
    read: Enrollment, outline_version: int, certificate: Certificate | None, now: datetime
) -> EnrollmentOutcome:
    """One transaction: active > completed, if the outline still has the version whose lessons were counted. The first
    completion stores the certificate with it, so that no completed enrollment is without one."""
    transaction = Transaction()
    transaction.check("outline", keys.outline(read.course_id), Outline.version == outline_version)
    step: dict[str, Any] = {"status": EnrollmentStatus.COMPLETED, "completed_at": now}
    if certificate:
        transaction.put("certificate", certificate)
        step["certificate_id"] = certificate.certificate_id
    add_step(transaction, read, read, step, Cause(ChangeKind.COMPLETED, Source.LEARNER), now)
    return _commit(transaction)


def grant(
    course: Course,
    read: Enrollment | None,
    base: Enrollment,
    step: Changes,
    admin_id: str,
    reason: str,
    now: datetime,
) -> EnrollmentResult:
    """One transaction: access granted by an admin, and its audit entry."""
    transaction = Transaction()
    after = add_step(transaction, read, base, step, Cause(ChangeKind.ADMIN_GRANTED, Source.ADMIN, reason), now)
    mark_enrolled(transaction, course)
    _audit(transaction, "enrollment.grant", read, after, admin_id, reason)
    return EnrollmentResult(_commit(transaction), after)


def add_revocation(
    transaction: Transaction, read: Enrollment, step: Changes, admin_id: str, reason: str, now: datetime
) -> Enrollment:
    """Adds to `transaction` the revocation of access by an admin, and its audit entry. Returns the enrollment as it is
    stored by the commit."""
    after = add_step(transaction, read, read, step, Cause(ChangeKind.ADMIN_REVOKED, Source.ADMIN, reason), now)
    _audit(transaction, "enrollment.revoke", read, after, admin_id, reason)
    return after


def history(user_id: str, course_id: str) -> list[EnrollmentEvent]:
    """Every step of an enrollment, oldest first."""
    prefix = keys.enrollment_event(user_id, course_id, 0).sk.removesuffix("000000")
    events = store.query_all(keys.user(user_id).pk, sk=EnrollmentEvent.sk.startswith(prefix))
    return [event for event in events if isinstance(event, EnrollmentEvent)]


def _audit(
    transaction: Transaction, action: str, read: Enrollment | None, after: Enrollment, admin_id: str, reason: str
) -> None:
    audit.record(
        transaction,
        admin_id=admin_id,
        action=action,
        subject=f"{after.user_id} {after.course_id}",
        reason=reason,
        before={"status": read.status if read else None, "granted_by": read.granted_by if read else None},
        after={"status": after.status, "granted_by": after.granted_by},
    )


def _commit(transaction: Transaction) -> EnrollmentOutcome:
    return EnrollmentOutcome.CHANGED if transaction.commit() else EnrollmentOutcome.WRITTEN


def _upsert_progress(transaction: Transaction, user_id: str, course_id: str) -> None:
    """Creates the progress item, or keeps the progress of the time before a cancellation."""
    transaction.update(
        "progress",
        keys.progress(user_id, course_id),
        [
            Progress.kind.set(Progress.KIND),
            Progress.course_id.set(course_id),
            Progress.positions.set(Progress.positions | {}),
        ],
        None,
    )


def list_by_course(course_id: str, limit: int, start: StartKey) -> Listing[Enrollment]:
    """A course's enrollments, oldest first: one Query of the index."""
    page = store.query(
        keys.course(course_id).pk,
        sk=Enrollment.gsi1sk.startswith("ENROLLMENT#"),
        index=keys.GSI1,
        limit=limit,
        start=start,
    )
    return Listing(page.items_of(Enrollment), page.next_key)
