"""Routes of certificates: a function of its own, because it carries fonts and a maker of PDFs."""

from typing import Final

from functions.enrollments import certificate_page, certificate_pdf, certificates
from functions.enrollments.certificate_schemas import (
    CertificateOut,
    CertificatesOut,
    CertifiedCourseOut,
    RevocationIn,
)
from functions.enrollments.certificates import Shown
from functions.enrollments.errors import CertificateBusy, CertificateNotFound, CertificateRevoked
from shared.http.answer import Answer
from shared.http.app import NO_STORE, App
from shared.http.paging import page_answer, start_of
from shared.http.request import Request
from shared.http.route import Access
from shared.schemas import PageQuery

app = App("enrollments-certificates", headers={**NO_STORE, "X-Robots-Tag": "noindex"})
lambda_handler: Final = app


@app.route("GET", "/api/certificates/my", Access.STUDENT, query=PageQuery, answer=CertificatesOut)
def list_my_certificates(request: Request[None, PageQuery]) -> Answer:
    """Own certificates, newest first."""
    found, next_key = certificates.list_mine(request.caller, request.query.limit, start_of(request))
    return page_answer(request, [_out(each) for each in found], next_key, CertificatesOut)


@app.route(
    "GET",
    "/api/certificates/{certificate_id}",
    Access.ANYONE,
    answer=CertificateOut,
    refusals=(CertificateNotFound,),
)
def verify_certificate(request: Request[None, None]) -> CertificateOut:
    """Whose certificate this is, of what, and whether it is valid: for anyone who was given its id."""
    return _out(certificates.show(request.path["certificate_id"]))


@app.route("GET", "/api/certificates/{certificate_id}/html", Access.ANYONE, refusals=(CertificateNotFound,))
def show_certificate(request: Request[None, None]) -> Answer:
    """The same as a page to read and to print."""
    page = certificate_page.page(certificates.show(request.path["certificate_id"]))
    headers = {"Content-Security-Policy": certificate_page.POLICY}
    return Answer(page, headers=headers, media_type="text/html; charset=utf-8")


@app.route(
    "GET",
    "/api/certificates/{certificate_id}/pdf",
    Access.ANYONE,
    refusals=(CertificateNotFound, CertificateRevoked),
)
def print_certificate(request: Request[None, None]) -> Answer:
    """A valid certificate as a PDF, with a code that leads to its page."""
    shown = certificates.valid(request.path["certificate_id"])
    name = f'inline; filename="{shown.certificate.certificate_id}.pdf"'
    return Answer(certificate_pdf.pdf(shown), headers={"Content-Disposition": name}, media_type="application/pdf")


@app.route(
    "PATCH",
    "/api/certificates/{certificate_id}/revocation",
    Access.ADMIN,
    body=RevocationIn,
    answer=CertificateOut,
    refusals=(CertificateNotFound, CertificateBusy),
)
def revoke_certificate(request: Request[RevocationIn, None]) -> CertificateOut:
    """Revoke a certificate, or give it back, with a reason. It is recorded who did so."""
    body = request.body
    return _out(
        certificates.revoke(request.path["certificate_id"], request.caller, revoked=body.revoked, reason=body.reason)
    )


def _out(shown: Shown) -> CertificateOut:
    certificate = shown.certificate
    return CertificateOut(
        id=certificate.certificate_id,
        status="revoked" if shown.revoked_at else "valid",
        learner_name=certificate.learner_name,
        course=CertifiedCourseOut(
            id=certificate.course_id,
            title=certificate.course_title,
            instructor_name=certificate.instructor_name,
        ),
        issuer_name=certificate.issuer_name,
        completed_at=certificate.completed_at,
        revoked_at=shown.revoked_at,
        page_url=shown.page_url,
        pdf_url=shown.pdf_url,
    )
