"""Serve assets by their delivery URLs, with range requests."""

import hmac
import re

from local.asgi.messages import Request, Response
from local.cloudinary.errors import CloudinaryApiError
from local.cloudinary.formats import CONTENT_TYPES
from local.cloudinary.settings import FakeCloudinarySettings
from local.cloudinary.signatures import delivery_signatures
from local.cloudinary.store import Asset, AssetStore

SIGNATURE = re.compile(r"s--([A-Za-z0-9_-]{8}|[A-Za-z0-9_-]{32})--")
VERSION = re.compile(r"v\d+")
RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def serve_asset(
    settings: FakeCloudinarySettings,
    store: AssetStore,
    resource_type: str,
    delivery_type: str,
    rest: str,
    request: Request,
) -> Response:
    """`rest` is [s--SIG--/][transformations/][vN/]public_id.ext. Transformations are validated, not applied.

    Raises CloudinaryApiError: 401 for an authenticated asset without a valid signature, 404 for a private one unless it
    is transformed, 404 for an unknown asset.
    """
    segments = rest.split("/")
    signature = SIGNATURE.fullmatch(segments[0])
    if signature:
        segments = segments[1:]
    found = _find(store, resource_type, delivery_type, segments)
    if found is None:
        raise CloudinaryApiError("Resource not found", 404)
    asset, transformation, source = found
    if delivery_type == "authenticated" or (delivery_type == "private" and not transformation):
        provided = signature[1].encode() if signature else b""
        valid = delivery_signatures(transformation, source, settings.api_secret)
        if not any(hmac.compare_digest(provided, expected.encode()) for expected in valid):
            if delivery_type == "private":
                raise CloudinaryApiError("Resource not found", 404)
            raise CloudinaryApiError("Invalid signature", 401)
    return asset_response(asset, store.read(asset), request)


def asset_response(asset: Asset, data: bytes, request: Request) -> Response:
    """The bytes (200), the one requested range (206), or 416 when the range is outside the file."""
    headers = {
        "Content-Type": CONTENT_TYPES.get(asset.format, "application/octet-stream"),
        "ETag": f'"{asset.etag}"',
        "Accept-Ranges": "bytes",
        "Cache-Control": "public, max-age=2592000" if asset.type == "upload" else "private, no-transform, max-age=0",
        "X-Content-Type-Options": "nosniff",
    }
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(304, b"", headers)
    requested = RANGE.fullmatch(request.headers.get("range", ""))
    if requested is None or requested.groups() == ("", ""):
        return Response(200, data, headers)
    first, last = requested.groups()
    start = int(first) if first else max(len(data) - int(last), 0)
    end = min(int(last), len(data) - 1) if first and last else len(data) - 1
    if start > end:
        return Response(416, b"", {**headers, "Content-Range": f"bytes */{len(data)}"})
    return Response(206, data[start : end + 1], {**headers, "Content-Range": f"bytes {start}-{end}/{len(data)}"})


def _find(
    store: AssetStore, resource_type: str, delivery_type: str, segments: list[str]
) -> tuple[Asset, str, str] | None:
    """(asset, transformation, source) for the fewest leading segments that count as transformations: in a URL, folders
    and transformations have the same form. None without an asset."""
    for count in range(len(segments)):
        named = segments[count:]
        if len(named) > 1 and VERSION.fullmatch(named[0]):
            named = named[1:]
        source = "/".join(named)
        asset = _find_by_source(store, resource_type, delivery_type, source)
        if asset is not None:
            return asset, "/".join(segments[:count]), source
    return None


def _find_by_source(store: AssetStore, resource_type: str, delivery_type: str, source: str) -> Asset | None:
    asset = store.get(resource_type, delivery_type, source)
    if asset is not None:
        return asset
    public_id, dot, extension = source.rpartition(".")
    asset = store.get(resource_type, delivery_type, public_id) if dot else None
    # Cloudinary converts images to any requested format; a still image of a video is not supported here.
    if asset is not None and (extension.lower() in ("", asset.format) or asset.resource_type == "image"):
        return asset
    return None
