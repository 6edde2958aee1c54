"""The images and the video clip of the demo data: files in `assets/`."""

from pathlib import Path
from typing import Final

_FOLDER: Final = Path(__file__).with_name("assets")
CLIP_SECONDS: Final = 90
"""Duration of the clip, in seconds."""


def read_cover(name: str) -> bytes:
    """A course cover, WebP of 640 x 360 pixels. Raises FileNotFoundError."""
    return (_FOLDER / name).read_bytes()


def read_clip() -> bytes:
    """The video of every video lesson: MP4 (H.264) of CLIP_SECONDS."""
    return (_FOLDER / "lesson.mp4").read_bytes()
