"""The static page at `/`: files of one folder, nothing else."""

from collections.abc import Iterable
from pathlib import Path

from local.gateway.answers import Answer, refusal

_TYPES = {
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


class Page:
    """`folder` holds index.html and what it uses. `origins`: the checkout's and the media store's, which it may use."""

    def __init__(self, folder: Path, origins: Iterable[str] = ()) -> None:
        self._folder = folder.resolve()
        others = " ".join(sorted(set(origins)))
        self._headers = (
            (
                "content-security-policy",
                f"default-src 'none'; script-src 'self' {others}; style-src 'self'; font-src 'self'; "
                f"img-src 'self' data: blob: {others}; media-src 'self' blob: {others}; "
                f"connect-src 'self' {others}; frame-src 'self' {others}; form-action 'self' {others}; "
                "base-uri 'none'; frame-ancestors 'none'",
            ),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
            # A file changed on disk is seen at the next reload of the page.
            ("cache-control", "no-cache"),
        )

    def answer(self, method: str, path: str) -> Answer:
        """The file at the decoded `path`; a folder gives its index.html. 404 without one, 405 if not GET or HEAD."""
        if method not in ("GET", "HEAD"):
            return refusal(405, "Method Not Allowed")
        if "\0" in path:
            return refusal(404, "Not Found")
        file = (self._folder / path.lstrip("/")).resolve()
        if path.endswith("/"):
            file /= "index.html"
        if not file.is_relative_to(self._folder) or not file.is_file() or file.suffix not in _TYPES:
            return refusal(404, "Not Found")
        return Answer(200, (("content-type", _TYPES[file.suffix]), *self._headers), file.read_bytes())
