"""Requests and responses for certificates."""

from typing import Literal

from shared.schemas import In, Out, PageOut, ShortText, UtcTime


class CertificateCourseOut(Out):
    id: str
    title: str
    instructor_name: str


class CertificateOut(Out):
    """Names and title are those at the time of completion. `revoked_at` is null while the certificate is valid."""

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
    """`revoked`: false reinstates the certificate. The reason is audited and not public."""

    revoked: bool
    reason: ShortText
