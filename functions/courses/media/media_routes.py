"""Routes of direct uploads to the media service."""

from functions.courses.app import app
from functions.courses.errors import NotificationSignatureInvalid
from functions.courses.media import uploads
from functions.courses.media.media_schemas import MediaSignatureIn, MediaSignatureOut
from shared.errors import CourseNotFound, Forbidden
from shared.http.app import NO_STORE
from shared.http.request import Request
from shared.http.response import Response
from shared.http.route import Access


@app.route(
    "POST",
    "/api/media/signature",
    Access.SIGNED_IN,
    body=MediaSignatureIn,
    response=MediaSignatureOut,
    errors=(Forbidden, CourseNotFound),
)
def create_media_signature(request: Request[MediaSignatureIn, None]) -> Response:
    """Sign the fields with which a browser uploads one file directly to the media service."""
    signed = uploads.sign_upload(request.body, request.caller)
    body = MediaSignatureOut(
        upload_url=signed.url, fields=signed.fields, public_id=signed.public_id, expires_at=signed.expires_at
    )
    return Response(body, headers=NO_STORE)


@app.route("POST", uploads.NOTIFICATIONS_PATH, Access.ANYONE, status=204, errors=(NotificationSignatureInvalid,))
def receive_media_notification(request: Request[None, None]) -> Response:
    """Receive the signed notification of the media service about a finished upload."""
    uploads.receive_notification(
        request.incoming.body, request.header("x-cld-timestamp"), request.header("x-cld-signature")
    )
    return Response()
