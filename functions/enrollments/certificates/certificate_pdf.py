"""A certificate as a PDF of one page with embedded fonts. The same certificate yields the same bytes."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Final

from functions.enrollments.certificates.certificate_service import CertificateWithStatus
from shared import seller_day
from shared.db.entities import Certificate

if TYPE_CHECKING:
    from fpdf import FPDF

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

_INK: Final = (27, 35, 39)
_MUTED: Final = (90, 100, 107)
_ACCENT: Final = (13, 107, 91)
_WIDTH: Final = 297
_HEIGHT: Final = 210
_TEXT_WIDTH: Final = 235
_QR_CODE_SIZE: Final = 27
"""Lengths are in millimetres. The page is A4, landscape."""


def render_pdf(shown: CertificateWithStatus) -> bytes:
    """The PDF. If the fonts cannot render the learner's name or the course title, its line refers to the page of the
    certificate instead. The line with the instructor is then omitted."""
    certificate = shown.certificate
    with _new_document([certificate.learner_name, certificate.course_title, certificate.instructor_name]) as pdf:
        pdf.set_title(f"Certificate {certificate.certificate_id}")
        pdf.set_author(certificate.issuer_name)
        pdf.set_lang("en")
        pdf.set_creation_date(certificate.completed_at)
        _draw_frame(pdf)
        _draw_statement(pdf, certificate)
        _draw_verification(pdf, certificate, shown.page_url)
        return bytes(pdf.output())


def _draw_statement(pdf: "FPDF", certificate: Certificate) -> None:
    elsewhere = "named at the address below"
    _draw_centered(pdf, 27, certificate.issuer_name, 15, _ACCENT)
    _draw_centered(pdf, 40, "Certificate of completion", 30, _INK)
    _draw_centered(pdf, 64, "This is to certify that", 12, _MUTED)
    _draw_centered(pdf, 74, _if_renderable(pdf, certificate.learner_name) or f"the learner {elsewhere}", 32, _ACCENT)
    _draw_centered(pdf, 98, "has completed every lesson of", 12, _MUTED)
    _draw_centered(pdf, 107, _if_renderable(pdf, certificate.course_title) or f"the course {elsewhere}", 22, _INK)
    instructor_name = _if_renderable(pdf, certificate.instructor_name)
    if instructor_name:
        _draw_centered(pdf, 124, f"taught by {instructor_name}", 12, _MUTED)


def _draw_verification(pdf: "FPDF", certificate: Certificate, url: str) -> None:
    _draw_left(pdf, 158, seller_day.in_words(seller_day.day(certificate.completed_at)), 12, _INK)
    _draw_left(pdf, 167, certificate.certificate_id, 10, _MUTED)
    _draw_left(pdf, 174, "Anyone can verify this certificate at", 10, _MUTED)
    _draw_left(pdf, 180, url, 10, _ACCENT, link=url)
    _draw_qr_code(pdf, _WIDTH - 28 - _QR_CODE_SIZE, 157, url)


@contextmanager
def _new_document(texts: list[str]) -> Iterator["FPDF"]:
    """Opens a document with one empty page and those of our fonts that the texts need."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Pillow could not be imported")  # Pillow is needed for images only
        from fpdf import FPDF
        from fpdf.fonts import TTFFont
    pdf = FPDF(orientation="landscape", format="A4")
    pdf.set_auto_page_break(False)
    pdf.add_page()
    pdf.add_font("latin", fname=_FONTS / _LATIN_FONT)
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


def _if_renderable(pdf: "FPDF", text: str) -> str | None:
    """The text; None if the fonts lack one of its characters."""
    renderable = {code for font in pdf.fonts.values() for code in getattr(font, "cmap", ())}
    return text if all(ord(character) in renderable for character in text) else None


def _draw_frame(pdf: "FPDF") -> None:
    pdf.set_draw_color(*_ACCENT)
    for inset, width in ((10, 1.2), (12.5, 0.3)):
        pdf.set_line_width(width)
        pdf.rect(inset, inset, _WIDTH - 2 * inset, _HEIGHT - 2 * inset)


def _draw_centered(pdf: "FPDF", y: float, text: str, size: float, color: tuple[int, int, int]) -> None:
    """Draws centered text: shrunk to fit on one line down to a size of 14 points, then on several lines."""
    pdf.set_text_color(*color)
    pdf.set_font("latin", size=size)
    while size > 14 and pdf.get_string_width(text) > _TEXT_WIDTH:
        size -= 1
        pdf.set_font_size(size)
    pdf.set_xy((_WIDTH - _TEXT_WIDTH) / 2, y)
    pdf.multi_cell(_TEXT_WIDTH, size * 0.5, text, align="C")


def _draw_left(pdf: "FPDF", y: float, text: str, size: float, color: tuple[int, int, int], link: str = "") -> None:
    pdf.set_text_color(*color)
    pdf.set_font("latin", size=size)
    pdf.set_xy(28, y)
    pdf.cell(text=text, link=link)


def _draw_qr_code(pdf: "FPDF", x: float, y: float, url: str) -> None:
    """Draws a QR code as rectangles."""
    import segno

    rows = [list(row) for row in segno.make_qr(url).matrix]
    step = _QR_CODE_SIZE / len(rows)
    pdf.set_fill_color(*_INK)
    for row_number, row in enumerate(rows):
        for start, length in _dark_runs(row):
            pdf.rect(x + start * step, y + row_number * step, length * step, step, style="F")


def _dark_runs(row: list[int]) -> Iterator[tuple[int, int]]:
    """The start and the length of each run of dark squares."""
    start = 0
    for is_dark, squares in groupby(row):
        length = len(list(squares))
        if is_dark:
            yield start, length
        start += length
