"""Certificates. They are issued on completion and are valid while the enrollment stays completed. They are public:
anyone with the id may see one."""

from dataclasses import dataclass
from datetime import datetime

from functions.enrollments.errors import CertificateBusy, CertificateNotFound, CertificateRevoked
from shared import clock, ids
from shared.config import settings
from shared.db.enrollments import certificates
from shared.db.enrollments.certificates import CertificateOutcome
from shared.db.enrollments.enrollment_details import EnrollmentDetails
from shared.db.entities import Certificate, Enrollment, User
from shared.db.table import keys, store
from shared.db.table.changes import apply_changes
from shared.db.table.retry import WriteConflict, retry_on_conflict
from shared.db.table.store import StartKey
from shared.domain.lifecycle import EnrollmentStatus
from shared.tokens import Caller


@dataclass(frozen=True)
class CertificateWithStatus:
    """A certificate with the time since which it is invalid; None while it is valid."""

    certificate: Certificate
    revoked_at: datetime | None

    @property
    def page_url(self) -> str:
        """The public page on which anyone can verify the certificate."""
        return f"{settings().public_url}/api/certificates/{self.certificate.certificate_id}/html"

    @property
    def pdf_url(self) -> str:
        """The public PDF."""
        return f"{settings().public_url}/api/certificates/{self.certificate.certificate_id}/pdf"


def certificate_to_issue(completing: EnrollmentDetails) -> Certificate | None:
    """The certificate to store with the completion, in the learner's current profile name. None if the learner has one
    from an earlier completion, which becomes valid again, or if the course does not exist.

    Raises StoreUnavailable."""
    enrollment, course = completing.enrollment, completing.course
    if enrollment.certificate_id or course is None:
        return None
    learner = store.get(User, keys.user(enrollment.user_id))
    name = learner.name if learner else enrollment.user_name
    return certificates.new_certificate(enrollment, course, name, settings().seller_name, clock.now())


def get_certificate(certificate_id: str) -> CertificateWithStatus:
    """The certificate, valid or not. Raises CertificateNotFound, StoreUnavailable."""
    found = certificates.read_with_enrollment(certificate_id) if ids.CERTIFICATE.fullmatch(certificate_id) else None
    if found is None:
        raise CertificateNotFound
    return _with_status(*found)


def get_valid_certificate(certificate_id: str) -> CertificateWithStatus:
    """The certificate, if it is valid. Raises CertificateNotFound, CertificateRevoked, StoreUnavailable."""
    found = get_certificate(certificate_id)
    if found.revoked_at:
        raise CertificateRevoked
    return found


def list_mine(caller: Caller, limit: int, start: StartKey) -> tuple[list[CertificateWithStatus], StartKey]:
    """A page of the caller's certificates, newest first, and the key of the next page. Raises StoreUnavailable."""
    found, next_key = certificates.list_by_user(caller.user_id, limit, start)
    return [_with_status(certificate, enrollment) for certificate, enrollment in found], next_key


def set_revocation(certificate_id: str, admin: Caller, *, revoked: bool, reason: str) -> CertificateWithStatus:
    """Revokes or reinstates a certificate, and audits the change.

    Raises CertificateNotFound, CertificateBusy, StoreUnavailable."""

    def attempt() -> CertificateWithStatus:
        found = certificates.read_with_enrollment(certificate_id) if ids.CERTIFICATE.fullmatch(certificate_id) else None
        if found is None:
            raise CertificateNotFound
        certificate, enrollment = found
        outcome, step = certificates.set_revoked(
            certificate, revoked=revoked, reason=reason, admin_id=admin.user_id, now=clock.now()
        )
        if outcome is not CertificateOutcome.WRITTEN:
            raise WriteConflict
        return _with_status(apply_changes(certificate, step), enrollment)

    return retry_on_conflict(attempt, CertificateBusy)


def _with_status(certificate: Certificate, enrollment: Enrollment | None) -> CertificateWithStatus:
    """A refund or a revocation of access also invalidates the certificate. This is derived from the status of the
    enrollment, so that a refund need not write the certificate."""
    if certificate.revoked_at:
        return CertificateWithStatus(certificate, certificate.revoked_at)
    if enrollment and enrollment.status is EnrollmentStatus.COMPLETED:
        return CertificateWithStatus(certificate, None)
    return CertificateWithStatus(certificate, enrollment.updated_at if enrollment else certificate.completed_at)
