"""The demo courses: one Markdown file each, with TOML front matter between +++ lines.

In the text, `# ` starts a section and `## ` a lesson. Braces after the title of a lesson contain its options:
`{preview}`, `{video 90}` (seconds; a video lesson has no text), or both: `{video 90, preview}`.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

_FOLDER: Final = Path(__file__).with_name("courses")
_LESSON_HEADING: Final = re.compile(r"## (?P<title>[^{]+?)(?: \{(?P<options>[a-z0-9, ]+)\})?")
_WORDS_PER_MINUTE: Final = 130  # the speed of careful reading


@dataclass
class LessonText:
    """`video_seconds` is None for a text lesson."""

    title: str
    preview: bool
    video_seconds: int | None
    lines: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n".join(self.lines).strip()

    @property
    def duration_seconds(self) -> int:
        """The duration of the video; for a text, the reading time in whole minutes."""
        if self.video_seconds is not None:
            return self.video_seconds
        return 60 * max(1, round(len(self.text.split()) / _WORDS_PER_MINUTE))


@dataclass
class SectionText:
    title: str
    lessons: list[LessonText] = field(default_factory=list)


@dataclass(frozen=True)
class CourseText:
    """`slug` is its key in users.toml. `instructor`: the key of the user. `price` is in rupees. `cover`: a file name in
    `assets/`."""

    slug: str
    instructor: str
    title: str
    description: str
    category: str
    level: str
    language: str
    price: int
    cover: str
    draft: bool
    sections: list[SectionText]

    @property
    def lessons(self) -> list[LessonText]:
        return [lesson for section in self.sections for lesson in section.lessons]


def read_courses() -> list[CourseText]:
    """All courses in the order of their file names, "NN-slug.md"; the last one is the newest in the catalogue."""
    return [_read_course(file) for file in sorted(_FOLDER.glob("*.md"))]


def _read_course(file: Path) -> CourseText:
    _, front_matter, text = file.read_text("utf-8").split("+++\n", 2)
    fields: dict[str, Any] = tomllib.loads(front_matter)
    slug = file.stem.partition("-")[2]
    return CourseText(**{"draft": False, **fields}, slug=slug, sections=_sections(text))


def _sections(text: str) -> list[SectionText]:
    sections: list[SectionText] = []
    for line, is_code in _lines_with_code_flag(text):
        if not is_code and line.startswith("# "):
            sections.append(SectionText(line[2:].strip()))
        elif not is_code and (heading := _LESSON_HEADING.fullmatch(line)):
            sections[-1].lessons.append(_lesson(heading["title"], heading["options"] or ""))
        elif sections and sections[-1].lessons:
            sections[-1].lessons[-1].lines.append(line)
    return sections


def _lesson(title: str, options: str) -> LessonText:
    words = options.replace(",", " ").split()
    video_seconds = int(words[words.index("video") + 1]) if "video" in words else None
    return LessonText(title, "preview" in words, video_seconds)


def _lines_with_code_flag(text: str) -> Iterator[tuple[str, bool]]:
    """Each line and whether it is inside a code block, where a `#` is not a heading."""
    is_code = False
    for line in text.splitlines():
        is_code ^= line.startswith("```")
        yield line, is_code
