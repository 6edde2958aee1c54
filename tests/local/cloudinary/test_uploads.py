"""Uploads through the official SDK and from a browser."""

import hashlib
import io
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import cloudinary
import cloudinary.uploader
import cloudinary.utils
import httpx
import pytest

from local.cloudinary import RunningFakeCloudinary, serve
from tests.local.cloudinary.uploads import (
    CREDENTIALS,
    SECRET,
    assert_eventually,
    browser_upload,
    mp4,
    png,
    settings,
    signed_fields,
)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[RunningFakeCloudinary]:
    with serve(settings(tmp_path / "media")) as fake:
        yield fake
    cloudinary.uploader._http.clear()


@pytest.fixture
def upload(running: RunningFakeCloudinary) -> Callable[..., dict[str, Any]]:
    def call(data: bytes, **options: Any) -> dict[str, Any]:
        response: dict[str, Any] = cloudinary.uploader.upload(
            io.BytesIO(data), **CREDENTIALS, upload_prefix=running.url, **options
        )
        return response

    return call


def test_upload_returns_the_services_documented_fields(
    upload: Callable[..., dict[str, Any]], running: RunningFakeCloudinary
) -> None:
    data = png(30, 20)
    response = upload(data, public_id="thumb", folder="courses/c1", filename="Cover art.png")
    version = response.pop("version")
    assert abs(version - time.time()) < 60
    assert len(response.pop("asset_id")) == len(response.pop("version_id")) == 32
    created = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(version))
    address = f"{running.url}/demo/image/upload/v{version}/courses/c1/thumb.png"
    signature = hashlib.new(
        "sha1", f"public_id=courses/c1/thumb&version={version}{SECRET}".encode(), usedforsecurity=False
    ).hexdigest()
    assert response == {
        "public_id": "courses/c1/thumb",
        "signature": signature,
        "width": 30,
        "height": 20,
        "format": "png",
        "resource_type": "image",
        "created_at": created,
        "tags": [],
        "bytes": len(data),
        "type": "upload",
        "etag": hashlib.new("md5", data, usedforsecurity=False).hexdigest(),
        "placeholder": False,
        "url": address,
        "secure_url": address,
        "folder": "courses/c1",
        "original_filename": "Cover art",
        "api_key": CREDENTIALS["api_key"],
    }
    assert httpx.get(address).content == data


def test_upload_accepts_every_signed_option_of_the_sdk(upload: Callable[..., dict[str, Any]]) -> None:
    response = upload(
        png(),
        public_id="a & b",
        tags=["x", "y"],
        context={"alt": "a=b|c"},
        allowed_formats=["png", "jpg"],
        overwrite=True,
        invalidate=True,
        eager=[{"width": 100, "crop": "fill"}, {"width": 200}],
        signature_algorithm="sha256",
    )
    assert response["public_id"] == "a & b"
    assert httpx.get(response["secure_url"]).content == png()


def test_upload_without_public_id_generates_a_unique_one(upload: Callable[..., dict[str, Any]]) -> None:
    first, second = upload(png())["public_id"], upload(png())["public_id"]
    assert len(first) == 20
    assert first != second


@pytest.mark.parametrize("change", ["public_id", "timestamp", "allowed_formats", "signature"])
def test_upload_with_tampered_field_returns_401_without_secret(running: RunningFakeCloudinary, change: str) -> None:
    fields = signed_fields(public_id="thumb", allowed_formats="png")
    timestamp = str(int(time.time()) - 5)
    fields[change] = {"timestamp": timestamp, "signature": "0" * 40}.get(change, "gif")
    response = browser_upload(running, fields, png())
    assert response.status_code == 401
    message = response.json()["error"]["message"]
    assert message.startswith(f"Invalid Signature {fields['signature']}. String to sign - 'allowed_formats=")
    assert SECRET not in message


def test_upload_with_added_parameter_returns_401(running: RunningFakeCloudinary) -> None:
    assert browser_upload(running, {**signed_fields(public_id="thumb"), "overwrite": "true"}, png()).status_code == 401


