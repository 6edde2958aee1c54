"""Enrollments: one item per learner and course, for ever. Its uniqueness is its key."""

from datetime import datetime
from enum import StrEnum, auto
from typing import Any

from shared.db import audit
from shared.db.entities import Certificate, Course, Enrollment, EnrollmentEvent, Outline, Progress
from shared.db.table import keys, store
from shared.db.table.changes import Changes, apply_changes, history_json, unchanged_since_read, update_actions
from shared.db.table.transaction import Transaction
from shared.domain.lifecycle import EnrollmentStatus
from shared.history_kinds import Cause, ChangeKind, Source


class EnrollmentOutcome(StrEnum):
    WRITTEN = auto()
    CHANGED = auto()
    """The enrollment or the course is no longer what was read: read again, decide again."""


def add_step(
    writing: Transaction, read: Enrollment | None, base: Enrollment, step: Changes, cause: Cause, now: datetime
) -> Enrollment:
    """Adds to `writing`, under "enrollment", the step from what was `read`; `base` is what was read, or a blank one.

    Answers with the enrollment as it will be stored. The step goes into the history; one that gives access makes the
    progress item too."""
    changes = {**step, "version": base.version + 1, "updated_at": now}
    after = apply_changes(base, changes)
    if read is None:
        writing.put("enrollment", after)
    else:
        where = keys.enrollment(base.user_id, base.course_id)
        writing.update("enrollment", where, update_actions(Enrollment, changes), unchanged_since_read(Enrollment, read))
    writing.put(
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
        _upsert_progress(writing, base.user_id, base.course_id)
    return after


def mark_enrolled(writing: Transaction, course: Course) -> None:
    """Adds, under "course", the mark that keeps a course with learners from being deleted, unless it is there already:
    later learners do not touch the course item, so a hot course is not one conflict after another."""
    if not course.ever_enrolled:
        c = Course
        writing.update("course", keys.course(course.course_id), [c.ever_enrolled.set(True)], c.status == course.status)


def enroll(
    course: Course, read: Enrollment | None, base: Enrollment, step: Changes, now: datetime
) -> tuple[EnrollmentOutcome, Enrollment]:
    """One transaction: the enrollment, its progress when access is given, and the course's first-learner mark."""
    writing = Transaction()
    after = add_step(writing, read, base, step, Cause(ChangeKind.ENROLLED, Source.LEARNER), now)
    mark_enrolled(writing, course)
    return _commit(writing), after


def end(read: Enrollment, step: Changes, cause: Cause, now: datetime) -> tuple[EnrollmentOutcome, Enrollment]:
    """One transaction: a step that ends the enrollment."""
    writing = Transaction()
    after = add_step(writing, read, read, step, cause, now)
    return _commit(writing), after


def complete(
    read: Enrollment, outline_version: int, certificate: Certificate | None, now: datetime
) -> EnrollmentOutcome:
    """active > completed, once, and only while the outline is the one whose lessons were counted. The certificate, if
    there is none yet, is made with it: nobody has completed a course and has none."""
    writing = Transaction()
    writing.check("outline", keys.outline(read.course_id), Outline.version == outline_version)
    step: dict[str, Any] = {"status": EnrollmentStatus.COMPLETED, "completed_at": now}
    if certificate:
        writing.put("certificate", certificate)
        step["certificate_id"] = certificate.certificate_id
    add_step(writing, read, read, step, Cause(ChangeKind.COMPLETED, Source.LEARNER), now)
    return _commit(writing)


def grant(
    course: Course,
    read: Enrollment | None,
    base: Enrollment,
    step: Changes,
    admin_id: str,
    reason: str,
    now: datetime,
) -> tuple[EnrollmentOutcome, Enrollment]:
    """One transaction: access given by an admin, and the audit entry that says so."""
    writing = Transaction()
    after = add_step(writing, read, base, step, Cause(ChangeKind.ADMIN_GRANTED, Source.ADMIN, reason), now)
    mark_enrolled(writing, course)
    _audit(writing, "enrollment.grant", read, after, admin_id, reason)
    return _commit(writing), after


def add_revocation(
    writing: Transaction, read: Enrollment, step: Changes, admin_id: str, reason: str, now: datetime
) -> Enrollment:
    """Adds to `writing` access taken by an admin, and the audit entry that says so."""
    after = add_step(writing, read, read, step, Cause(ChangeKind.ADMIN_REVOKED, Source.ADMIN, reason), now)
    _audit(writing, "enrollment.revoke", read, after, admin_id, reason)
    return after


def history(user_id: str, course_id: str) -> list[EnrollmentEvent]:
    """Every step of an enrollment, from the first."""
    prefix = keys.enrollment_event(user_id, course_id, 0).sk.removesuffix("000000")
    events = store.query_all(keys.user(user_id).pk, sk=EnrollmentEvent.sk.startswith(prefix))
    return [event for event in events if isinstance(event, EnrollmentEvent)]


def _audit(
    writing: Transaction, action: str, read: Enrollment | None, after: Enrollment, admin_id: str, reason: str
) -> None:
    audit.record(
        writing,
        admin_id=admin_id,
        action=action,
        subject=f"{after.user_id} {after.course_id}",
        reason=reason,
        before={"status": read.status if read else None, "granted_by": read.granted_by if read else None},
        after={"status": after.status, "granted_by": after.granted_by},
    )


def _commit(writing: Transaction) -> EnrollmentOutcome:
    return EnrollmentOutcome.CHANGED if writing.commit() else EnrollmentOutcome.WRITTEN


def _upsert_progress(writing: Transaction, user_id: str, course_id: str) -> None:
    """Upsert: what was learned before a cancellation is kept."""
    p = Progress
    writing.update(
        "progress",
        keys.progress(user_id, course_id),
        [p.kind.set(p.KIND), p.course_id.set(course_id), p.positions.set(p.positions | {})],
        None,
    )


def list_by_course(course_id: str, limit: int, start: dict[str, Any] | None) -> tuple[list[Enrollment], Any]:
    """A course's enrollments, oldest first, from the index: (enrollments, next key)."""
    page = store.query(
        keys.course(course_id).pk,
        sk=Enrollment.gsi1sk.startswith("ENROLLMENT#"),
        index=keys.GSI1,
        limit=limit,
        start=start,
    )
    return page.items_of(Enrollment), page.next_key
