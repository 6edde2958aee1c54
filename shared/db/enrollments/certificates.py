"""Certificates: read by an id that cannot be guessed, listed by learner, revoked and restored by admins."""

from datetime import datetime
from enum import StrEnum, auto
from typing import Any, NamedTuple

from shared import ids
from shared.db import audit
from shared.db.entities import Certificate, Course, Enrollment
from shared.db.table import keys, store
from shared.db.table.changes import unchanged_since_read, update_actions
from shared.db.table.store import Listing, StartKey
from shared.db.table.transaction import Transaction


class CertificateOutcome(StrEnum):
    WRITTEN = auto()
    CHANGED = auto()
    """It changed since the read: read again, decide again."""


class CertificateWithEnrollment(NamedTuple):
    """A certificate, and the enrollment on which its validity depends."""

    certificate: Certificate
    enrollment: Enrollment | None


class RevocationResult(NamedTuple):
    """The outcome, and the attributes that it changed."""

    outcome: CertificateOutcome
    changes: dict[str, Any]


def new_certificate(
    enrollment: Enrollment, course: Course, learner_name: str, issuer_name: str, now: datetime
) -> Certificate:
    """A new certificate of an enrollment that is being completed, not stored yet."""
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


def read_with_enrollment(certificate_id: str) -> CertificateWithEnrollment | None:
    """Two GetItems; None if there is no such certificate."""
    certificate = store.get(Certificate, keys.certificate(certificate_id))
    if certificate is None:
        return None
    enrollment = store.get(Enrollment, keys.enrollment(certificate.user_id, certificate.course_id))
    return CertificateWithEnrollment(certificate, enrollment)


def list_by_user(user_id: str, limit: int, start: StartKey) -> Listing[CertificateWithEnrollment]:
    """A learner's certificates, newest first, each with its enrollment: one Query of the index, one BatchGetItem."""
    prefix = keys.certificate_listing(user_id)
    page = store.query(
        prefix.pk,
        sk=Certificate.gsi1sk.startswith(prefix.sk),
        index=keys.GSI1,
        limit=limit,
        start=start,
        newest_first=True,
    )
    certificates = page.items_of(Certificate)
    found = store.get_many([keys.enrollment(user_id, certificate.course_id) for certificate in certificates])
    return Listing(
        [
            CertificateWithEnrollment(
                certificate, store.cast_to(Enrollment, found.get(keys.enrollment(user_id, certificate.course_id)))
            )
            for certificate in certificates
        ],
        page.next_key,
    )


def set_revoked(
    certificate: Certificate, *, revoked: bool, reason: str, admin_id: str, now: datetime
) -> RevocationResult:
    """Revokes or restores the certificate if it is unchanged since the read, and audits it, in one transaction."""
    changes = {
        "revoked_at": now if revoked else None,
        "revoked_reason": reason if revoked else None,
        "version": certificate.version + 1,
    }
    transaction = Transaction()
    transaction.update(
        "certificate",
        keys.certificate(certificate.certificate_id),
        update_actions(Certificate, changes),
        unchanged_since_read(Certificate, certificate),
    )
    audit.record(
        transaction,
        admin_id=admin_id,
        action="certificate_revoked" if revoked else "certificate_restored",
        subject=certificate.certificate_id,
        reason=reason,
        before={"revoked": certificate.revoked_at is not None},
        after={"revoked": revoked},
    )
    outcome = CertificateOutcome.CHANGED if transaction.commit() else CertificateOutcome.WRITTEN
    return RevocationResult(outcome, changes)
