"""Cloudinary: the only module that knows it, its package and its signatures.

Images that anyone may see are of type `upload`; lesson videos are `authenticated` and open only with a link of ours
that expires. Signatures are made here with hashlib rather than the package, which costs 0.12 s to import: only a real
upload loads it. What is promised and what is not: docs/decisions/0203-media.md.
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
    title = "The media service does not answer: try again"


class MediaRejected(Invalid):
    code = "media_refused"
    title = "The media service cannot read this file"


class MediaPurpose(StrEnum):
    """What is uploaded, and so where it goes and what it may be."""

    THUMBNAIL = "thumbnail"
    LESSON_VIDEO = "lesson_video"
    AVATAR = "avatar"


@dataclass(frozen=True, slots=True)
class StoredImage:
    """An image anyone may see: `public_id` to replace or destroy it, `url` to show it, `version` the unix second in
    which it was stored."""

    public_id: str
    url: str
    version: int


@dataclass(frozen=True, slots=True)
class SignedUpload:
    """What a browser posts, with the file as `file`, straight to `url` before `expires_at`."""

    url: str
    fields: dict[str, str]
    public_id: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class SignedLink:
    url: str
    expires_at: datetime


def new_public_id(purpose: MediaPurpose, owner_id: str) -> str:
    """A name nobody can guess, in the folder of the course (thumbnails, videos) or the user (avatars)."""
    return f"{folder(owner_id)}{purpose}_{secrets.token_hex(12)}"


def folder(owner_id: str) -> str:
    """Where everything of a course or a user lies, with the slash at its end."""
    return f"{FOLDER}/{owner_id}/"


def upload_image(data: bytes, public_id: str) -> StoredImage:
    """Stores a checked image under `public_id`. Raises MediaRefused, MediaUnavailable."""
    import cloudinary.exceptions
    import cloudinary.uploader

    try:
        answer = cloudinary.uploader.upload(
            data, public_id=public_id, allowed_formats=IMAGE_FORMATS.split(","), overwrite="false", **_account_options()
        )
        version = int(answer["version"])
        return StoredImage(public_id, image_url(public_id, version, str(answer["format"])), version)
    except cloudinary.exceptions.BadRequest as refused:
        raise MediaRejected from refused
    except (cloudinary.exceptions.Error, KeyError, TypeError, ValueError) as fault:
        raise MediaUnavailable from fault


def destroy_image(public_id: str) -> None:
    """Removes an image nothing refers to any more. A failure only leaves an orphan: it is logged, not raised."""
    import cloudinary.exceptions
    import cloudinary.uploader

    try:
        cloudinary.uploader.destroy(public_id, invalidate=True, **_account_options())
    except cloudinary.exceptions.Error:
        logger().warning("image left behind", extra={"public_id": public_id})


def image_url(public_id: str, version: int, image_format: str) -> str:
    """The public address of an image of type `upload`."""
    chosen = settings()
    base = f"{chosen.cloudinary_delivery_base_url}/{chosen.cloudinary_cloud_name}/image/upload"
    return f"{base}/v{version}/{quote(public_id)}.{quote(image_format)}"


def sign_upload(purpose: MediaPurpose, public_id: str, notify: str) -> SignedUpload:
    """Signed fields for one direct upload. Everything the client could bend is inside the signature but the resource
    type, which Cloudinary takes from the address: the notification is checked for it.

    Signatures live an hour from their timestamp; the one for an image is dated back so that ten minutes are left.
    """
    now = clock.now()
    video = purpose is MediaPurpose.LESSON_VIDEO
    lives = _SIGNATURE_LIFETIME if video else _IMAGE_UPLOAD_LIFETIME
    expires_at = now + lives
    fields = _sign(
        {
            "allowed_formats": VIDEO_FORMATS if video else IMAGE_FORMATS,
            "notification_url": notify,
            "overwrite": "false",
            "public_id": public_id,
            "timestamp": str(int((expires_at - _SIGNATURE_LIFETIME).timestamp())),
            "type": "authenticated" if video else "upload",
        }
    )
    return SignedUpload(_api_url("video" if video else "image", "upload"), fields, public_id, expires_at)


def video_link(public_id: str) -> SignedLink:
    """A link to a lesson video that works for ten minutes. It is served by the API host, because only its download
    call expires: a signed delivery address would open the video for ever."""
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
    """Whether Cloudinary sent exactly these bytes within the last five minutes (its clock may run ahead as much)."""
    if timestamp is None or signature is None or not (timestamp.isascii() and timestamp.isdecimal()):
        return False
    if len(timestamp) > 12 or abs(clock.now().timestamp() - int(timestamp)) > _NOTIFICATION_WINDOW_SECONDS:
        return False
    digest = _DIGESTS.get(len(signature))
    if digest is None:
        return False
    given = signature.encode("utf-8", "surrogatepass")
    made = [digest(body + timestamp.encode() + key.encode()).hexdigest().encode() for key in _api_secrets()]
    return any(hmac.compare_digest(given, each) for each in made)


def _api_secrets() -> tuple[str, ...]:
    return secret_values_for_key_id(Secret.CLOUDINARY_API_SECRET, settings().cloudinary_api_key)


def _sign(parameters: Mapping[str, str]) -> dict[str, str]:
    """The parameters with api_key and signature: sorted, `&` escaped so that no value hides another, SHA-256."""
    pairs = sorted(f"{name}={value}".replace("&", "%26") for name, value in parameters.items())
    signature = hashlib.sha256(("&".join(pairs) + _api_secrets()[0]).encode()).hexdigest()
    return {**parameters, "api_key": settings().cloudinary_api_key, "signature": signature}


def _api_url(resource_type: str, action: str) -> str:
    chosen = settings()
    return f"{chosen.cloudinary_upload_base_url}/v1_1/{chosen.cloudinary_cloud_name}/{resource_type}/{action}"


def _account_options() -> dict[str, Any]:
    """Every option the package would otherwise take from its own environment, and the time limits it does not set."""
    from urllib3 import Timeout

    chosen = settings()
    return {
        "cloud_name": chosen.cloudinary_cloud_name,
        "api_key": chosen.cloudinary_api_key,
        "api_secret": _api_secrets()[0],
        "upload_prefix": chosen.cloudinary_upload_base_url,
        "signature_algorithm": "sha256",
        "resource_type": "image",
        "type": "upload",
        "timeout": Timeout(connect=_CONNECT_SECONDS, read=_READ_SECONDS),
    }
