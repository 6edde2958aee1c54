"""Errors of the courses function."""

from shared.errors import Conflict, Invalid, NotFound, Unauthenticated


class SectionNotFound(NotFound):
    code = "section_not_found"
    title = "There is no such section, or you have no access to it"


class ReviewNotFound(NotFound):
    code = "review_not_found"
    title = "There is no such review"


class ReviewHidden(Conflict):
    code = "review_hidden"
    title = "The review was hidden by an admin: you can edit it, but not delete it"


class ReviewBusy(Conflict):
    code = "review_busy"
    title = "The review is being changed by another request: try again"


class CourseEmpty(Conflict):
    code = "course_empty"
    title = "A published course needs at least one lesson"


class CourseArchived(Conflict):
    code = "course_archived"
    title = "The course is archived and cannot be changed"


class CourseHasLearners(Conflict):
    code = "course_has_learners"
    title = "This course has or had enrollments: unpublish it instead of deleting it"


class CourseBusy(Conflict):
    code = "course_busy"
    title = "The course is being changed by another request: try again"


class OutlineFull(Conflict):
    code = "outline_full"
    title = "The course has the maximum number of sections or lessons"


class OutlineChanged(Conflict):
    code = "outline_changed"
    title = "The sections or lessons of the course have changed: reload the course and try again"


class SaleNotBelowPrice(Invalid):
    code = "sale_not_below_price"
    title = "A sale price is below the list price"


class SaleEnded(Invalid):
    code = "sale_ended"
    title = "The sale would have ended before now: give a later end"


class SectionNotEmpty(Conflict):
    code = "section_not_empty"
    title = "The section still has lessons: move or delete them first"


class LessonKindMismatch(Invalid):
    code = "lesson_kind_mismatch"
    title = "A text lesson has content, a video lesson has video_public_id"


class VideoNotOfCourse(Invalid):
    code = "video_not_of_course"
    title = "This video was not uploaded for this course: request an upload signature first"


class NotificationSignatureInvalid(Unauthenticated):
    code = "notification_signature_invalid"
    title = "The signature of this notification is invalid or too old"
