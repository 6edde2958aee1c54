"""The read side: built by the projector from the stream, rebuildable from the write side, never decided from."""

from typing import ClassVar

from shared.db.attributes import IntAttribute
from shared.db.base import Item


class CourseFigures(Item):
    """`COURSE#c / COURSE#FIGURES`: what anyone may know of a course's success. Active and completed learners."""

    KIND: ClassVar[str] = "course_figures"

    enrollment_count = IntAttribute()
