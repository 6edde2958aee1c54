"""The curriculum of a course: one outline for the order, one item per section, two per lesson."""

from typing import ClassVar

from pynamodb.attributes import BooleanAttribute, ListAttribute, MapAttribute, UnicodeAttribute

from shared.db.table.attributes import EnumAttribute, IntAttribute, TimeAttribute
from shared.db.table.base import Item
from shared.domain.lifecycle import LessonKind


class Outline(Item):
    """`COURSE#c / OUTLINE`: the order as ids only. Any reordering is one conditional update.

    `lessons` maps each section id to its lesson ids in order; `lesson_count` is the sum of their lengths. `version`
    grows with every change of the curriculum, titles included, and is one of the two versions in the course's ETag.
    """

    KIND: ClassVar[str] = "outline"

    course_id = UnicodeAttribute()
    sections: ListAttribute[str] = ListAttribute(of=UnicodeAttribute)  # type: ignore[arg-type]  # holds plain str
    lessons: MapAttribute[str, list[str]] = MapAttribute()
    lesson_count = IntAttribute()
    version = IntAttribute()

    def lesson_ids(self) -> list[str]:
        """Every lesson of the course, in order."""
        lessons = self.lessons.as_dict()
        return [lesson for section in self.sections for lesson in lessons.get(section, [])]


class Section(Item):
    """`COURSE#c / SECTION#s`."""

    KIND: ClassVar[str] = "section"

    section_id = UnicodeAttribute()
    course_id = UnicodeAttribute()
    title = UnicodeAttribute()
    created_at = TimeAttribute()


class Lesson(Item):
    """`COURSE#c / LESSON#l`: the public part of a lesson. The outline says which section it is in."""

    KIND: ClassVar[str] = "lesson"

    lesson_id = UnicodeAttribute()
    course_id = UnicodeAttribute()
    title = UnicodeAttribute()
    lesson_kind = EnumAttribute(LessonKind)
    duration_seconds = IntAttribute()
    preview = BooleanAttribute()
    created_at = TimeAttribute()
    updated_at = TimeAttribute()


class LessonBody(Item):
    """`COURSE#c / BODY#l`: the part of a lesson for learners with access: its text, or the private reference of its
    video."""

    KIND: ClassVar[str] = "lesson_body"

    lesson_id = UnicodeAttribute()
    content = UnicodeAttribute(null=True)
    video_public_id = UnicodeAttribute(null=True)


class MediaAsset(Item):
    """`COURSE#c / ASSET#public_id`: an uploaded lesson video, as reported by the media service."""

    KIND: ClassVar[str] = "media_asset"

    course_id = UnicodeAttribute()
    public_id = UnicodeAttribute()
    format = UnicodeAttribute()
    byte_count = IntAttribute()
    duration_seconds = IntAttribute()
    received_at = TimeAttribute()
