"""Thumbnails, direct uploads and upload notifications, with the fake Cloudinary."""

import hashlib
import json
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from local.cloudinary import RunningFakeCloudinary
from shared.db.entities import Course, MediaAsset
from shared.db.table import keys, store
from shared.http.multipart import FILE_LIMIT
from tests.conftest import SETTINGS
from tests.fixtures.api import Api, Reply
from tests.fixtures.course_authoring import new_course, new_section, published_course
from tests.local.cloudinary.uploads import mp4, png

SECRET = SETTINGS["LMS_CLOUDINARY_API_SECRET"]


def upload(api: Api, course_id: str, data: bytes, field: str = "file") -> Reply:
    boundary = uuid.uuid4().hex
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"; filename="x.png"\r\n\r\n'
    body = head.encode() + data + f"\r\n--{boundary}--\r\n".encode()
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    return api.call("PUT", f"/api/courses/{course_id}/thumbnail", raw=body, headers=headers, base64_body=True)


def stored_course(course_id: str) -> Course:
    course = store.get(Course, keys.course(course_id))
    assert course
    return course


def signature_for(api: Api, purpose: str, course_id: str | None = None) -> Any:
    body = {"purpose": purpose} | ({"course_id": course_id} if course_id else {})
    signed = api.post("/api/media/signature", body)
    assert signed.status == 200, signed.text
    return signed.json


def notify(
    document: Any, *, at: float | None = None, secret: str = SECRET, algorithm: str = "sha1", **changes: Any
) -> Reply:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    timestamp = str(int(at if at is not None else time.time()))
    headers = {
        "Content-Type": "application/json",
        "X-Cld-Timestamp": timestamp,
        "X-Cld-Signature": hashlib.new(algorithm, body + timestamp.encode() + secret.encode()).hexdigest(),
    }
    headers = {name: value for name, value in {**headers, **changes}.items() if value is not None}
    return Api().call("POST", "/api/media/notifications", raw=body, headers=headers, base64_body=True)


def notification_body(public_id: str, **changes: Any) -> dict[str, Any]:
    return {
        "notification_type": "upload",
        "public_id": public_id,
        "version": 1_900_000_000,
        "format": "png",
        "resource_type": "image",
        "type": "upload",
        "bytes": 100,
        **changes,
    }


def test_thumbnail_upload_replaces_previous_and_is_deleted_with_course(
    media: RunningFakeCloudinary, instructor: Api, anonymous: Api
) -> None:
    course_id, *_ = published_course(instructor)
    first = upload(instructor, course_id, png())
    assert first.status == 200
    url = first.json["thumbnail_url"]
    assert httpx.get(url).content == png()
    assert anonymous.get(f"/api/courses/{course_id}").json["thumbnail_url"] == url
    second = upload(instructor, course_id, png(4, 4))
    assert httpx.get(second.json["thumbnail_url"]).content == png(4, 4)
    assert httpx.get(url).status_code == 404, "the previous image is deleted after the new one is shown"
    assert second.json["version"] == first.json["version"] + 1
    assert "thumbnail_public_id" not in second.text
    assert instructor.post(f"/api/courses/{course_id}/unpublish").status == 200
    assert instructor.delete(f"/api/courses/{course_id}").status == 204
    assert httpx.get(second.json["thumbnail_url"]).status_code == 404, "the image is deleted with its course"


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415, "image_type_unsupported"),
        (b"GIF89a\x01\x00\x01\x00", 415, "image_type_unsupported"),
        (b"\x89PNG\r\n\x1a\n", 415, "image_type_unsupported"),
        (b"%PDF-1.7", 415, "image_type_unsupported"),
        (b"", 400, "multipart_invalid"),
        (png() + b"\0" * FILE_LIMIT, 413, "body_too_large"),
        (png(1, 1)[:16] + (8_001).to_bytes(4, "big") + png(1, 1)[20:], 422, "image_too_many_pixels"),
    ],
)
def test_thumbnail_upload_of_invalid_image_is_rejected_and_not_forwarded(
    media: RunningFakeCloudinary, instructor: Api, data: bytes, status: int, code: str
) -> None:
    course_id = new_course(instructor)["id"]
    rejected = upload(instructor, course_id, data)
    assert (rejected.status, rejected.code) == (status, code)
    assert not media.application.store._assets
    assert stored_course(course_id).version == 1


