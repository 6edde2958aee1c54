"""A certificate as a PDF: one page, its letters in it, the same bytes whenever it is asked for."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Final

from functions.enrollments.certificates.certificate_service import CertificateWithStatus
from shared.db.entities import Certificate
from shared.domain import gst

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
"""The first letter of each script's 128 to its font. Reading one takes a tenth of a second: only what is needed is."""

_INK: Final = (27, 35, 39)
_MUTED: Final = (90, 100, 107)
_ACCENT: Final = (13, 107, 91)
_WIDTH: Final = 297
_HEIGHT: Final = 210
_TEXT_WIDTH: Final = 235
_QR_CODE_SIZE: Final = 27
"""Millimetres: an A4 page on its side."""


def render_pdf(shown: CertificateWithStatus) -> bytes:
    """What no font of ours can write is not left out: the line says where it is shown instead."""
    certificate = shown.certificate
    with _new_document([certificate.learner_name, certificate.course_title, certificate.instructor_name]) as sheet:
        sheet.set_title(f"Certificate {certificate.certificate_id}")
        sheet.set_author(certificate.issuer_name)
        sheet.set_lang("en")
        sheet.set_creation_date(certificate.completed_at)
        _draw_frame(sheet)
        _draw_statement(sheet, certificate)
        _draw_verification(sheet, certificate, shown.page_url)
        return bytes(sheet.output())


def _draw_statement(sheet: "FPDF", certificate: Certificate) -> None:
    elsewhere = "named at the address below"
    _draw_centered(sheet, 27, certificate.issuer_name, 15, _ACCENT)
    _draw_centered(sheet, 40, "Certificate of completion", 30, _INK)
    _draw_centered(sheet, 64, "This is to certify that", 12, _MUTED)
    _draw_centered(
        sheet, 74, _if_renderable(sheet, certificate.learner_name) or f"the learner {elsewhere}", 32, _ACCENT
    )
    _draw_centered(sheet, 98, "has completed every lesson of", 12, _MUTED)
    _draw_centered(sheet, 107, _if_renderable(sheet, certificate.course_title) or f"the course {elsewhere}", 22, _INK)
    teacher = _if_renderable(sheet, certificate.instructor_name)
    if teacher:
        _draw_centered(sheet, 124, f"taught by {teacher}", 12, _MUTED)


def _draw_verification(sheet: "FPDF", certificate: Certificate, url: str) -> None:
    local = certificate.completed_at.astimezone(gst.IST)
    _draw_left(sheet, 158, f"{local.day} {local:%B %Y}", 12, _INK)
    _draw_left(sheet, 167, certificate.certificate_id, 10, _MUTED)
    _draw_left(sheet, 174, "Anyone can verify this certificate at", 10, _MUTED)
    _draw_left(sheet, 180, url, 10, _ACCENT, link=url)
    _draw_qr_code(sheet, _WIDTH - 28 - _QR_CODE_SIZE, 157, url)


@contextmanager
def _new_document(texts: list[str]) -> Iterator["FPDF"]:
    """An empty page on which these can be written, if anything of ours can write them."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Pillow could not be imported")  # it draws pictures, we have none
        from fpdf import FPDF
        from fpdf.fonts import TTFFont
    sheet = FPDF(orientation="landscape", format="A4")
    sheet.set_auto_page_break(False)
    sheet.add_page()
    sheet.add_font("latin", fname=_FONTS / _LATIN_FONT)
    needed = dict.fromkeys(font for text in texts for sign in text if (font := _SCRIPT_FONTS.get(ord(sign) & ~0x7F)))
    for font in needed:
        sheet.add_font(font, fname=_FONTS / font)
    sheet.set_fallback_fonts(list(needed))
    sheet.set_text_shaping(True)
    try:
        yield sheet
    finally:
        for each in sheet.fonts.values():
            if isinstance(each, TTFFont):
                each.close()


def _if_renderable(sheet: "FPDF", text: str) -> str | None:
    """The text, if there is a letter for all of it."""
    known = {code for font in sheet.fonts.values() for code in getattr(font, "cmap", ())}
    return text if all(ord(sign) in known for sign in text) else None


def _draw_frame(sheet: "FPDF") -> None:
    sheet.set_draw_color(*_ACCENT)
    for inset, width in ((10, 1.2), (12.5, 0.3)):
        sheet.set_line_width(width)
        sheet.rect(inset, inset, _WIDTH - 2 * inset, _HEIGHT - 2 * inset)


def _draw_centered(sheet: "FPDF", y: float, text: str, size: float, colour: tuple[int, int, int]) -> None:
    """In the middle; as small as it must be for one line, then on as many lines as it takes."""
    sheet.set_text_color(*colour)
    sheet.set_font("latin", size=size)
    while size > 14 and sheet.get_string_width(text) > _TEXT_WIDTH:
        size -= 1
        sheet.set_font_size(size)
    sheet.set_xy((_WIDTH - _TEXT_WIDTH) / 2, y)
    sheet.multi_cell(_TEXT_WIDTH, size * 0.5, text, align="C")


def _draw_left(sheet: "FPDF", y: float, text: str, size: float, colour: tuple[int, int, int], link: str = "") -> None:
    sheet.set_text_color(*colour)
    sheet.set_font("latin", size=size)
    sheet.set_xy(28, y)
    sheet.cell(text=text, link=link)


def _draw_qr_code(sheet: "FPDF", x: float, y: float, url: str) -> None:
    """A QR code of rectangles."""
    import segno

    rows = [list(row) for row in segno.make_qr(url).matrix]
    step = _QR_CODE_SIZE / len(rows)
    sheet.set_fill_color(*_INK)
    for number, row in enumerate(rows):
        for start, length in _dark_runs(row):
            sheet.rect(x + start * step, y + number * step, length * step, step, style="F")


def _dark_runs(row: list[int]) -> Iterator[tuple[int, int]]:
    """Where dark squares begin, and how many follow each other."""
    at = 0
    for dark, same in groupby(row):
        length = len(list(same))
        if dark:
            yield at, length
        at += length
