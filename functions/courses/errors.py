"""How courses and their content refuse."""

from shared.errors import Conflict, Invalid, NotFound, Unauthenticated


class SectionNotFound(NotFound):
    code = "section_not_found"
    title = "There is no such section, or not for you"


class ReviewNotFound(NotFound):
    code = "review_not_found"
    title = "There is no such review"


class ReviewHidden(Conflict):
    code = "review_hidden"
    title = "The review was hidden: it can be rewritten, not taken away"


class ReviewBusy(Conflict):
    code = "review_busy"
    title = "The review is being changed by others at this moment: try again"


class CourseEmpty(Conflict):
    code = "course_empty"
    title = "A published course has at least one lesson"


class CourseArchived(Conflict):
    code = "course_archived"
    title = "The course is archived and cannot be changed"


class CourseHasLearners(Conflict):
    code = "course_has_learners"
    title = "Somebody enrolled in this course: unpublish it instead of deleting it"


class CourseBusy(Conflict):
    code = "course_busy"
    title = "The course is being changed by others at this moment: try again"


class OutlineFull(Conflict):
    code = "outline_full"
    title = "The course has as many sections or lessons as it can hold"


class OutlineChanged(Conflict):
    code = "outline_changed"
    title = "These are not exactly the sections and lessons the course has now: read it again"


class SectionNotEmpty(Conflict):
    code = "section_not_empty"
    title = "The section still has lessons: move or delete them first"


class LessonKindMismatch(Invalid):
    code = "lesson_kind_mismatch"
    title = "A text lesson takes content, a video lesson takes video_public_id"


class VideoNotOfCourse(Invalid):
    code = "video_not_of_course"
    title = "This video was not uploaded for this course: ask for a signature first"


class NotificationSignatureInvalid(Unauthenticated):
    code = "notification_signature_invalid"
    title = "This notification was not signed by the media service, or too long ago"
