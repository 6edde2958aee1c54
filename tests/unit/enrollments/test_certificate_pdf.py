"""The PDF of a certificate: fonts for the scripts of India, and the fallback text for other scripts."""

import io
from datetime import UTC, datetime
from typing import Any

import pytest
from pypdf import PdfReader

from functions.enrollments.certificates import certificate_pdf
from functions.enrollments.certificates.certificate_service import CertificateWithStatus
from shared.db.entities import Certificate
from shared.db.table import keys
from shared.pdf.document import open_document

CERTIFICATE_ID = "cert_01ARZ3NDEKTSV4RRFFQ69G5FAV"
NAMED_ELSEWHERE = "named at the address below"


def shown_certificate(name: str = "Ravi", title: str = "Ragas", instructor: str = "Asha Rao") -> CertificateWithStatus:
    attributes: dict[str, Any] = {
        "certificate_id": CERTIFICATE_ID,
        "user_id": "usr_1",
        "course_id": "crs_1",
        "learner_name": name,
        "course_title": title,
        "instructor_name": instructor,
        "issuer_name": "Lectern",
        "completed_at": datetime(2026, 11, 22, 18, 30, tzinfo=UTC),
        "version": 1,
    }
    return CertificateWithStatus(Certificate.build(keys.certificate(CERTIFICATE_ID), **attributes), None)


def page_text_and_fonts(data: bytes) -> tuple[str, set[str]]:
    """The text of the only page, and its embedded fonts."""
    [page] = PdfReader(io.BytesIO(data)).pages
    resources: Any = page["/Resources"]
    fonts = (font.get_object()["/BaseFont"] for font in resources["/Font"].values())
    return page.extract_text(), {name.partition("+")[2] or name.strip("/") for name in fonts}


def test_certificate_pdf_shows_indian_date_and_verification_url() -> None:
    text, fonts = page_text_and_fonts(certificate_pdf.render_pdf(shown_certificate()))
    for expected in ("Ravi", "Ragas", "taught by Asha Rao", "23 November 2026", CERTIFICATE_ID):
        assert expected in text
    assert f"http://127.0.0.1:8000/api/certificates/{CERTIFICATE_ID}/html" in text
    assert fonts == {"NotoSans"}


def test_certificate_pdf_same_certificate_yields_identical_bytes() -> None:
    assert certificate_pdf.render_pdf(shown_certificate()) == certificate_pdf.render_pdf(shown_certificate())


@pytest.mark.parametrize(
    ("name", "font"),
    [
        ("क्षितिज विद्यार्थी", "NotoSansDevanagari"),
        ("கிருஷ்ணமூர்த்தி", "NotoSansTamil"),
        ("শ্রীজাত", "NotoSansBengali"),
        ("ਗੁਰਪ੍ਰੀਤ", "NotoSansGurmukhi"),
        ("કૃષ્ણ", "NotoSansGujarati"),
        ("ଶ୍ରୀକାନ୍ତ", "NotoSansOriya"),
        ("శ్రీనివాస్", "NotoSansTelugu"),
        ("ಶ್ರೀನಿವಾಸ", "NotoSansKannada"),
        ("ശ്രീജിത്ത്", "NotoSansMalayalam"),
    ],
)
def test_certificate_pdf_indian_script_uses_matching_noto_font(name: str, font: str) -> None:
    text, fonts = page_text_and_fonts(certificate_pdf.render_pdf(shown_certificate(name)))
    assert fonts == {"NotoSans", font}
    assert NAMED_ELSEWHERE not in text


def test_certificate_pdf_devanagari_conjunct_is_shaped_as_one_glyph() -> None:
    """The three Devanagari characters form one conjunct."""
    with open_document(["क्ष"], "landscape") as pdf:
        certificate_pdf._draw_centered(pdf, 20, "क्ष", 20, (0, 0, 0))
        devanagari: Any = pdf.fonts["notosansdevanagari-regular.ttf"]
        assert tuple(map(ord, "क्ष")) in {glyph.unicode for glyph, _ in devanagari.subset.items()}


@pytest.mark.parametrize("name", ["王小明", "🎓 Ravi", "محمد", "Ravi\u0378"])
def test_certificate_pdf_unsupported_script_refers_to_verification_page(name: str) -> None:
    text, _ = page_text_and_fonts(certificate_pdf.render_pdf(shown_certificate(name, title=name, instructor=name)))
    assert f"the learner {NAMED_ELSEWHERE}" in text
    assert f"the course {NAMED_ELSEWHERE}" in text
    assert "taught by" not in text


@pytest.mark.parametrize("title", ["W" * 120, "क्षि " * 24, "a long word " * 10, "x"])
def test_certificate_pdf_title_of_any_length_fits_one_page(title: str) -> None:
    reader = PdfReader(io.BytesIO(certificate_pdf.render_pdf(shown_certificate(title=title))))
    assert len(reader.pages) == 1
    assert "23 November 2026" in reader.pages[0].extract_text()
