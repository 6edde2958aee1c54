"""Cloudinary: uploads, signatures and links. The only module that imports the cloudinary package.

Public images have the type `upload`. Lesson videos are `authenticated` and open only with a signed link that expires.
Signatures are computed here with hashlib, because importing the package takes 0.12 s. Only an upload or a deletion by
the server imports it. Guarantees and limits: docs/decisions/0006-protected-media.md.
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from urllib.parse import quote, urlencode

from shared import clock
from shared.config import settings
from shared.errors import Invalid, Unavailable
from shared.observability import logger
from shared.secrets import Secret, secret_values_for_key_id

FOLDER: Final = "lectern"
IMAGE_FORMATS: Final = "jpg,png,webp"
VIDEO_FORMATS: Final = "mp4,mov,webm"
_SIGNATURE_LIFETIME: Final = timedelta(hours=1)
_IMAGE_UPLOAD_LIFETIME: Final = timedelta(minutes=10)
_VIDEO_LINK_LIFETIME: Final = timedelta(minutes=10)
_NOTIFICATION_WINDOW_SECONDS: Final = 300
_CONNECT_SECONDS: Final = 2
_READ_SECONDS: Final = 15
_DIGESTS: Final = {40: hashlib.sha1, 64: hashlib.sha256}


class MediaUnavailable(Unavailable):
    code = "media_unavailable"
    title = "The media service does not respond: try again"


class MediaRejected(Invalid):
    code = "media_refused"
    title = "The media service cannot read this file"


class MediaPurpose(StrEnum):
    """The purpose of an upload, which determines its folder, type and allowed formats."""

    THUMBNAIL = "thumbnail"
    LESSON_VIDEO = "lesson_video"
    AVATAR = "avatar"


@dataclass(frozen=True, slots=True)
class StoredImage:
    """A public image. `version` is the time of storage in unix seconds."""

    public_id: str
    url: str
    version: int


@dataclass(frozen=True, slots=True)
class SignedUpload:
    """The form fields that a browser posts to `url` before `expires_at`, together with the file in `file`."""

    url: str
    fields: dict[str, str]
    public_id: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class SignedLink:
    """A URL that works until `expires_at`."""

    url: str
    expires_at: datetime


def new_public_id(purpose: MediaPurpose, owner_id: str) -> str:
    """An unguessable public id in the folder of the course (thumbnails, videos) or of the user (avatars)."""
    return f"{folder(owner_id)}{purpose}_{secrets.token_hex(12)}"


def folder(owner_id: str) -> str:
    """The folder of all media of a course or a user, with a trailing slash."""
    return f"{FOLDER}/{owner_id}/"


def upload_image(data: bytes, public_id: str) -> StoredImage:
    """Stores a checked image under `public_id`. Raises MediaRejected, MediaUnavailable."""
    import cloudinary.exceptions
    import cloudinary.uploader

    try:
        response = cloudinary.uploader.upload(
            data, public_id=public_id, allowed_formats=IMAGE_FORMATS.split(","), overwrite="false", **_account_options()
        )
        version = int(response["version"])
        return StoredImage(public_id, image_url(public_id, version, str(response["format"])), version)
    except cloudinary.exceptions.BadRequest as error:
        raise MediaRejected from error
    except (cloudinary.exceptions.Error, KeyError, TypeError, ValueError) as error:
        raise MediaUnavailable from error


def destroy_image(public_id: str) -> None:
    """Deletes an image that is no longer referenced. A failure is logged and not raised: the image only stays as an
    orphan."""
    import cloudinary.exceptions
    import cloudinary.uploader

    try:
        cloudinary.uploader.destroy(public_id, invalidate=True, **_account_options())
    except cloudinary.exceptions.Error:
        logger().warning("could not delete an image", extra={"public_id": public_id})


def image_url(public_id: str, version: int, image_format: str) -> str:
    """The public address of an image of type `upload`."""
    config = settings()
    base = f"{config.cloudinary_delivery_base_url}/{config.cloudinary_cloud_name}/image/upload"
    return f"{base}/v{version}/{quote(public_id)}.{quote(image_format)}"


def sign_upload(purpose: MediaPurpose, public_id: str, notify: str) -> SignedUpload:
    """Signed fields for one direct upload. The signature covers everything that the client could change except the
    resource type, which Cloudinary takes from the URL; the handler of the notification checks it.

    Cloudinary accepts a signature for one hour after its timestamp. For an image, the timestamp is 50 minutes in the
    past, so that ten minutes remain.
    """
    now = clock.now()
    is_video = purpose is MediaPurpose.LESSON_VIDEO
    expires_at = now + (_SIGNATURE_LIFETIME if is_video else _IMAGE_UPLOAD_LIFETIME)
    fields = _sign(
        {
            "allowed_formats": VIDEO_FORMATS if is_video else IMAGE_FORMATS,
            "notification_url": notify,
            "overwrite": "false",
            "public_id": public_id,
            "timestamp": str(int((expires_at - _SIGNATURE_LIFETIME).timestamp())),
            "type": "authenticated" if is_video else "upload",
        }
    )
    return SignedUpload(_api_url("video" if is_video else "image", "upload"), fields, public_id, expires_at)


def video_link(public_id: str) -> SignedLink:
    """A link to a lesson video that works for ten minutes. It points to the download call of the API host, because
    only that call expires: a signed delivery URL would never expire."""
    now = clock.now()
    expires_at = now + _VIDEO_LINK_LIFETIME
    fields = _sign(
        {
            "expires_at": str(int(expires_at.timestamp())),
            "public_id": public_id,
            "timestamp": str(int(now.timestamp())),
            "type": "authenticated",
        }
    )
    return SignedLink(f"{_api_url('video', 'download')}?{urlencode(fields)}", expires_at)


def is_genuine_notification(body: bytes, timestamp: str | None, signature: str | None) -> bool:
    """Whether Cloudinary signed exactly these bytes within five minutes of now, before or after (clock skew)."""
    if timestamp is None or signature is None or not (timestamp.isascii() and timestamp.isdecimal()):
        return False
    if len(timestamp) > 12 or abs(clock.now().timestamp() - int(timestamp)) > _NOTIFICATION_WINDOW_SECONDS:
        return False
    digest = _DIGESTS.get(len(signature))
    if digest is None:
        return False
    received = signature.encode("utf-8", "surrogatepass")
    expected = [digest(body + timestamp.encode() + key.encode()).hexdigest().encode() for key in _api_secrets()]
    return any(hmac.compare_digest(received, candidate) for candidate in expected)


def _api_secrets() -> tuple[str, ...]:
    return secret_values_for_key_id(Secret.CLOUDINARY_API_SECRET, settings().cloudinary_api_key)


def _sign(parameters: Mapping[str, str]) -> dict[str, str]:
    """The parameters with `api_key` and `signature`, SHA-256 over the sorted pairs. `&` is escaped, so that no value
    can imitate another parameter."""
    pairs = sorted(f"{name}={value}".replace("&", "%26") for name, value in parameters.items())
    signature = hashlib.sha256(("&".join(pairs) + _api_secrets()[0]).encode()).hexdigest()
    return {**parameters, "api_key": settings().cloudinary_api_key, "signature": signature}


def _api_url(resource_type: str, action: str) -> str:
    config = settings()
    return f"{config.cloudinary_upload_base_url}/v1_1/{config.cloudinary_cloud_name}/{resource_type}/{action}"


def _account_options() -> dict[str, Any]:
    """Every option that the package would otherwise read from the environment, and timeouts, which it does not set."""
    from urllib3 import Timeout

    config = settings()
    return {
        "cloud_name": config.cloudinary_cloud_name,
        "api_key": config.cloudinary_api_key,
        "api_secret": _api_secrets()[0],
        "upload_prefix": config.cloudinary_upload_base_url,
        "signature_algorithm": "sha256",
        "resource_type": "image",
        "type": "upload",
        "timeout": Timeout(connect=_CONNECT_SECONDS, read=_READ_SECONDS),
    }
