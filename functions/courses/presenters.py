"""Stored courses as the wire shows them."""

from functions.courses import markdown, permissions
from functions.courses.curriculum.curriculum_schemas import LessonDetailOut, LessonOut, LessonVideoOut, SectionOut
from functions.courses.reviews.review_schemas import ReviewAuthorOut, ReviewOut
from functions.courses.schemas import CourseDetailOut, CourseInstructorOut, CourseOut
from shared.db.courses.course_pages import CourseCard, CoursePage
from shared.db.entities import Lesson, LessonBody, Review, Section
from shared.domain.ratings import average
from shared.gateways import cloudinary
from shared.schemas import Money
from shared.tokens import Caller


def course_summary(shown: CourseCard) -> CourseOut:
    course = shown.course
    return CourseOut(
        id=course.course_id,
        title=course.title,
        description=course.description,
        category=course.category,
        level=course.level,
        language=course.language,
        price=Money(amount=course.amount, currency=course.currency),
        status=course.status,
        hidden=course.hidden,
        instructor=CourseInstructorOut(id=course.instructor_id, name=course.instructor_name),
        lesson_count=shown.lesson_count,
        enrollment_count=shown.enrollment_count,
        rating=average(shown.ratings.hundredths),
        rating_count=shown.ratings.number,
        thumbnail_url=course.thumbnail_url,
        published_at=course.published_at,
        version=course.version,
        created_at=course.created_at,
        updated_at=course.updated_at,
    )


def course_detail(page: CoursePage, caller: Caller | None) -> CourseDetailOut:
    shown = course_summary(CourseCard(page.course, page.outline.lesson_count, page.enrollment_count, page.ratings))
    return CourseDetailOut(
        **dict(shown),
        ratings=list(page.ratings),
        sections=sections(page),
        moderation_reason=page.course.moderation_reason if permissions.is_owner_or_admin(page.course, caller) else None,
    )


def sections(page: CoursePage) -> list[SectionOut]:
    """In the outline's order. A Query is not a snapshot: an id whose item is not there yet, or no more, is left out."""
    inside = page.outline.lessons.as_dict()
    return [
        section(page.sections[each], [page.lessons[id_] for id_ in inside.get(each, []) if id_ in page.lessons])
        for each in page.outline.sections
        if each in page.sections
    ]


def section(stored: Section, lessons: list[Lesson]) -> SectionOut:
    return SectionOut(
        id=stored.section_id,
        course_id=stored.course_id,
        title=stored.title,
        lessons=[lesson(each) for each in lessons],
    )


def lesson(stored: Lesson) -> LessonOut:
    return LessonOut(
        id=stored.lesson_id,
        title=stored.title,
        kind=stored.lesson_kind,
        duration_seconds=stored.duration_seconds,
        preview=stored.preview,
    )


def lesson_detail(stored: Lesson, body: LessonBody) -> LessonDetailOut:
    video = None
    if body.video_public_id is not None:
        link = cloudinary.video_link(body.video_public_id)
        video = LessonVideoOut(url=link.url, expires_at=link.expires_at)
    return LessonDetailOut(
        **dict(lesson(stored)),
        course_id=stored.course_id,
        content=body.content,
        content_html=markdown.render_html(body.content) if body.content is not None else None,
        video=video,
        created_at=stored.created_at,
        updated_at=stored.updated_at,
    )


def review(stored: Review) -> ReviewOut:
    """For its author and for admins."""
    return ReviewOut(
        id=stored.review_id,
        course_id=stored.course_id,
        author=ReviewAuthorOut(name=stored.user_name),
        rating=stored.rating,
        text=stored.text,
        hidden=stored.hidden,
        moderation_reason=stored.moderation_reason,
        created_at=stored.created_at,
        updated_at=stored.updated_at,
    )


def public_review(stored: Review) -> ReviewOut:
    return review(stored).model_copy(update={"moderation_reason": None})
