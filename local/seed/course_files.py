"""The demo courses: one Markdown file each, with TOML between +++ lines in front.

In the text `# ` begins a section and `## ` a lesson; what follows a lesson's title in braces says more about it:
`{preview}`, `{video 90}` (seconds; such a lesson has no text), or both: `{video 90, preview}`.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

_FOLDER: Final = Path(__file__).with_name("courses")
_LESSON_HEADING: Final = re.compile(r"## (?P<title>[^{]+?)(?: \{(?P<more>[a-z0-9, ]+)\})?")
_WORDS_PER_MINUTE: Final = 130  # read with care, as one learns


@dataclass
class LessonText:
    """`film_seconds` is None for a text."""

    title: str
    preview: bool
    video_seconds: int | None
    lines: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n".join(self.lines).strip()

    @property
    def duration_seconds(self) -> int:
        """Of a text: what reading it takes, in whole minutes."""
        if self.video_seconds is not None:
            return self.video_seconds
        return 60 * max(1, round(len(self.text.split()) / _WORDS_PER_MINUTE))


@dataclass
class SectionText:
    title: str
    lessons: list[LessonText] = field(default_factory=list)


@dataclass(frozen=True)
class CourseText:
    """`slug` names it in users.toml. `price` is in rupees. `cover`: a motif of `pictures` and two colours."""

    slug: str
    teacher: str
    title: str
    description: str
    category: str
    level: str
    language: str
    price: int
    cover: tuple[str, str, str]
    draft: bool
    sections: list[SectionText]

    @property
    def lessons(self) -> list[LessonText]:
        return [lesson for section in self.sections for lesson in section.lessons]


def read_courses() -> list[CourseText]:
    """In the order of their file names, "NN-slug.md"; the last one is the newest in the catalogue."""
    return [_read_course(file) for file in sorted(_FOLDER.glob("*.md"))]


def _read_course(file: Path) -> CourseText:
    _, front, text = file.read_text("utf-8").split("+++\n", 2)
    facts: dict[str, Any] = tomllib.loads(front)
    motif, first, last = facts.pop("cover")
    slug = file.stem.partition("-")[2]
    draft = facts.pop("draft", False)
    return CourseText(**facts, slug=slug, cover=(motif, first, last), draft=draft, sections=_sections(text))


def _sections(text: str) -> list[SectionText]:
    sections: list[SectionText] = []
    for line, is_code in _lines_with_code_flag(text):
        if not is_code and line.startswith("# "):
            sections.append(SectionText(line[2:].strip()))
        elif not is_code and (heading := _LESSON_HEADING.fullmatch(line)):
            sections[-1].lessons.append(_lesson(heading["title"], heading["more"] or ""))
        elif sections and sections[-1].lessons:
            sections[-1].lessons[-1].lines.append(line)
    return sections


def _lesson(title: str, more: str) -> LessonText:
    words = more.replace(",", " ").split()
    film_seconds = int(words[words.index("video") + 1]) if "video" in words else None
    return LessonText(title, "preview" in words, film_seconds)


def _lines_with_code_flag(text: str) -> Iterator[tuple[str, bool]]:
    """Each line, and whether it is code: a `#` there is no heading."""
    is_code = False
    for line in text.splitlines():
        is_code ^= line.startswith("```")
        yield line, is_code