def test_upload_with_parameter_smuggled_by_ampersand_returns_401(running: RunningFakeCloudinary) -> None:
    fields = signed_fields(public_id="thumb&tags=x")
    assert browser_upload(running, {**fields, "public_id": "thumb", "tags": "x"}, png()).status_code == 401


@pytest.mark.parametrize(
    ("fields", "status", "message"),
    [
        ({"api_key": "999"}, 401, "Unknown API key 999"),
        ({"signature": None}, 400, "Upload preset must be specified when using unsigned upload"),
    ],
)
def test_upload_with_unknown_key_returns_401_and_unsigned_returns_400(
    running: RunningFakeCloudinary, fields: dict[str, Any], status: int, message: str
) -> None:
    form = {name: value for name, value in {**signed_fields(), **fields}.items() if value is not None}
    response = browser_upload(running, form, png())
    assert (response.status_code, response.json()) == (status, {"error": {"message": message}})


@pytest.mark.parametrize("age", [3_700, -3_700])
def test_upload_signature_expires_after_one_hour(running: RunningFakeCloudinary, age: int) -> None:
    response = browser_upload(running, signed_fields(timestamp=int(time.time()) - age), png())
    assert response.status_code == 400
    assert response.json()["error"]["message"].startswith("Stale request")
    recent = signed_fields(timestamp=int(time.time()) - age * 3_500 // 3_700)
    assert browser_upload(running, recent, png()).status_code == 200


def test_upload_to_another_cloud_returns_401(running: RunningFakeCloudinary) -> None:
    response = httpx.post(f"{running.url}/v1_1/other/image/upload", data=signed_fields(), files={"file": png()})
    assert (response.status_code, response.json()["error"]["message"]) == (401, "Invalid cloud_name other")


def test_upload_format_is_detected_from_content(running: RunningFakeCloudinary) -> None:
    rejected = browser_upload(running, signed_fields(allowed_formats="jpg,webp"), png())
    assert (rejected.status_code, rejected.json()["error"]["message"]) == (400, "Image file format png not allowed")
    disguised = browser_upload(running, signed_fields(allowed_formats="png"), b"<script>alert(1)</script>")
    assert (disguised.status_code, disguised.json()["error"]["message"]) == (400, "Invalid image file")
    assert browser_upload(running, signed_fields(), png(), kind="video").status_code == 400
    raw = browser_upload(running, signed_fields(allowed_formats="pdf"), b"%PDF", kind="raw")
    assert raw.json()["error"]["message"] == "Raw file format png not allowed"


def test_upload_over_size_limit_returns_400(tmp_path: Path) -> None:
    with serve(settings(tmp_path, max_image_bytes=50)) as running:
        response = browser_upload(running, signed_fields(), png())
    assert response.status_code == 400
    assert response.json()["error"]["message"] == f"File size too large. Got {len(png())}. Maximum is 50."


def test_upload_from_any_browser_origin_is_allowed_by_cors(running: RunningFakeCloudinary) -> None:
    url = f"{running.url}/v1_1/demo/video/upload"
    headers = {
        "Origin": "https://app.example.com",
        "Access-Control-Request-Headers": "content-range,x-unique-upload-id",
    }
    preflight = httpx.options(url, headers=headers)
    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == "*"
    assert preflight.headers["access-control-allow-headers"] == "content-range,x-unique-upload-id"
    accepted = browser_upload(running, signed_fields(), mp4(), kind="auto")
    rejected = browser_upload(running, {}, png())
    assert accepted.headers["access-control-allow-origin"] == rejected.headers["access-control-allow-origin"] == "*"
    assert (accepted.json()["resource_type"], accepted.json()["format"]) == ("video", "mp4")
    assert accepted.json()["duration"] == 90.0


def test_upload_in_chunks_stores_the_whole_file(running: RunningFakeCloudinary, tmp_path: Path) -> None:
    video = mp4() + bytes(11_000_000)
    (tmp_path / "video.mp4").write_bytes(video)
    response = cloudinary.uploader.upload_large(
        str(tmp_path / "video.mp4"),
        **CREDENTIALS,
        upload_prefix=running.url,
        resource_type="video",
        chunk_size=5_000_000,
        public_id="video",
    )
    assert (response["public_id"], response["bytes"], response["etag"]) == (
        "video",
        len(video),
        hashlib.new("md5", video, usedforsecurity=False).hexdigest(),
    )


def test_upload_overwrites_unless_overwrite_is_false(upload: Callable[..., dict[str, Any]]) -> None:
    first = upload(png(1, 1), public_id="p")
    unchanged = upload(png(2, 2), public_id="p", overwrite="false")
    replaced = upload(png(2, 2), public_id="p")
    assert (first["width"], unchanged["width"], replaced["width"]) == (1, 1, 2)
    assert unchanged["asset_id"] == first["asset_id"] == replaced["asset_id"]


def test_destroy_removes_asset_and_requires_a_signature(
    upload: Callable[..., dict[str, Any]], running: RunningFakeCloudinary
) -> None:
    address = upload(png(), public_id="gone")["secure_url"]
    options = {**CREDENTIALS, "upload_prefix": running.url}
    assert cloudinary.uploader.destroy("gone", **options) == {"result": "ok"}
    assert cloudinary.uploader.destroy("gone", **options) == {"result": "not found"}
    assert httpx.get(address).status_code == 404
    unsigned = httpx.post(f"{running.url}/v1_1/demo/image/destroy", data={"public_id": "gone"})
    assert unsigned.status_code == 400


def test_public_id_with_path_traversal_stays_inside_the_media_folder(
    upload: Callable[..., dict[str, Any]], running: RunningFakeCloudinary, tmp_path: Path
) -> None:
    upload(png(), public_id="../../escaped")
    assert [path.name for path in tmp_path.iterdir()] == ["media"]
    assert sorted(path.suffix for path in (tmp_path / "media").iterdir()) == [".bin", ".json"]


def test_uploaded_files_survive_a_restart(tmp_path: Path) -> None:
    with serve(settings(tmp_path)) as first:
        assert browser_upload(first, signed_fields(public_id="p"), png()).status_code == 200
    with serve(settings(tmp_path)) as second:
        assert httpx.get(f"{second.url}/demo/image/upload/p.png").content == png()


@pytest.fixture
def webhook_receiver() -> Iterator[tuple[str, list[tuple[dict[str, str], str]]]]:
    received: list[tuple[dict[str, str], str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            received.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(503 if len(received) == 1 else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/notify", received
        server.shutdown()
        thread.join()


def test_notification_is_signed_and_retried_until_accepted(
    upload: Callable[..., dict[str, Any]],
    running: RunningFakeCloudinary,
    webhook_receiver: tuple[str, list[tuple[dict[str, str], str]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url, received = webhook_receiver
    monkeypatch.setattr(cloudinary.config(), "api_secret", SECRET, raising=False)
    asset_id = upload(png(), public_id="notified", notification_url=url)["asset_id"]
    assert_eventually(lambda: len(received) == 2)
    headers, body = received[1]
    assert cloudinary.utils.verify_notification_signature(
        body, headers["x-cld-timestamp"], headers["x-cld-signature"], algorithm="sha1"
    )
    assert '"notification_type": "upload"' in body
    assert asset_id in body
    assert_eventually(
        lambda: httpx.get(f"{running.url}/_local/notifications").json()["items"][0]["outcomes"] == ["503", "200"]
    )


def test_notifications_can_be_disabled_and_redelivered(
    upload: Callable[..., dict[str, Any]],
    running: RunningFakeCloudinary,
    webhook_receiver: tuple[str, list[tuple[dict[str, str], str]]],
) -> None:
    url, received = webhook_receiver
    httpx.patch(f"{running.url}/_local/settings", json={"notifications": "off"})
    upload(png(), notification_url=url)
    assert httpx.get(f"{running.url}/_local/notifications").json()["items"][0]["outcomes"] == []
    assert received == []
    httpx.post(f"{running.url}/_local/notifications/0/redeliver")
    assert_eventually(lambda: len(received) == 2)
