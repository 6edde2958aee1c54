"""Routes of certificates: a separate function, because its package contains fonts and a PDF library."""

from typing import Final

from functions.enrollments.certificates import certificate_page, certificate_pdf, certificate_service
from functions.enrollments.certificates.certificate_schemas import (
    CertificateCourseOut,
    CertificateOut,
    CertificatePage,
    CertificateRevocationIn,
)
from functions.enrollments.certificates.certificate_service import CertificateWithStatus
from functions.enrollments.errors import CertificateBusy, CertificateNotFound, CertificateRevoked
from shared.http.app import NO_STORE, App
from shared.http.pagination import page_response, start_key
from shared.http.request import Request
from shared.http.response import Response
from shared.http.route import Access
from shared.schemas import PageQuery

app = App("enrollments-certificates", headers={**NO_STORE, "X-Robots-Tag": "noindex"})
lambda_handler: Final = app


@app.route("GET", "/api/certificates/my", Access.STUDENT, query=PageQuery, response=CertificatePage)
def list_my_certificates(request: Request[None, PageQuery]) -> Response:
    """Your certificates, newest first."""
    certificates, next_key = certificate_service.list_mine(request.caller, request.query.limit, start_key(request))
    return page_response(
        request, [_certificate_out(certificate) for certificate in certificates], next_key, CertificatePage
    )


@app.route(
    "GET",
    "/api/certificates/{certificate_id}",
    Access.ANYONE,
    response=CertificateOut,
    errors=(CertificateNotFound,),
)
def get_certificate(request: Request[None, None]) -> CertificateOut:
    """A certificate, for anyone with its id: learner, course, and whether it is valid."""
    return _certificate_out(certificate_service.get_certificate(request.path["certificate_id"]))


@app.route("GET", "/api/certificates/{certificate_id}/html", Access.ANYONE, errors=(CertificateNotFound,))
def get_certificate_page(request: Request[None, None]) -> Response:
    """A certificate as a page to read and print."""
    page = certificate_page.render_page(certificate_service.get_certificate(request.path["certificate_id"]))
    headers = {"Content-Security-Policy": certificate_page.CONTENT_SECURITY_POLICY}
    return Response(page, headers=headers, media_type="text/html; charset=utf-8")


@app.route(
    "GET",
    "/api/certificates/{certificate_id}/pdf",
    Access.ANYONE,
    errors=(CertificateNotFound, CertificateRevoked),
)
def get_certificate_pdf(request: Request[None, None]) -> Response:
    """A valid certificate as a PDF, with a QR code of the address of its page."""
    shown = certificate_service.get_valid_certificate(request.path["certificate_id"])
    name = f'inline; filename="{shown.certificate.certificate_id}.pdf"'
    return Response(
        certificate_pdf.render_pdf(shown), headers={"Content-Disposition": name}, media_type="application/pdf"
    )


@app.route(
    "PATCH",
    "/api/certificates/{certificate_id}/revocation",
    Access.ADMIN,
    body=CertificateRevocationIn,
    response=CertificateOut,
    errors=(CertificateNotFound, CertificateBusy),
)
def update_certificate_revocation(request: Request[CertificateRevocationIn, None]) -> CertificateOut:
    """Revoke a certificate or reinstate it, with a reason. The change is audited."""
    body = request.body
    return _certificate_out(
        certificate_service.set_revocation(
            request.path["certificate_id"], request.caller, revoked=body.revoked, reason=body.reason
        )
    )


def _certificate_out(shown: CertificateWithStatus) -> CertificateOut:
    certificate = shown.certificate
    return CertificateOut(
        id=certificate.certificate_id,
        status="revoked" if shown.revoked_at else "valid",
        learner_name=certificate.learner_name,
        course=CertificateCourseOut(
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
