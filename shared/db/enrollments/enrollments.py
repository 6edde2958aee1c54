"""Enrollments: one item per learner and course, never deleted. Its key makes it unique.

Every write has the condition that the items read are unchanged. Otherwise it raises WriteConflict, and the caller reads
and decides again (shared/db/table/retry.py); `complete` returns False instead.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from shared.db.audit import AuditedAction
from shared.db.enrollments.enrollment_attributes import enrollment_attributes
from shared.db.entities import Certificate, Course, Enrollment, EnrollmentEvent, Outline, Progress
from shared.db.table import keys, store
from shared.db.table.changes import Changes, apply_changes, history_json, unchanged_since_read, update_actions
from shared.db.table.retry import WriteConflict
from shared.db.table.store import Listing, StartKey
from shared.db.table.transaction import Transaction
from shared.domain.changes import EnrollmentChanges
from shared.domain.lifecycle import EnrollmentStatus
from shared.history_kinds import Cause, ChangeKind, Source


@dataclass(frozen=True)
class EnrollmentStep:
    """Changes to an enrollment, written only if the stored enrollment is unchanged since it was `read`.

    `base` is the enrollment to which `changes` apply: `read`, or for a first enrollment, when `read` is None, a new one
    of version 0."""

    read: Enrollment | None
    base: Enrollment
    changes: EnrollmentChanges

    @classmethod
    def of(cls, read: Enrollment, changes: EnrollmentChanges) -> Self:
        """A step of an enrollment that is stored."""
        return cls(read, read, changes)


def new_enrollment(user_id: str, user_name: str, course_id: str, instructor_id: str, now: datetime) -> Enrollment:
    """An enrollment that is not stored yet: version 0, to which the first changes are applied."""
    listing = keys.course_learner_listing(course_id, now, user_id)
    return Enrollment.build(
        keys.enrollment(user_id, course_id),
        user_id=user_id,
        user_name=user_name,
        course_id=course_id,
        instructor_id=instructor_id,
        status=EnrollmentStatus.PENDING,
        version=0,
        created_at=now,
        updated_at=now,
        gsi1pk=listing.pk,
        gsi1sk=listing.sk,
    )


def add_step(transaction: Transaction, step: EnrollmentStep, cause: Cause, now: datetime) -> Enrollment:
    """Adds the step to `transaction`, labelled "enrollment", and its history entry. A step that gives access creates
    the progress item too. Returns the enrollment as it will be stored."""
    read, base = step.read, step.base
    changes = {**enrollment_attributes(base, step.changes), "version": base.version + 1, "updated_at": now}
    after = apply_changes(base, changes)
    if read is None:
        transaction.put("enrollment", after)
    else:
        key = keys.enrollment(base.user_id, base.course_id)
        unchanged = unchanged_since_read(Enrollment, read)
        transaction.update("enrollment", key, update_actions(Enrollment, changes), unchanged)
    transaction.put("enrollment_history", _history_entry(after, changes, cause, now))
    if after.status.gives_access and not (read and read.status.gives_access):
        _upsert_progress(transaction, base.user_id, base.course_id)
    return after


def _history_entry(after: Enrollment, changes: Changes, cause: Cause, now: datetime) -> EnrollmentEvent:
    return EnrollmentEvent.build(
        keys.enrollment_event(after.user_id, after.course_id, after.version),
        course_id=after.course_id,
        number=after.version,
        at=now,
        why=cause.kind,
        source=cause.source,
        note=cause.note,
        changes=history_json(changes),
    )


def mark_enrolled(transaction: Transaction, course: Course) -> None:
    """Adds, labelled "course", the flag that prevents the deletion of a course with learners. Only the first enrollment
    writes the course item, so enrollments in a popular course do not conflict with each other."""
    if not course.ever_enrolled:
        key, flag = keys.course(course.course_id), Course.ever_enrolled.set(True)
        transaction.update("course", key, [flag], Course.status == course.status)


def enroll(course: Course, step: EnrollmentStep, now: datetime) -> Enrollment:
    """One transaction: the enrollment, its progress when access is granted, and the course's first-learner flag.
    Returns the enrollment as stored. Raises WriteConflict, StoreUnavailable."""
    transaction = Transaction()
    after = add_step(transaction, step, Cause(ChangeKind.ENROLLED, Source.LEARNER), now)
    mark_enrolled(transaction, course)
    _commit(transaction)
    return after


def await_order(course: Course, step: EnrollmentStep, now: datetime) -> Enrollment:
    """One transaction: the enrollment waits for an order that was adopted, and the course's first-learner flag. Returns
    the enrollment as stored. Raises WriteConflict, StoreUnavailable."""
    transaction = Transaction()
    after = add_step(transaction, step, Cause(ChangeKind.ORDER_ADOPTED, Source.GATEWAY), now)
    mark_enrolled(transaction, course)
    _commit(transaction)
    return after


def end(read: Enrollment, changes: EnrollmentChanges, cause: Cause, now: datetime) -> Enrollment:
    """One transaction: a step that ends the enrollment. Returns it as stored. Raises WriteConflict,
    StoreUnavailable."""
    transaction = Transaction()
    after = add_step(transaction, EnrollmentStep.of(read, changes), cause, now)
    _commit(transaction)
    return after


def set_missing_name(user_id: str, course_id: str, name: str) -> None:
    """Stores the learner's name on their enrollment if it has none: the webhook created it, whose function may read no
    profiles. The name is no state, so this is neither a version nor an entry of the history. Safe to repeat. Raises
    StoreUnavailable."""
    unnamed = Enrollment.user_name == ""
    store.update(Enrollment, keys.enrollment(user_id, course_id), [Enrollment.user_name.set(name)], unnamed)


def complete(read: Enrollment, outline_version: int, certificate: Certificate | None, now: datetime) -> bool:
    """One transaction: active > completed, if the outline still has `outline_version`, whose lessons were counted. It
    also stores `certificate`, which is None if the enrollment has one already. False when an item changed since the
    read: nothing was written. Raises StoreUnavailable."""
    transaction = Transaction()
    transaction.check("outline", keys.outline(read.course_id), Outline.version == outline_version)
    changes = EnrollmentChanges(status=EnrollmentStatus.COMPLETED, completed_at=now)
    if certificate:
        transaction.put("certificate", certificate)
        changes = replace(changes, certificate_id=certificate.certificate_id)
    add_step(transaction, EnrollmentStep.of(read, changes), Cause(ChangeKind.COMPLETED, Source.LEARNER), now)
    return not transaction.commit()


def grant(course: Course, step: EnrollmentStep, audited: AuditedAction, now: datetime) -> Enrollment:
    """One transaction: access granted by an admin, and its audit entry. Returns the enrollment as stored. Raises
    WriteConflict, StoreUnavailable."""
    transaction = Transaction()
    after = add_step(transaction, step, Cause(ChangeKind.ADMIN_GRANTED, Source.ADMIN, audited.reason), now)
    mark_enrolled(transaction, course)
    audit_access(transaction, audited, step.read, after)
    _commit(transaction)
    return after


def revoke(read: Enrollment, changes: EnrollmentChanges, audited: AuditedAction, now: datetime) -> Enrollment:
    """One transaction: an admin revokes access that was granted without a payment, and its audit entry. Returns the
    enrollment as stored. Raises WriteConflict, StoreUnavailable."""
    transaction, revoked = Transaction(), Cause(ChangeKind.ADMIN_REVOKED, Source.ADMIN, audited.reason)
    after = add_step(transaction, EnrollmentStep.of(read, changes), revoked, now)
    audit_access(transaction, audited, read, after)
    _commit(transaction)
    return after


def audit_access(transaction: Transaction, audited: AuditedAction, read: Enrollment | None, after: Enrollment) -> None:
    """Adds the audit entry of an action that changed the access of a learner."""
    audited.record(
        transaction,
        f"{after.user_id} {after.course_id}",
        before={"status": read.status if read else None, "granted_by": read.granted_by if read else None},
        after={"status": after.status, "granted_by": after.granted_by},
    )


def history(user_id: str, course_id: str) -> list[EnrollmentEvent]:
    """Every history entry of an enrollment, oldest first."""
    prefix = keys.enrollment_event(user_id, course_id, 0).sk.removesuffix("000000")
    events = store.query_all(keys.user(user_id).pk, sk=EnrollmentEvent.sk.startswith(prefix))
    return [event for event in events if isinstance(event, EnrollmentEvent)]


def _commit(transaction: Transaction) -> None:
    """Raises WriteConflict if the enrollment or the course changed since the read; StoreUnavailable."""
    if transaction.commit():
        raise WriteConflict


def _upsert_progress(transaction: Transaction, user_id: str, course_id: str) -> None:
    """Creates the progress item, or keeps the one from before a cancellation."""
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


def list_of(user_id: str) -> list[Enrollment]:
    """The enrollments of a learner: a consistent Query."""
    items = store.query_all(keys.user(user_id).pk, sk=Enrollment.sk.startswith(keys.enrollment("", "").sk))
    return [item for item in items if isinstance(item, Enrollment)]


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
