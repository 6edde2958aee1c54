"""What the platform tells about itself: whether it can serve, and how it is called."""

import base64
import hashlib
import json
import re
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from functions.dashboards.errors import NotReady
from shared.config import SettingUnusable
from shared.db.read_models import dashboard_queries
from shared.errors import StoreUnavailable
from shared.http.route import path_pattern
from shared.secrets import Secret, secret

_FOLDER: Final = Path(__file__).parent


def require_ready() -> None:
    """The table answers, and the secret this function signs cursors with is there; other functions' secrets are not
    its to read. Raises NotReady."""
    missing = []
    try:
        dashboard_queries.ping()
    except StoreUnavailable:
        missing.append("the table does not answer")
    try:
        secret(Secret.CURSOR_KEY)
    except SettingUnusable:
        missing.append("a secret is missing")
    if missing:
        raise NotReady("; ".join(missing))


@cache
def openapi_json() -> str:
    """The document that `python -m cli openapi` wrote: JSON."""
    return (_FOLDER / "openapi.json").read_text()


@cache
def _paths() -> list[tuple[re.Pattern[str], list[str]]]:
    paths = json.loads(openapi_json())["paths"]
    return [(path_pattern(path), [method.upper() for method in methods]) for path, methods in paths.items()]


def allowed_methods(path: str) -> list[str]:
    """The methods any function serves at `path`: what no route matched is a 405 there, and a 404 elsewhere."""
    return [method for expression, methods in _paths() if expression.fullmatch(path) for method in methods]


class DocsPage(NamedTuple):
    html: str
    content_security_policy: str
    """Content-Security-Policy: the page's own script and style, and calls to where it came from."""


@cache
def docs_page() -> DocsPage:
    """The API page: one file, nothing from elsewhere."""
    parts = {name: (_FOLDER / "docs" / name).read_text() for name in ("page.html", "page.css", "page.js")}
    html = parts["page.html"]
    for name in ("page.css", "page.js"):
        html = html.replace(f"/*{name}*/", parts[name])
    script, style = _digest(parts["page.js"]), _digest(parts["page.css"])
    allowed = f"script-src '{script}'; style-src '{style}'; connect-src 'self'"
    return DocsPage(html, f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
