"""Errors of the enrollments function."""

from shared.errors import Conflict, NotFound


class EnrollmentPaid(Conflict):
    code = "enrollment_paid"
    title = "Only a pending or free enrollment can be withdrawn: request a refund for a paid one"


class EnrollmentEnded(Conflict):
    code = "enrollment_ended"
    title = "This enrollment is completed or cancelled and cannot be withdrawn"


class EnrollmentBusy(Conflict):
    code = "enrollment_busy"
    title = "The enrollment is being changed by another request: try again"


class CertificateNotFound(NotFound):
    code = "certificate_not_found"
    title = "There is no such certificate"


class CertificateRevoked(Conflict):
    code = "certificate_revoked"
    title = "This certificate is no longer valid"


class CertificateBusy(Conflict):
    code = "certificate_busy"
    title = "The certificate is being changed by another request: try again"


class NoAccessToRevoke(Conflict):
    code = "no_access_to_revoke"
    title = "This enrollment gives no access that could be revoked"
