"""Certificates: issued with the completion, valid for as long as the course is kept, shown to whoever has the id."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from functions.enrollments.errors import CertificateBusy, CertificateNotFound, CertificateRevoked
from shared import clock, ids
from shared.config import settings
from shared.db import certificates, keys, store
from shared.db.certificates import CertificateOutcome, Start
from shared.db.changes import changed
from shared.db.entities import Certificate, Enrollment, User
from shared.db.learning import Learning
from shared.lifecycle import EnrollmentStatus
from shared.tokens import Caller

_ROUNDS: Final = 5


@dataclass(frozen=True)
class Shown:
    """A certificate, and since when it is not valid (None: it is)."""

    certificate: Certificate
    revoked_at: datetime | None

    @property
    def page_url(self) -> str:
        """Where anyone may verify it."""
        return f"{settings().public_url}/api/certificates/{self.certificate.certificate_id}/html"

    @property
    def pdf_url(self) -> str:
        return f"{settings().public_url}/api/certificates/{self.certificate.certificate_id}/pdf"


def to_issue(completing: Learning) -> Certificate | None:
    """The certificate to store with the completion; None when the learner has one of an earlier completion, which it
    makes valid again. The name is the profile's of this moment. Raises StoreUnavailable."""
    enrollment, course = completing.enrollment, completing.course
    if enrollment.certificate_id or course is None:
        return None
    learner = store.get(User, keys.user(enrollment.user_id))
    name = learner.name if learner else enrollment.user_name
    return certificates.of(enrollment, course, name, settings().seller_name, clock.now())


def show(certificate_id: str) -> Shown:
    """Raises CertificateNotFound, StoreUnavailable."""
    found = certificates.read(certificate_id) if ids.CERTIFICATE.fullmatch(certificate_id) else None
    if found is None:
        raise CertificateNotFound
    return _shown(*found)


def valid(certificate_id: str) -> Shown:
    """Raises CertificateNotFound, CertificateRevoked, StoreUnavailable."""
    shown = show(certificate_id)
    if shown.revoked_at:
        raise CertificateRevoked
    return shown


def list_mine(caller: Caller, limit: int, start: Start) -> tuple[list[Shown], Start]:
    """Newest first, and the next key. Raises StoreUnavailable."""
    found, next_key = certificates.list_of_user(caller.user_id, limit, start)
    return [_shown(*each) for each in found], next_key


def revoke(certificate_id: str, admin: Caller, *, revoked: bool, reason: str) -> Shown:
    """Revokes a certificate, or gives it back, audited. Raises CertificateNotFound, CertificateBusy,
    StoreUnavailable."""
    for _ in range(_ROUNDS):
        found = certificates.read(certificate_id) if ids.CERTIFICATE.fullmatch(certificate_id) else None
        if found is None:
            raise CertificateNotFound
        certificate, enrollment = found
        outcome, step = certificates.revoke(
            certificate, revoked=revoked, reason=reason, admin_id=admin.user_id, now=clock.now()
        )
        if outcome is CertificateOutcome.WRITTEN:
            return _shown(changed(certificate, step), enrollment)
    raise CertificateBusy


def _shown(certificate: Certificate, enrollment: Enrollment | None) -> Shown:
    """Who gave the course back, or had it taken, has no valid certificate of it: that follows from the enrollment, so
    the money that goes back has nothing more to write."""
    if certificate.revoked_at:
        return Shown(certificate, certificate.revoked_at)
    if enrollment and enrollment.status is EnrollmentStatus.COMPLETED:
        return Shown(certificate, None)
    return Shown(certificate, enrollment.updated_at if enrollment else certificate.completed_at)
