"""Certificates: looked up by an id that cannot be guessed, listed by learner, revoked by admins."""

from datetime import datetime
from enum import StrEnum, auto
from typing import Any

from shared import ids
from shared.db import audit
from shared.db.entities import Certificate, Course, Enrollment
from shared.db.table import keys, store
from shared.db.table.changes import unchanged_since_read, update_actions
from shared.db.table.transaction import Transaction

StartKey = dict[str, Any] | None


class CertificateOutcome(StrEnum):
    WRITTEN = auto()
    CHANGED = auto()
    """It is no longer what was read: read again, decide again."""


def new_certificate(
    enrollment: Enrollment, course: Course, learner_name: str, issuer_name: str, now: datetime
) -> Certificate:
    """The certificate of an enrollment that is being completed: not stored yet."""
    certificate_id = ids.certificate()
    listing = keys.certificate_listing(enrollment.user_id, now, certificate_id)
    return Certificate.build(
        keys.certificate(certificate_id),
        certificate_id=certificate_id,
        user_id=enrollment.user_id,
        course_id=enrollment.course_id,
        learner_name=learner_name,
        course_title=course.title,
        instructor_name=course.instructor_name,
        issuer_name=issuer_name,
        completed_at=now,
        version=1,
        gsi1pk=listing.pk,
        gsi1sk=listing.sk,
    )


def read_with_enrollment(certificate_id: str) -> tuple[Certificate, Enrollment | None] | None:
    """A certificate and the enrollment it is valid by: two GetItems."""
    found = store.get(Certificate, keys.certificate(certificate_id))
    return (found, store.get(Enrollment, keys.enrollment(found.user_id, found.course_id))) if found else None


def list_by_user(
    user_id: str, limit: int, start: StartKey
) -> tuple[list[tuple[Certificate, Enrollment | None]], StartKey]:
    """A learner's certificates, newest first, each with its enrollment, and the next key: one Query of the index, one
    BatchGetItem."""
    prefix = keys.certificate_listing(user_id)
    page = store.query(
        prefix.pk,
        sk=Certificate.gsi1sk.startswith(prefix.sk),
        index=keys.GSI1,
        limit=limit,
        start=start,
        newest_first=True,
    )
    listed = page.items_of(Certificate)
    found = store.get_many([keys.enrollment(user_id, each.course_id) for each in listed])
    enrollments = (store.cast_to(Enrollment, found.get(keys.enrollment(user_id, each.course_id))) for each in listed)
    return list(zip(listed, enrollments, strict=True)), page.next_key


def set_revoked(
    seen: Certificate, *, revoked: bool, reason: str, admin_id: str, now: datetime
) -> tuple[CertificateOutcome, dict[str, Any]]:
    """Revokes the certificate as it was read, or gives it back, and records who did so, in one transaction. With the
    outcome comes what it changed."""
    step = {
        "revoked_at": now if revoked else None,
        "revoked_reason": reason if revoked else None,
        "version": seen.version + 1,
    }
    writing = Transaction()
    where = keys.certificate(seen.certificate_id)
    writing.update("certificate", where, update_actions(Certificate, step), unchanged_since_read(Certificate, seen))
    audit.record(
        writing,
        admin_id=admin_id,
        action="certificate_revoked" if revoked else "certificate_restored",
        subject=seen.certificate_id,
        reason=reason,
        before={"revoked": seen.revoked_at is not None},
        after={"revoked": revoked},
    )
    outcome = CertificateOutcome.CHANGED if writing.commit() else CertificateOutcome.WRITTEN
    return outcome, step
