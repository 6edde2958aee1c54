"""The static files at `/`: only files of served types inside the folder."""

from pathlib import Path

import pytest

from local.api_gateway.static_files import StaticFiles
from shared.config import settings


@pytest.fixture
def page(tmp_path: Path) -> StaticFiles:
    folder = tmp_path / "page"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html>")
    (folder / "assets" / "app.js").write_text("export {}")
    (folder / "notes.secret").write_text("not a type that is served")
    (tmp_path / "secrets.json").write_text("{}")
    (tmp_path / "page-of-another.html").write_text("outside")
    (folder / "leak.json").symlink_to(tmp_path / "secrets.json")
    return StaticFiles(folder, settings())


@pytest.mark.parametrize(
    ("path", "content_type", "body"),
    [
        ("/", "text/html; charset=utf-8", b"<!doctype html>"),
        ("/index.html", "text/html; charset=utf-8", b"<!doctype html>"),
        ("/assets/app.js", "text/javascript; charset=utf-8", b"export {}"),
    ],
)
def test_static_file_is_served_with_type_and_security_headers(
    page: StaticFiles, path: str, content_type: str, body: bytes
) -> None:
    response = page.serve("GET", path)
    assert (response.status, response.body) == (200, body)
    assert dict(response.headers) == {
        "content-type": content_type,
        "content-security-policy": (
            "default-src 'none'; script-src 'self' http://127.0.0.1:9; style-src 'self'; font-src 'self'; "
            "img-src 'self' data: blob: http://127.0.0.1:9; "
            "media-src 'self' blob: http://127.0.0.1:9; "
            "connect-src 'self' http://127.0.0.1:9 http://127.0.0.1:9; "
            "frame-src http://127.0.0.1:9 https://api.razorpay.com; "
            "form-action 'self' http://127.0.0.1:9; base-uri 'none'; frame-ancestors 'none'"
        ),
        "x-content-type-options": "nosniff",
        "referrer-policy": "same-origin",
        "cache-control": "no-cache",
    }


@pytest.mark.parametrize(
    "path",
    [
        "/nothing.html",
        "/assets",
        "/assets/",
        "/../secrets.json",
        "/../page-of-another.html",
        "/assets/../../secrets.json",
        "//etc/hostname.txt",
        "/leak.json",
        "/notes.secret",
        "/index.html\0.png",
        "/..\\secrets.json",
    ],
)
def test_static_path_outside_folder_or_of_unserved_type_returns_404(page: StaticFiles, path: str) -> None:
    response = page.serve("GET", path)
    assert (response.status, response.body) == (404, b'{"message":"Not Found"}')


def test_static_file_with_post_returns_405(page: StaticFiles) -> None:
    assert page.serve("POST", "/").status == 405


def test_settings_json_contains_the_checkout_script_url(page: StaticFiles) -> None:
    assert page.serve("GET", "/settings.json").body == b'{"checkout_script": "http://127.0.0.1:9/v1/checkout.js"}'
