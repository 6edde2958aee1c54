"""Refusals of the enrollments domain."""

from shared.errors import Conflict, Forbidden, NotFound


class EnrollmentNotFound(NotFound):
    code = "enrollment_not_found"
    title = "You are not enrolled in this course"


class NotEnrolled(Forbidden):
    code = "not_enrolled"
    title = "Only active and completed learners may do this"


class LessonNotInCourse(NotFound):
    code = "lesson_not_found"
    title = "This course has no such lesson"


class EnrollmentPaid(Conflict):
    code = "enrollment_paid"
    title = "A paid enrollment ends with a refund: ask for one"


class EnrollmentEnded(Conflict):
    code = "enrollment_ended"
    title = "This enrollment is completed or cancelled and cannot be withdrawn"


class EnrollmentBusy(Conflict):
    code = "enrollment_busy"
    title = "The enrollment keeps changing: try again"


class CertificateNotFound(NotFound):
    code = "certificate_not_found"
    title = "There is no such certificate"


class CertificateRevoked(Conflict):
    code = "certificate_revoked"
    title = "This certificate is no longer valid"


class CertificateBusy(Conflict):
    code = "certificate_busy"
    title = "The certificate is being changed by others at this moment: try again"


class CourseNotYours(NotFound):
    code = "course_not_found"
    title = "There is no such course of yours"


class UserUnknown(NotFound):
    code = "user_not_found"
    title = "There is no such student"


class CourseUnknown(NotFound):
    code = "course_not_found"
    title = "There is no such course"


class NoAccessToRevoke(Conflict):
    code = "no_access_to_revoke"
    title = "This enrollment gives no access"
