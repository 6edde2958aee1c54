"""Accept uploads: authentication, validation, storage, and the response."""

import hashlib
import secrets
import string
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from local.cloudinary.errors import CloudinaryApiError
from local.cloudinary.formats import Format, detect_format
from local.cloudinary.settings import FakeCloudinarySettings
from local.cloudinary.signatures import (
    delivery_signatures,
    is_signature_valid,
    string_to_sign,
    upload_response_signature,
)
from local.cloudinary.store import DELIVERY_TYPES, Asset, AssetStore
from local.cloudinary.upload_form import Form

TRUE_VALUES = ("1", "true")


def authenticate(settings: FakeCloudinarySettings, params: dict[str, str], now: float) -> None:
    """Check API key, signature and age of a call; `now` is unix seconds. Raises CloudinaryApiError, also for an
    unsigned call."""
    if "signature" not in params:
        raise CloudinaryApiError("Upload preset must be specified when using unsigned upload")
    if params.get("api_key") != settings.api_key:
        raise CloudinaryApiError(f"Unknown API key {params.get('api_key', '')}", 401)
    if not is_signature_valid(params, params["signature"], settings.api_secret):
        signed = string_to_sign(params)
        raise CloudinaryApiError(f"Invalid Signature {params['signature']}. String to sign - '{signed}'.", 401)
    timestamp = params.get("timestamp", "")
    if not timestamp.isdecimal():
        raise CloudinaryApiError("Missing required parameter - timestamp")
    if abs(now - int(timestamp)) > settings.signature_lifetime_seconds:
        reported = datetime.fromtimestamp(int(timestamp), UTC)
        raise CloudinaryApiError(f"Stale request - reported time is {reported} which is more than 1 hour ago")


def store_upload(
    settings: FakeCloudinarySettings, store: AssetStore, resource_type: str, form: Form, data: bytes, now: int
) -> Asset:
    """Store `data` as an asset; replaces an existing one unless overwrite is false. Raises CloudinaryApiError."""
    params = form.params
    found = detect_format(data)
    if resource_type == "auto":
        resource_type = found.resource_type
    extension = form.filename.rpartition(".")[2].lower() if "." in form.filename else ""
    _validate(settings, resource_type, found, params, data, extension)
    delivery_type = params.get("type") or "upload"
    if delivery_type not in DELIVERY_TYPES:
        raise CloudinaryApiError(f"Invalid type {delivery_type}")
    public_id = params.get("public_id") or random_public_id()
    if resource_type == "raw" and "public_id" not in params and extension:
        public_id = f"{public_id}.{extension}"
    if params.get("folder"):
        public_id = f"{params['folder'].strip('/')}/{public_id}"
    existing = store.get(resource_type, delivery_type, public_id)
    if existing is not None and params.get("overwrite", "true").lower() not in TRUE_VALUES:
        return existing
    asset = Asset(
        asset_id=existing.asset_id if existing else secrets.token_hex(16),
        public_id=public_id,
        resource_type=resource_type,
        type=delivery_type,
        format=found.name if resource_type != "raw" else "",
        version=now,
        created_at=now,
        bytes=len(data),
        etag=hashlib.md5(data, usedforsecurity=False).hexdigest(),
        width=found.width,
        height=found.height,
        duration=found.duration,
        original_filename=form.filename.rpartition(".")[0] or form.filename or "file",
    )
    store.put(asset, data)
    return asset


def asset_document(settings: FakeCloudinarySettings, asset: Asset, base_url: str) -> dict[str, Any]:
    """The JSON of an asset in responses and notifications."""
    signature = ""
    if asset.type != "upload":
        short = min(delivery_signatures("", asset.source, settings.api_secret), key=len)
        signature = f"s--{short}--/"
    path = f"{asset.resource_type}/{asset.type}/{signature}v{asset.version}/{quote(asset.source, safe='/:')}"
    url = f"{base_url}/{settings.cloud_name}/{path}"
    described: dict[str, Any] = {
        "asset_id": asset.asset_id,
        "public_id": asset.public_id,
        "version": asset.version,
        "version_id": hashlib.md5(f"{asset.asset_id}{asset.version}".encode(), usedforsecurity=False).hexdigest(),
        "signature": upload_response_signature(
            asset.public_id, asset.version, settings.api_secret, settings.signature_algorithm
        ),
        "resource_type": asset.resource_type,
        "created_at": datetime.fromtimestamp(asset.created_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "tags": [],
        "bytes": asset.bytes,
        "type": asset.type,
        "etag": asset.etag,
        "placeholder": False,
        "url": url,
        "secure_url": url,
        "folder": asset.public_id.rpartition("/")[0],
        "original_filename": asset.original_filename,
        "api_key": settings.api_key,
    }
    measured = {
        "format": asset.format or None,
        "width": asset.width,
        "height": asset.height,
        "duration": asset.duration,
    }
    return described | {name: value for name, value in measured.items() if value is not None}


def _validate(
    settings: FakeCloudinarySettings,
    resource_type: str,
    found: Format,
    params: dict[str, str],
    data: bytes,
    extension: str,
) -> None:
    largest = settings.max_image_bytes if resource_type == "image" else settings.max_video_bytes
    if len(data) > largest:
        raise CloudinaryApiError(f"File size too large. Got {len(data)}. Maximum is {largest}.")
    if resource_type == "image" and found.resource_type != "image":
        raise CloudinaryApiError("Invalid image file")
    if resource_type == "video" and found.resource_type != "video":
        raise CloudinaryApiError("Unsupported video format or file")
    allowed = [name.strip().lower() for name in params.get("allowed_formats", "").split(",") if name.strip()]
    allowed = ["jpg" if name == "jpeg" else name for name in allowed]
    name = found.name or extension
    if allowed and name not in allowed:
        raise CloudinaryApiError(f"{resource_type.capitalize()} file format {name or 'unknown'} not allowed")


def random_public_id() -> str:
    """A public id for an upload without one."""
    return "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(20))
