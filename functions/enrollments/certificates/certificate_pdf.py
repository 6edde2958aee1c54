"""A certificate as a PDF of one page with embedded fonts. The same certificate yields the same bytes."""

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Final

from functions.enrollments.certificates.certificate_service import CertificateWithStatus
from shared import seller_day
from shared.db.entities import Certificate
from shared.pdf.document import LATIN, is_renderable, open_document

if TYPE_CHECKING:
    from fpdf import FPDF

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
    names = [certificate.learner_name, certificate.course_title, certificate.instructor_name]
    with open_document(names, "landscape") as pdf:
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
    _draw_centered(pdf, 74, _name(pdf, certificate.learner_name, f"the learner {elsewhere}"), 32, _ACCENT)
    _draw_centered(pdf, 98, "has completed every lesson of", 12, _MUTED)
    _draw_centered(pdf, 107, _name(pdf, certificate.course_title, f"the course {elsewhere}"), 22, _INK)
    if certificate.instructor_name and is_renderable(pdf, certificate.instructor_name):
        _draw_centered(pdf, 124, f"taught by {certificate.instructor_name}", 12, _MUTED)


def _name(pdf: "FPDF", name: str, otherwise: str) -> str:
    """The name, or `otherwise` if it is empty or the fonts lack one of its characters."""
    return name if name and is_renderable(pdf, name) else otherwise


def _draw_verification(pdf: "FPDF", certificate: Certificate, url: str) -> None:
    _draw_left(pdf, 158, seller_day.in_words(seller_day.day(certificate.completed_at)), 12, _INK)
    _draw_left(pdf, 167, certificate.certificate_id, 10, _MUTED)
    _draw_left(pdf, 174, "Anyone can verify this certificate at", 10, _MUTED)
    _draw_left(pdf, 180, url, 10, _ACCENT, link=url)
    _draw_qr_code(pdf, _WIDTH - 28 - _QR_CODE_SIZE, 157, url)


def _draw_frame(pdf: "FPDF") -> None:
    pdf.set_draw_color(*_ACCENT)
    for inset, width in ((10, 1.2), (12.5, 0.3)):
        pdf.set_line_width(width)
        pdf.rect(inset, inset, _WIDTH - 2 * inset, _HEIGHT - 2 * inset)


def _draw_centered(pdf: "FPDF", y: float, text: str, size: float, color: tuple[int, int, int]) -> None:
    """Draws centered text: shrunk to fit on one line down to a size of 14 points, then on several lines."""
    pdf.set_text_color(*color)
    pdf.set_font(LATIN, size=size)
    while size > 14 and pdf.get_string_width(text) > _TEXT_WIDTH:
        size -= 1
        pdf.set_font_size(size)
    pdf.set_xy((_WIDTH - _TEXT_WIDTH) / 2, y)
    pdf.multi_cell(_TEXT_WIDTH, size * 0.5, text, align="C")


def _draw_left(pdf: "FPDF", y: float, text: str, size: float, color: tuple[int, int, int], link: str = "") -> None:
    pdf.set_text_color(*color)
    pdf.set_font(LATIN, size=size)
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
