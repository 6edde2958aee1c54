"""Thumbnails, signed direct uploads, and the notifications of the media service about uploads."""

import json
import re
from typing import Any, Final

from functions.courses import service
from functions.courses.errors import CourseBusy, NotificationSignatureInvalid
from functions.courses.media.media_schemas import MediaSignatureIn
from shared import clock
from shared.config import settings
from shared.db.courses import course_pages, courses
from shared.db.courses.course_pages import CoursePage
from shared.db.courses.courses import CourseOutcome
from shared.db.entities import Course, MediaAsset
from shared.db.table import keys
from shared.db.table.retry import WriteConflict, retry_on_conflict
from shared.domain import images
from shared.domain.lifecycle import Role
from shared.errors import CourseNotFound, Forbidden
from shared.gateways import cloudinary
from shared.gateways.cloudinary import MediaPurpose, SignedUpload, StoredImage
from shared.tokens import Caller

NOTIFICATIONS_PATH: Final = "/api/media/notifications"
_COURSE_ASSET_ID: Final = re.compile(r"lectern/(crs_[0-9A-Z]{26})/(thumbnail|lesson_video)_[0-9a-f]{24}")


def set_thumbnail(course_id: str, image: bytes) -> CoursePage:
    """Stores the image, makes it the thumbnail, and only then deletes the previous one.

    Raises ImageTypeUnsupported, ImageTooManyPixels, MediaRejected, MediaUnavailable, CourseNotFound, CourseBusy,
    StoreUnavailable."""
    images.check_image(image)
    stored = cloudinary.upload_image(image, cloudinary.new_public_id(MediaPurpose.THUMBNAIL, course_id))
    try:
        _replace_thumbnail(course_id, stored)
    except (CourseNotFound, CourseBusy):
        cloudinary.destroy_image(stored.public_id)
        raise
    page = course_pages.read(course_id)
    if page is None:
        raise CourseNotFound
    return page


def sign_upload(upload: MediaSignatureIn, caller: Caller) -> SignedUpload:
    """Signs the fields of one direct upload under a new public id. Raises Forbidden (only instructors upload for a
    course), CourseNotFound, StoreUnavailable."""
    owner_id = caller.user_id
    if upload.course_id is not None:
        if caller.role is not Role.INSTRUCTOR:
            raise Forbidden
        owner_id = service.require_own_course(upload.course_id, caller).course_id
    public_id = cloudinary.new_public_id(upload.purpose, owner_id)
    return cloudinary.sign_upload(upload.purpose, public_id, settings().public_url + NOTIFICATIONS_PATH)


def receive_notification(body: bytes, timestamp: str | None, signature: str | None) -> None:
    """Records a finished upload. A notification that is malformed, repeated or not about an upload for a course is
    ignored: after an error response the media service would only send it again.

    Raises NotificationSignatureInvalid, CourseBusy, StoreUnavailable."""
    if not cloudinary.is_genuine_notification(body, timestamp, signature):
        raise NotificationSignatureInvalid
    try:
        notice = json.loads(body)
    except ValueError:
        return
    if not isinstance(notice, dict) or notice.get("notification_type") != "upload":
        return
    asset_id = _COURSE_ASSET_ID.fullmatch(str(notice.get("public_id")))
    if asset_id is None:
        return
    course_id, purpose = asset_id.groups()
    match (purpose, notice.get("resource_type"), notice.get("type")):
        case ("thumbnail", "image", "upload"):
            _record_thumbnail(course_id, notice)
        case ("lesson_video", "video", "authenticated"):
            _record_video(course_id, notice)


def _record_thumbnail(course_id: str, notice: dict[str, Any]) -> None:
    version, image_format = notice.get("version"), str(notice.get("format"))
    if type(version) is not int or image_format not in cloudinary.IMAGE_FORMATS.split(","):
        return
    public_id = str(notice["public_id"])
    url = cloudinary.image_url(public_id, version, image_format)
    try:
        _replace_thumbnail(course_id, StoredImage(public_id, url, version), only_newer=True)
    except CourseNotFound:
        cloudinary.destroy_image(public_id)


def _record_video(course_id: str, notice: dict[str, Any]) -> None:
    public_id = str(notice["public_id"])
    courses.record_asset(
        MediaAsset.build(
            keys.media_asset(course_id, public_id),
            course_id=course_id,
            public_id=public_id,
            format=str(notice.get("format", "")),
            byte_count=_non_negative_int(notice.get("bytes")),
            duration_seconds=_non_negative_int(notice.get("duration")),
            received_at=clock.now(),
        )
    )


def _replace_thumbnail(course_id: str, image: StoredImage, *, only_newer: bool = False) -> None:
    """Makes `image` the thumbnail and deletes the previous one. With `only_newer`, nothing happens if `image` is the
    current thumbnail or older than it. Raises CourseNotFound, CourseBusy, StoreUnavailable."""

    def attempt() -> None:
        course = courses.get(course_id)
        if course is None:
            raise CourseNotFound
        if only_newer and _is_current_or_older(image, course):
            return
        outcome = courses.set_thumbnail(
            course, public_id=image.public_id, url=image.url, version=image.version, now=clock.now()
        )
        if outcome is not CourseOutcome.WRITTEN:
            raise WriteConflict
        if course.thumbnail_public_id and course.thumbnail_public_id != image.public_id:
            cloudinary.destroy_image(course.thumbnail_public_id)

    retry_on_conflict(attempt, CourseBusy)


def _is_current_or_older(image: StoredImage, course: Course) -> bool:
    if image.public_id == course.thumbnail_public_id:
        return True
    return course.thumbnail_version is not None and image.version < course.thumbnail_version


def _non_negative_int(number: object) -> int:
    return int(number) if isinstance(number, int | float) and 0 <= number < 1e12 else 0
