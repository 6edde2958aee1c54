"""Certificates on the wire."""

from typing import Literal

from shared.schemas import In, Out, PageOut, ShortText, UtcTime


class CertificateCourseOut(Out):
    id: str
    title: str
    instructor_name: str


class CertificateOut(Out):
    """Names and title as they were when the course was completed. `revoked_at` is null while it is valid."""

    id: str
    status: Literal["valid", "revoked"]
    learner_name: str
    course: CertificateCourseOut
    issuer_name: str
    completed_at: UtcTime
    revoked_at: UtcTime | None
    page_url: str
    pdf_url: str


class CertificatePage(PageOut[CertificateOut]):
    pass


class CertificateRevocationIn(In):
    """`revoked` false gives it back. The reason is audited, not shown."""

    revoked: bool
    reason: ShortText