def test_thumbnail_upload_without_file_part_is_rejected(media: RunningFakeCloudinary, instructor: Api) -> None:
    course_id = new_course(instructor)["id"]
    assert upload(instructor, course_id, png(), field="other").code == "multipart_invalid"
    path = f"/api/courses/{course_id}/thumbnail"
    headers = {"Content-Type": "multipart/form-data"}
    assert instructor.put(path, raw=b"x", headers=headers).code == "multipart_invalid"
    assert instructor.put(path, raw=b"x", headers={"Content-Type": "image/png"}).status == 415


def test_thumbnail_upload_during_media_outage_returns_503_and_changes_nothing(instructor: Api) -> None:
    course_id = new_course(instructor)["id"]
    rejected = upload(instructor, course_id, png())
    assert (rejected.status, rejected.code) == (503, "media_unavailable")
    assert rejected.headers["Retry-After"]
    assert stored_course(course_id).version == 1


def test_thumbnail_concurrent_uploads_keep_one_asset(media: RunningFakeCloudinary, instructor: Api) -> None:
    course_id = new_course(instructor)["id"]
    with ThreadPoolExecutor(4) as pool:
        replies = list(pool.map(lambda side: upload(instructor, course_id, png(side, side)), range(1, 5)))
    assert [reply.status for reply in replies] == [200] * 4
    assert [asset.public_id for asset in media.application.store._assets.values()] == [
        stored_course(course_id).thumbnail_public_id
    ]


def test_thumbnail_notification_repeated_updates_course_once(media: RunningFakeCloudinary, instructor: Api) -> None:
    course_id = new_course(instructor)["id"]
    media.application.notifications.enabled = False
    signed = signature_for(instructor, "thumbnail", course_id)
    assert signed["public_id"] == signed["fields"]["public_id"]
    assert signed["public_id"].startswith(f"lectern/{course_id}/thumbnail_")
    assert signed["fields"]["notification_url"] == "http://127.0.0.1:8000/api/media/notifications"
    reply = httpx.post(signed["upload_url"], data=signed["fields"], files={"file": ("x.png", png())})
    assert reply.status_code == 200
    sent = media.application.notifications.sent[-1].body.encode()
    for _ in range(3):
        assert notify(sent).status == 204
    course = instructor.get(f"/api/courses/{course_id}").json
    assert course["version"] == 2, "only the first notification changes the course"
    assert httpx.get(course["thumbnail_url"]).content == png()


def test_upload_signature_is_valid_for_one_unchanged_upload(media: RunningFakeCloudinary, instructor: Api) -> None:
    course_id = new_course(instructor)["id"]
    signed = signature_for(instructor, "thumbnail", course_id)
    for change in ({"public_id": "lectern/other"}, {"type": "private"}, {"allowed_formats": "svg"}, {"timestamp": "9"}):
        reply = httpx.post(signed["upload_url"], data={**signed["fields"], **change}, files={"file": ("x.png", png())})
        assert reply.status_code == 401, change
    rejected = httpx.post(signed["upload_url"], data=signed["fields"], files={"file": ("x.gif", b"GIF89a" + bytes(8))})
    assert rejected.status_code == 400


def test_lesson_video_is_playable_until_its_url_expires(
    media: RunningFakeCloudinary, instructor: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    course_id, section_id, _ = published_course(instructor)
    media.application.notifications.enabled = False
    signed = signature_for(instructor, "lesson_video", course_id)
    assert signed["fields"]["type"] == "authenticated"
    assert httpx.post(signed["upload_url"], data=signed["fields"], files={"file": ("x.mp4", mp4())}).status_code == 200
    sent = media.application.notifications.sent[-1].body.encode()
    assert [notify(sent).status for _ in range(2)] == [204, 204]
    asset = store.get(MediaAsset, keys.media_asset(course_id, signed["public_id"]))
    assert asset
    assert (asset.format, asset.duration_seconds, asset.byte_count) == ("mp4", 90, len(mp4()))
    body = {"section_id": section_id, "title": "Film", "kind": "video", "video_public_id": signed["public_id"]}
    lesson_id = instructor.post("/api/lessons", body).json["id"]
    video = instructor.get(f"/api/courses/{course_id}/lessons/{lesson_id}").json["video"]
    assert httpx.get(video["url"]).content == mp4()
    longer = video["url"].replace("expires_at=1", "expires_at=2")
    assert httpx.get(longer).status_code == 401
    monkeypatch.setattr(media.application, "_now", lambda: time.time() + 601)
    assert httpx.get(video["url"]).status_code == 401
    assert instructor.post(f"/api/courses/{course_id}/unpublish").status == 200
    assert instructor.delete(f"/api/courses/{course_id}").status == 204
    assert store.query_all(keys.course(course_id).pk) == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"purpose": "thumbnail"},
        {"purpose": "lesson_video"},
        {"purpose": "avatar", "course_id": "crs_x"},
        {"purpose": "banner"},
        {"purpose": "avatar", "folder": "x"},
    ],
)
def test_upload_signature_with_unsupported_request_returns_422(instructor: Api, body: dict[str, str]) -> None:
    assert instructor.post("/api/media/signature", body).status == 422


