"""Serving assets by their addresses, in whole or in part."""

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
    """`rest` is [s--SIG--/][transformations/][vN/]public_id.ext. Transformations are checked, not performed.

    An authenticated asset without its signature is 401; a private one is 404, unless it is transformed.
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
        given = signature[1].encode() if signature else b""
        opening = delivery_signatures(transformation, source, settings.api_secret)
        if not any(hmac.compare_digest(given, wanted.encode()) for wanted in opening):
            raise CloudinaryApiError(
                "Resource not found" if delivery_type == "private" else "Invalid signature",
                404 if delivery_type == "private" else 401,
            )
    return asset_response(asset, store.read(asset), request)


def asset_response(asset: Asset, data: bytes, request: Request) -> Response:
    """The bytes, or the one range of them that was asked for (206), or 416 when it lies outside."""
    headers = {
        "Content-Type": CONTENT_TYPES.get(asset.format, "application/octet-stream"),
        "ETag": f'"{asset.etag}"',
        "Accept-Ranges": "bytes",
        "Cache-Control": "public, max-age=2592000" if asset.type == "upload" else "private, no-transform, max-age=0",
        "X-Content-Type-Options": "nosniff",
    }
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(304, b"", headers)
    asked = RANGE.fullmatch(request.headers.get("range", ""))
    if asked is None or asked.groups() == ("", ""):
        return Response(200, data, headers)
    first, last = asked.groups()
    start = int(first) if first else max(len(data) - int(last), 0)
    end = min(int(last), len(data) - 1) if first and last else len(data) - 1
    if start > end:
        return Response(416, b"", {**headers, "Content-Range": f"bytes */{len(data)}"})
    return Response(206, data[start : end + 1], {**headers, "Content-Range": f"bytes {start}-{end}/{len(data)}"})


def _find(
    store: AssetStore, resource_type: str, delivery_type: str, segments: list[str]
) -> tuple[Asset, str, str] | None:
    """The asset with the fewest leading segments read as transformations; folders look just like them."""
    for count in range(len(segments)):
        named = segments[count:]
        if len(named) > 1 and VERSION.fullmatch(named[0]):
            named = named[1:]
        source = "/".join(named)
        public_id, dot, extension = source.rpartition(".")
        names = [(source, "")] + ([(public_id, extension.lower())] if dot else [])
        for name, wanted in names:
            asset = store.get(resource_type, delivery_type, name)
            # A picture may be asked for in another format; a still of a video cannot be made here.
            if asset is not None and (not wanted or wanted == asset.format or asset.resource_type == "image"):
                return asset, "/".join(segments[:count]), source
    return None
