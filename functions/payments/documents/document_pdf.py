"""A document as a PDF with embedded fonts: A4, one page, or two if names and addresses are long. The same document
yields the same bytes."""

from typing import TYPE_CHECKING, Final

from functions.payments.documents.document_text import DocumentText, Pair
from shared.pdf.document import LATIN, open_document, with_replacements

if TYPE_CHECKING:
    from fpdf import FPDF

_INK: Final = (22, 25, 29)
_MUTED: Final = (80, 88, 98)
_LINE: Final = (213, 217, 222)
_LEFT: Final = 16
_WIDTH: Final = 178
_HALF: Final = 84
_SECOND: Final = _LEFT + _WIDTH - _HALF
"""Lengths are in millimetres. The page is A4, portrait; a second column begins at `_SECOND`."""
_LAST_TABLE_TOP: Final = 155
"""A table that would begin lower begins on a page of its own: with the longest title it is 120 high."""
_COLUMN_WIDTH: Final = 27
_COLUMN_WIDTHS: Final = {"SAC": 18, "Amount": 30}
_MIN_SIZE: Final = 7


def render_pdf(document: DocumentText) -> bytes:
    """The PDF. A character that no font has is printed as "?"."""
    with open_document(document.texts(), "portrait") as pdf:
        pdf.set_title(f"{document.title} {document.number}")
        pdf.set_author(document.seller_name)
        pdf.set_lang("en")
        pdf.set_creation_date(document.date)
        below = max(_draw_heading(pdf, document), _draw_seller(pdf, document)) + 4
        pdf.set_draw_color(*_INK)
        pdf.set_line_width(0.5)
        pdf.line(_LEFT, below, _LEFT + _WIDTH, below)
        below = max(
            _draw_section(pdf, _LEFT, below + 6, "For", document.buyer),
            _draw_section(pdf, _SECOND, below + 6, "Payment", document.references),
        )
        if below > _LAST_TABLE_TOP:
            below = _draw_second_page(pdf, document)
        below = _draw_lines(pdf, below + 8, document)
        _draw_text(pdf, (_LEFT, below + 8), _WIDTH, " ".join(document.remarks), 9, _MUTED)
        return bytes(pdf.output())


def _draw_heading(pdf: "FPDF", document: DocumentText) -> float:
    below = _draw_text(pdf, (_LEFT, 18), _HALF, document.title, 20, _INK)
    return _draw_pairs(pdf, _LEFT, below + 2, document.facts)


def _draw_second_page(pdf: "FPDF", document: DocumentText) -> float:
    pdf.add_page()
    return _draw_text(pdf, (_LEFT, 18), _WIDTH, f"{document.title} {document.number}, page 2 of 2", 10, _MUTED)


def _draw_seller(pdf: "FPDF", document: DocumentText) -> float:
    below = _draw_text(pdf, (_SECOND, 18), _HALF, document.seller_name, 14, _INK, "R")
    for line in document.seller:
        below = _draw_text(pdf, (_SECOND, below), _HALF, line, 10, _INK, "R")
    return below


def _draw_section(pdf: "FPDF", x: float, y: float, title: str, pairs: list[Pair]) -> float:
    below = _draw_text(pdf, (x, y), _HALF, title, 9, _MUTED)
    return _draw_pairs(pdf, x, below + 1, pairs)


def _draw_pairs(pdf: "FPDF", x: float, y: float, pairs: list[Pair]) -> float:
    pdf.set_font(LATIN, size=10)
    indent = max(pdf.get_string_width(name) for name, _ in pairs) + 4
    for name, value in pairs:
        _draw_text(pdf, (x, y), indent, name, 10, _MUTED)
        y = _draw_text(pdf, (x + indent, y), _HALF - indent, value, 10, _INK)
    return y


def _draw_lines(pdf: "FPDF", y: float, document: DocumentText) -> float:
    """The table: the first column is the wide one, the others are aligned to the right."""
    widths = [_COLUMN_WIDTHS.get(name, _COLUMN_WIDTH) for name in document.head[1:]]
    first = _WIDTH - sum(widths)
    lefts = [_LEFT + first + sum(widths[:number]) for number in range(len(widths))]
    for cells, size, color in ((document.head, 9, _MUTED), (document.row, 10, _INK)):
        below = _draw_text(pdf, (_LEFT, y), first - 4, cells[0], size, color)
        for left, width, cell in zip(lefts, widths, cells[1:], strict=True):
            fitting = _fitting(pdf, cell, width, size)
            below = max(below, _draw_text(pdf, (left, y), width, cell, fitting, color, "R"))
        y = _draw_rule(pdf, below, _LINE)
    for name, amount in document.reductions:
        below = _draw_text(pdf, (_LEFT, y), _HALF, name, 10, _MUTED)
        y = max(below, _draw_text(pdf, (_SECOND, y), _HALF, amount, 10, _INK, "R"))
    _draw_text(pdf, (_LEFT, y), _HALF, document.total, 12, _INK)
    below = _draw_text(pdf, (_SECOND, y), _HALF, document.row[-1], 12, _INK, "R")
    return _draw_rule(pdf, below, _INK)


def _fitting(pdf: "FPDF", text: str, width: float, size: float) -> float:
    """The size at which the text fits on one line: an amount is never broken."""
    pdf.set_font(LATIN, size=size)
    while size > _MIN_SIZE and pdf.get_string_width(text) > width - 2 * pdf.c_margin:
        size -= 0.5
        pdf.set_font_size(size)
    return size


def _draw_rule(pdf: "FPDF", y: float, color: tuple[int, int, int]) -> float:
    """Draws a line below `y`. Returns where the next row begins."""
    pdf.set_draw_color(*color)
    pdf.set_line_width(0.2)
    pdf.line(_LEFT, y + 1.5, _LEFT + _WIDTH, y + 1.5)
    return y + 3


def _draw_text(
    pdf: "FPDF",
    where: tuple[float, float],
    width: float,
    text: str,
    size: float,
    color: tuple[int, int, int],
    align: str = "L",
) -> float:
    """Draws text on as many lines as it needs, from `where` (x, y). Returns the y below it."""
    pdf.set_text_color(*color)
    pdf.set_font(LATIN, size=size)
    pdf.set_xy(*where)
    text = with_replacements(pdf, text.replace("\N{MINUS SIGN}", "-"))  # the fonts have no minus sign
    pdf.multi_cell(width, size * 0.5, text, align=align, new_x="LEFT", new_y="NEXT")
    return float(pdf.get_y())