def test_avatar_signature_is_scoped_to_the_signed_in_user(student: Api, admin: Api, anonymous: Api) -> None:
    for user in (student, admin):
        signed = signature_for(user, "avatar")
        assert signed["public_id"].startswith(f"lectern/{user.user_id}/avatar_")
        assert signed["fields"]["allowed_formats"] == "jpg,png,webp"
        assert "secret" not in json.dumps(signed)
    assert anonymous.post("/api/media/signature", {"purpose": "avatar"}).status == 401


@pytest.mark.parametrize(
    "changes",
    [
        {"secret": "another"},
        {"secret": ""},
        {"at": time.time() - 3600},
        {"at": time.time() + 3600},
        {"X-Cld-Signature": None},
        {"X-Cld-Signature": ""},
        {"X-Cld-Signature": "é" * 40},
        {"X-Cld-Signature": "0" * 40},
        {"X-Cld-Signature": "0" * 64},
        {"X-Cld-Timestamp": None},
        {"X-Cld-Timestamp": "soon"},
        {"X-Cld-Timestamp": "١٢٣"},
        {"X-Cld-Timestamp": "9" * 5000},
    ],
)
def test_media_notification_with_invalid_signature_returns_401_and_changes_nothing(
    instructor: Api, changes: dict[str, Any]
) -> None:
    course_id = new_course(instructor)["id"]
    rejected = notify(notification_body(f"lectern/{course_id}/thumbnail_0123456789abcdef01234567"), **changes)
    assert (rejected.status, rejected.code) == (401, "notification_signature_invalid")
    assert stored_course(course_id).version == 1


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_media_notification_arriving_late_keeps_the_newer_thumbnail(
    media: RunningFakeCloudinary, instructor: Api, algorithm: str
) -> None:
    course_id = new_course(instructor)["id"]
    old, new = (f"lectern/{course_id}/thumbnail_{digit * 24}" for digit in "ab")
    assert notify(notification_body(new, version=1_900_000_002), algorithm=algorithm).status == 204
    assert notify(notification_body(old, version=1_900_000_001), algorithm=algorithm).status == 204
    course = stored_course(course_id)
    assert (course.thumbnail_public_id, course.version) == (new, 2)
    assert str(course.thumbnail_url).endswith(f"/image/upload/v1900000002/{new}.png")


def test_media_notification_for_foreign_asset_returns_204_and_stores_nothing(
    media: RunningFakeCloudinary, instructor: Api
) -> None:
    course_id = new_course(instructor)["id"]
    new_section(instructor, course_id)
    before = len(store.query_all(keys.course(course_id).pk))
    good = f"lectern/{course_id}/thumbnail_0123456789abcdef01234567"
    documents: list[Any] = [
        notification_body("another/product"),
        notification_body("lectern/crs_01ARZ3NDEKTSV4RRFFQ69G5FAV/thumbnail_0123456789abcdef01234567"),
        notification_body(good, notification_type="delete"),
        notification_body(good, resource_type="raw"),
        notification_body(good, type="private"),
        notification_body(good, format="svg"),
        notification_body(good, version="1"),
        notification_body(good.replace("thumbnail", "lesson_video")),
        notification_body(
            "lectern/crs_01ARZ3NDEKTSV4RRFFQ69G5FAV/lesson_video_0123456789abcdef01234567", type="authenticated"
        )
        | {"resource_type": "video", "format": "mp4"},
        [],
        b"not json",
        b"\xff",
        b"",
    ]
    for document in documents:
        assert notify(document).status == 204, document
    assert len(store.query_all(keys.course(course_id).pk)) == before
    assert stored_course(course_id).version == 1
