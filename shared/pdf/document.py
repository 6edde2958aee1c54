"""Opens a PDF document whose fonts can print given texts. The same calls yield the same bytes."""

import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from fpdf import FPDF

LATIN: Final = "latin"
"""The name of the font that every document has; the others are its fallback fonts."""
_FONTS: Final = Path(__file__).parent / "fonts"
_LATIN_FONT: Final = "NotoSans-Regular.ttf"
_SCRIPT_FONTS: Final = {
    0x0900: "NotoSansDevanagari-Regular.ttf",
    0x0980: "NotoSansBengali-Regular.ttf",
    0x0A00: "NotoSansGurmukhi-Regular.ttf",
    0x0A80: "NotoSansGujarati-Regular.ttf",
    0x0B00: "NotoSansOriya-Regular.ttf",
    0x0B80: "NotoSansTamil-Regular.ttf",
    0x0C00: "NotoSansTelugu-Regular.ttf",
    0x0C80: "NotoSansKannada-Regular.ttf",
    0x0D00: "NotoSansMalayalam-Regular.ttf",
}
"""The font of each script, by the first of the 128 code points of the script. Reading a font takes 0.1 s, so only the
needed fonts are read."""


@contextmanager
def open_document(texts: Iterable[str], orientation: Literal["portrait", "landscape"]) -> Iterator["FPDF"]:
    """Opens an A4 document with one empty page, without page breaks of its own, and those of our fonts that the texts
    need. Lengths are in millimetres."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Pillow could not be imported")  # Pillow is needed for images only
        from fpdf import FPDF
        from fpdf.fonts import TTFFont
    pdf = FPDF(orientation=orientation, format="A4")
    pdf.set_auto_page_break(False)
    pdf.add_page()
    pdf.add_font(LATIN, fname=_FONTS / _LATIN_FONT)
    needed = dict.fromkeys(
        font for text in texts for character in text if (font := _SCRIPT_FONTS.get(ord(character) & ~0x7F))
    )
    for font in needed:
        pdf.add_font(font, fname=_FONTS / font)
    pdf.set_fallback_fonts(list(needed))
    pdf.set_text_shaping(True)
    try:
        yield pdf
    finally:
        for embedded in pdf.fonts.values():
            if isinstance(embedded, TTFFont):
                embedded.close()


def is_renderable(pdf: "FPDF", text: str) -> bool:
    """Whether the fonts of the document have every character of the text."""
    return all(ord(character) in _renderable(pdf) for character in text)


def with_replacements(pdf: "FPDF", text: str) -> str:
    """The text with "?" for each character that the fonts of the document lack. Line breaks stay."""
    known = _renderable(pdf) | {ord("\n")}
    return "".join(character if ord(character) in known else "?" for character in text)


def _renderable(pdf: "FPDF") -> set[int]:
    return {code for font in pdf.fonts.values() for code in getattr(font, "cmap", ())}
