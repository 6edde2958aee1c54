"""Serve the web page at `/`: the files of one folder."""

import json
from pathlib import Path
from urllib.parse import urlsplit

from local.api_gateway.responses import Response, error_response
from shared.config import Settings

_CONTENT_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".webp": "image/webp",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
    ".txt": "text/plain; charset=utf-8",
}


class StaticFiles:
    """`folder` contains index.html and its files. `/settings.json` has the URL of the checkout script."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self._folder = folder.resolve()
        checkout = _checkout_origin(settings.razorpay_base_url)
        media_urls = (settings.cloudinary_upload_base_url, settings.cloudinary_delivery_base_url)
        media = " ".join(dict.fromkeys(map(_origin, media_urls)))
        self._settings = json.dumps({"checkout_script": f"{checkout}/v1/checkout.js"}).encode()
        self._headers = (
            (
                "content-security-policy",
                f"default-src 'none'; script-src 'self' {checkout}; style-src 'self'; font-src 'self'; "
                f"img-src 'self' data: blob: {media}; media-src 'self' blob: {media}; "
                f"connect-src 'self' {media} {checkout}; frame-src {checkout} https://api.razorpay.com; "
                f"form-action 'self' {checkout}; base-uri 'none'; frame-ancestors 'none'",
            ),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
            # The browser shows a changed file at the next reload.
            ("cache-control", "no-cache"),
        )

    def serve(self, method: str, path: str) -> Response:
        """The file at the decoded `path`; for a folder its index.html. 404 when there is none, 405 when the method is
        not GET or HEAD."""
        if method not in ("GET", "HEAD"):
            return error_response(405, "Method Not Allowed")
        if path == "/settings.json":
            return Response(200, (("content-type", "application/json"), *self._headers), self._settings)
        if "\0" in path:
            return error_response(404, "Not Found")
        file = (self._folder / path.lstrip("/")).resolve()
        if path.endswith("/"):
            file /= "index.html"
        if not file.is_relative_to(self._folder) or not file.is_file() or file.suffix not in _CONTENT_TYPES:
            return error_response(404, "Not Found")
        return Response(200, (("content-type", _CONTENT_TYPES[file.suffix]), *self._headers), file.read_bytes())


def _checkout_origin(base_url: str) -> str:
    """The origin of the checkout script: Razorpay has a separate host for it, the fake serves it with the API."""
    return "https://checkout.razorpay.com" if base_url == "https://api.razorpay.com" else _origin(base_url)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
