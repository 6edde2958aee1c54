"""A certificate as an HTML page to read and print. The page loads no other resources, and all values are escaped."""

from functools import cache
from html import escape
from pathlib import Path
from string import Template
from typing import Final

from functions.enrollments.certificates.certificate_service import CertificateWithStatus
from shared import seller_day

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; sandbox allow-downloads"
)
"""The header of the page. It allows only the inline style, and downloads."""

_VALID_TEXT: Final = "This certificate is valid."
_REVOKED_TEXT: Final = "This certificate is no longer valid."


def render_page(shown: CertificateWithStatus) -> str:
    """The page as HTML. A revoked certificate is marked as such at the top, and has no link to a PDF."""
    certificate, revoked = shown.certificate, shown.revoked_at
    pdf = f'<p><a href="{escape(shown.pdf_url)}">As a PDF</a></p>'
    return _template().substitute(
        state="revoked" if revoked else "valid",
        verdict=_REVOKED_TEXT if revoked else _VALID_TEXT,
        issuer=escape(certificate.issuer_name),
        learner=escape(certificate.learner_name),
        course=escape(certificate.course_title),
        instructor=escape(certificate.instructor_name),
        day=seller_day.in_words(seller_day.day(certificate.completed_at)),
        id=escape(certificate.certificate_id),
        url=escape(shown.page_url),
        code=_qr_code_svg(shown.page_url),
        pdf="" if revoked else pdf,
    )


@cache
def _template() -> Template:
    return Template((Path(__file__).parent / "certificate.html").read_text(encoding="utf-8"))


def _qr_code_svg(url: str) -> str:
    """A QR code as SVG."""
    import segno

    return segno.make_qr(url).svg_inline(scale=1, border=0, omitsize=True, title="The address of this page")
