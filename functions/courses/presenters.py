"""Converts stored courses, sections, lessons and reviews to their public schemas."""

from functions.courses import markdown, permissions
from functions.courses.curriculum.curriculum_schemas import LessonDetailOut, LessonOut, LessonVideoOut, SectionOut
from functions.courses.prices import price_fields
from functions.courses.reviews.review_schemas import ReviewAuthorOut, ReviewOut
from functions.courses.schemas import CourseDetailOut, CourseInstructorOut, CourseOut
from shared.db.courses.course_pages import CourseCard, CoursePage
from shared.db.entities import Lesson, LessonBody, Review, Section
from shared.domain.ratings import average
from shared.gateways import cloudinary
from shared.tokens import Caller


def course_summary(card: CourseCard) -> CourseOut:
    """A course as lists show it."""
    course = card.course
    return CourseOut(
        id=course.course_id,
        title=course.title,
        description=course.description,
        category=course.category,
        level=course.level,
        language=course.language,
        **price_fields(course),
        status=course.status,
        hidden=course.hidden,
        instructor=CourseInstructorOut(id=course.instructor_id, name=course.instructor_name),
        lesson_count=card.lesson_count,
        enrollment_count=card.enrollment_count,
        rating=average(card.ratings.hundredths),
        rating_count=card.ratings.number,
        thumbnail_url=course.thumbnail_url,
        published_at=course.published_at,
        version=course.version,
        created_at=course.created_at,
        updated_at=course.updated_at,
    )


def course_detail(page: CoursePage, caller: Caller | None) -> CourseDetailOut:
    """A course with its outline. Only its owner and admins see the moderation reason."""
    card = CourseCard(page.course, page.outline.lesson_count, page.enrollment_count, page.ratings)
    return CourseDetailOut(
        **dict(course_summary(card)),
        ratings=list(page.ratings),
        sections=sections(page),
        moderation_reason=page.course.moderation_reason if permissions.is_owner_or_admin(page.course, caller) else None,
    )


def sections(page: CoursePage) -> list[SectionOut]:
    """All sections in the order of the outline. Ids without an item are omitted: a Query is not a snapshot, so the item
    may have been created or deleted while it ran."""
    return [
        section(page.sections[section_id], _lessons_of(page, section_id))
        for section_id in page.outline.sections
        if section_id in page.sections
    ]


def _lessons_of(page: CoursePage, section_id: str) -> list[Lesson]:
    lesson_ids = page.outline.lessons.as_dict().get(section_id, [])
    return [page.lessons[lesson_id] for lesson_id in lesson_ids if lesson_id in page.lessons]


def section(stored: Section, lessons: list[Lesson]) -> SectionOut:
    """A section with these lessons, without their content."""
    return SectionOut(
        id=stored.section_id,
        course_id=stored.course_id,
        title=stored.title,
        lessons=[lesson(stored_lesson) for stored_lesson in lessons],
    )


def lesson(stored: Lesson) -> LessonOut:
    """A lesson without its content."""
    return LessonOut(
        id=stored.lesson_id,
        title=stored.title,
        kind=stored.lesson_kind,
        duration_seconds=stored.duration_seconds,
        preview=stored.preview,
    )


def lesson_detail(stored: Lesson, body: LessonBody) -> LessonDetailOut:
    """A lesson with its content. The URL of a video is signed and expires."""
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
    """A review as its author and admins see it."""
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
    """A review as anyone sees it: without the moderation reason."""
    return review(stored).model_copy(update={"moderation_reason": None})
