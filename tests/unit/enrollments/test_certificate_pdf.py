"""A PDF in the letters of the learner's own name."""

import io
from datetime import UTC, datetime
from typing import Any

import pytest
from pypdf import PdfReader

from functions.enrollments import certificate_pdf
from functions.enrollments.certificates import CertificateWithStatus
from shared.db import keys
from shared.db.entities import Certificate

CERTIFICATE = "cert_01ARZ3NDEKTSV4RRFFQ69G5FAV"
ELSEWHERE = "named at the address below"


def of(name: str = "Ravi", title: str = "Ragas", instructor: str = "Asha Rao") -> CertificateWithStatus:
    facts: dict[str, Any] = {
        "certificate_id": CERTIFICATE,
        "user_id": "usr_1",
        "course_id": "crs_1",
        "learner_name": name,
        "course_title": title,
        "instructor_name": instructor,
        "issuer_name": "Lectern",
        "completed_at": datetime(2026, 11, 22, 18, 30, tzinfo=UTC),
        "version": 1,
    }
    return CertificateWithStatus(Certificate.build(keys.certificate(CERTIFICATE), **facts), None)


def read(data: bytes) -> tuple[str, set[str]]:
    """The text of its one page, and the fonts that are in it."""
    [page] = PdfReader(io.BytesIO(data)).pages
    resources: Any = page["/Resources"]
    fonts = (font.get_object()["/BaseFont"] for font in resources["/Font"].values())
    return page.extract_text(), {name.partition("+")[2] or name.strip("/") for name in fonts}


def test_it_tells_the_day_in_india_and_where_to_verify_it() -> None:
    text, fonts = read(certificate_pdf.render_pdf(of()))
    for told in ("Ravi", "Ragas", "taught by Asha Rao", "23 November 2026", CERTIFICATE):
        assert told in text
    assert f"http://127.0.0.1:8000/api/certificates/{CERTIFICATE}/html" in text
    assert fonts == {"NotoSans"}


def test_the_same_certificate_is_the_same_bytes() -> None:
    assert certificate_pdf.render_pdf(of()) == certificate_pdf.render_pdf(of())


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
def test_a_name_is_written_in_its_own_script(name: str, font: str) -> None:
    text, fonts = read(certificate_pdf.render_pdf(of(name)))
    assert fonts == {"NotoSans", font}
    assert ELSEWHERE not in text


def test_letters_are_joined_as_the_script_joins_them() -> None:
    """Three signs of Devanagari are one conjunct."""
    with certificate_pdf._new_document(["क्ष"]) as sheet:
        certificate_pdf._draw_centered(sheet, 20, "क्ष", 20, (0, 0, 0))
        devanagari: Any = sheet.fonts["notosansdevanagari-regular.ttf"]
        assert tuple(map(ord, "क्ष")) in {glyph.unicode for glyph, _ in devanagari.subset.items()}


@pytest.mark.parametrize("name", ["王小明", "🎓 Ravi", "محمد", "Ravi\u0378"])
def test_what_cannot_be_written_is_not_left_out(name: str) -> None:
    text, _ = read(certificate_pdf.render_pdf(of(name, title=name, instructor=name)))
    assert f"the learner {ELSEWHERE}" in text
    assert f"the course {ELSEWHERE}" in text
    assert "taught by" not in text


@pytest.mark.parametrize("title", ["W" * 120, "क्षि " * 24, "a long word " * 10, "x"])
def test_a_title_of_any_length_stays_on_the_page(title: str) -> None:
    reader = PdfReader(io.BytesIO(certificate_pdf.render_pdf(of(title=title))))
    assert len(reader.pages) == 1
    assert "23 November 2026" in reader.pages[0].extract_text()
