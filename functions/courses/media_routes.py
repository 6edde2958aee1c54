"""Routes of direct uploads."""

from functions.courses import media
from functions.courses.application import app
from functions.courses.errors import CourseNotFound, NotificationSignatureInvalid
from functions.courses.schemas import MediaSignatureIn, MediaSignatureOut
from shared.errors import Forbidden
from shared.http.answer import Answer
from shared.http.app import NO_STORE
from shared.http.request import Request
from shared.http.route import Access


@app.route(
    "POST",
    "/api/media/signature",
    Access.SIGNED_IN,
    body=MediaSignatureIn,
    answer=MediaSignatureOut,
    refusals=(Forbidden, CourseNotFound),
)
def sign_upload(request: Request[MediaSignatureIn, None]) -> Answer:
    """Signed fields with which a browser uploads one file straight to the media service."""
    signed = media.sign(request.body, request.caller)
    body = MediaSignatureOut(
        upload_url=signed.url, fields=signed.fields, public_id=signed.public_id, expires_at=signed.expires_at
    )
    return Answer(body, headers=NO_STORE)


@app.route("POST", media.NOTIFICATIONS_PATH, Access.ANYONE, status=204, refusals=(NotificationSignatureInvalid,))
def receive_notification(request: Request[None, None]) -> Answer:
    """The media service tells that an upload has arrived. It signs the bytes it sends."""
    media.receive(request.incoming.body, request.header("x-cld-timestamp"), request.header("x-cld-signature"))
    return Answer()
