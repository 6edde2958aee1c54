"""What a course teaches: one outline for the order, an item per section, two per lesson."""

from typing import ClassVar

from pynamodb.attributes import BooleanAttribute, ListAttribute, MapAttribute, UnicodeAttribute

from shared.db.table.attributes import EnumAttribute, IntAttribute, TimeAttribute
from shared.db.table.base import Item
from shared.domain.lifecycle import LessonKind


class Outline(Item):
    """`COURSE#c / OUTLINE`: the order, ids only. Reordering is one conditional update, whatever the permutation.

    `lessons` maps each section id to its lesson ids in order; `lesson_count` is the sum of their lengths. `version`
    grows with every change of the content, titles included: it is half of the course's ETag.
    """

    KIND: ClassVar[str] = "outline"

    course_id = UnicodeAttribute()
    sections: ListAttribute[str] = ListAttribute(of=UnicodeAttribute)  # type: ignore[arg-type]  # holds plain str
    lessons: MapAttribute[str, list[str]] = MapAttribute()
    lesson_count = IntAttribute()
    version = IntAttribute()

    def lesson_ids(self) -> list[str]:
        """Every lesson of the course, in the order it is taught."""
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
    """`COURSE#c / LESSON#l`: what anyone who sees the outline may know. Its section is what the outline says."""

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
    """`COURSE#c / BODY#l`: what only those who may learn see: the text, or the private reference of the video."""

    KIND: ClassVar[str] = "lesson_body"

    lesson_id = UnicodeAttribute()
    content = UnicodeAttribute(null=True)
    video_public_id = UnicodeAttribute(null=True)


class MediaAsset(Item):
    """`COURSE#c / ASSET#public_id`: a lesson video that the media service says has arrived. `duration` in seconds."""

    KIND: ClassVar[str] = "media_asset"

    course_id = UnicodeAttribute()
    public_id = UnicodeAttribute()
    format = UnicodeAttribute()
    byte_count = IntAttribute()
    duration_seconds = IntAttribute()
    received_at = TimeAttribute()
