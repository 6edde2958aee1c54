"""Delivery URLs, built and signed by the official SDK."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import cloudinary.utils
import httpx
import pytest

from local.cloudinary import RunningFakeCloudinary, serve
from tests.local.cloudinary.uploads import CREDENTIALS, SECRET, browser_upload, mp4, png, settings, signed_fields


@pytest.fixture
def running(tmp_path: Path) -> Iterator[RunningFakeCloudinary]:
    with serve(settings(tmp_path)) as fake:
        yield fake


def upload_asset(
    running: RunningFakeCloudinary, public_id: str, delivery_type: str, kind: str = "video"
) -> dict[str, Any]:
    data = mp4() if kind == "video" else png()
    response = browser_upload(running, signed_fields(public_id=public_id, type=delivery_type), data, kind=kind)
    assert response.status_code == 200, response.text
    document: dict[str, Any] = response.json()
    return document


def fetch_asset(running: RunningFakeCloudinary, public_id: str, **options: Any) -> httpx.Response:
    """Fetch the SDK's delivery URL from the fake instead of the real host."""
    url, _ = cloudinary.utils.cloudinary_url(public_id, cloud_name="demo", api_secret=SECRET, secure=True, **options)
    return httpx.get(running.url + urlsplit(url).path)


def test_authenticated_video_requires_a_valid_signature(running: RunningFakeCloudinary) -> None:
    address = upload_asset(running, "lessons/l 1", "authenticated")["secure_url"]
    options = {"resource_type": "video", "type": "authenticated", "format": "mp4"}
    opened = fetch_asset(running, "lessons/l 1", sign_url=True, **options)
    assert (opened.status_code, opened.content) == (200, mp4())
    assert (opened.headers["content-type"], opened.headers["cache-control"][:7]) == ("video/mp4", "private")
    assert fetch_asset(running, "lessons/l 1", sign_url=True, long_url_signature=True, **options).status_code == 200
    assert fetch_asset(running, "lessons/l 1", sign_url=True, version=7, **options).status_code == 200
    rejected = fetch_asset(running, "lessons/l 1", **options)
    assert (rejected.status_code, rejected.headers["x-cld-error"]) == (401, "Invalid signature")
    assert httpx.get(address).content == mp4()


def test_delivery_signature_is_valid_for_one_url_only(running: RunningFakeCloudinary) -> None:
    first = upload_asset(running, "a", "authenticated")["secure_url"]
    upload_asset(running, "b", "authenticated")
    assert httpx.get(first.replace("/a.mp4", "/b.mp4")).status_code == 401
    assert httpx.get(first.replace("/a.mp4", "/a")).status_code == 401
    assert httpx.get(first.replace("/authenticated/", "/upload/")).status_code == 404


def test_signed_transformation_is_delivered_and_unsigned_returns_401(running: RunningFakeCloudinary) -> None:
    upload_asset(running, "pics/p", "authenticated", kind="image")
    options = {"type": "authenticated", "format": "png", "width": 100, "crop": "fill"}
    assert fetch_asset(running, "pics/p", sign_url=True, **options).content == png()
    assert fetch_asset(running, "pics/p", **options).status_code == 401


def test_private_original_returns_404_unsigned_and_derivatives_are_public(running: RunningFakeCloudinary) -> None:
    upload_asset(running, "p", "private", kind="image")
    options = {"type": "private", "format": "png"}
    assert fetch_asset(running, "p", sign_url=True, **options).status_code == 200
    assert fetch_asset(running, "p", **options).status_code == 404
    assert fetch_asset(running, "p", width=10, crop="scale", **options).status_code == 200


def test_public_image_accepts_transformations_version_and_folders(running: RunningFakeCloudinary) -> None:
    upload_asset(running, "courses/c1/thumb", "upload", kind="image")
    for path in [
        "courses/c1/thumb.png",
        "courses/c1/thumb",
        "v12/courses/c1/thumb.png",
        "c_fill,w_640/v12/courses/c1/thumb.png",
        "c_fill,w_640/f_auto,q_auto/courses/c1/thumb.webp",
    ]:
        response = httpx.get(f"{running.url}/demo/image/upload/{path}")
        assert (response.status_code, response.content, response.headers["content-type"]) == (
            200,
            png(),
            "image/png",
        ), path
    assert httpx.get(f"{running.url}/demo/image/upload/c1/thumb.png").status_code == 404
    assert httpx.get(f"{running.url}/other/image/upload/courses/c1/thumb.png").status_code == 401


@pytest.mark.parametrize(
    ("requested_range", "status", "start", "end"),
    [
        ("bytes=0-9", 206, 0, 9),
        ("bytes=100-", 206, 100, None),
        ("bytes=-5", 206, -5, None),
        ("bytes=0-99999", 206, 0, None),
    ],
)
def test_video_range_request_returns_206_with_content_range(
    running: RunningFakeCloudinary, requested_range: str, status: int, start: int, end: int | None
) -> None:
    address = upload_asset(running, "video", "upload")["secure_url"]
    video = mp4()
    first = start % len(video)
    last = len(video) - 1 if end is None else end
    response = httpx.get(address, headers={"Range": requested_range})
    assert (response.status_code, response.content) == (status, video[first : last + 1])
    assert response.headers["content-range"] == f"bytes {first}-{last}/{len(video)}"
    assert response.headers["content-length"] == str(last - first + 1)


def test_video_range_outside_file_returns_416_and_current_etag_returns_304(running: RunningFakeCloudinary) -> None:
    address = upload_asset(running, "video", "upload")["secure_url"]
    outside = httpx.get(address, headers={"Range": "bytes=99999-"})
    assert (outside.status_code, outside.headers["content-range"]) == (416, f"bytes */{len(mp4())}")
    whole = httpx.head(address)
    assert (whole.status_code, whole.headers["content-length"], whole.headers["accept-ranges"]) == (
        200,
        str(len(mp4())),
        "bytes",
    )
    assert httpx.get(address, headers={"If-None-Match": whole.headers["etag"]}).status_code == 304


def download_url(running: RunningFakeCloudinary, **changes: Any) -> str:
    options = {
        **CREDENTIALS,
        "upload_prefix": running.url,
        "resource_type": "video",
        "type": "authenticated",
        **changes,
    }
    url: str = cloudinary.utils.private_download_url("video", "mp4", **options)
    return url


def test_download_url_works_until_it_expires(running: RunningFakeCloudinary) -> None:
    upload_asset(running, "video", "authenticated")
    later, earlier = int(time.time()) + 60, int(time.time()) - 1
    alive = httpx.get(download_url(running, expires_at=later), headers={"Range": "bytes=0-3"})
    assert (alive.status_code, alive.content) == (206, mp4()[:4])
    assert httpx.get(download_url(running)).content == mp4()
    assert httpx.get(download_url(running, expires_at=earlier)).status_code == 401
    assert httpx.get(download_url(running, expires_at=earlier).replace(str(earlier), str(later))).status_code == 401
    assert httpx.get(download_url(running, api_secret="wrong", expires_at=later)).status_code == 401
    assert httpx.get(download_url(running, type="upload", expires_at=later)).status_code == 404


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"api_secret": ""}, "must not be empty"),
        ({"host": "0.0.0.0"}, "loopback"),
        ({"signature_algorithm": "md5"}, "sha"),
    ],
)
def test_unusable_settings_raise_value_error(tmp_path: Path, changes: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        settings(tmp_path, **changes)
