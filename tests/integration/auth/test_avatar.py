"""Profile pictures, stored by the fake Cloudinary."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from local.cloudinary import RunningFakeCloudinary
from shared.db.entities import User
from shared.db.table import keys, store
from tests.fixtures.api import Api, Reply
from tests.fixtures.roundtrips import recorded_roundtrips
from tests.local.cloudinary.uploads import png


def upload(api: Api, data: bytes, field: str = "file", **headers: str) -> Reply:
    boundary = uuid.uuid4().hex
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"; filename="me.png"\r\n\r\n'
    body = head.encode() + data + f"\r\n--{boundary}--\r\n".encode()
    all_headers = {"Content-Type": f"multipart/form-data; boundary={boundary}", **headers}
    return api.call("PUT", "/api/auth/me/avatar", raw=body, headers=all_headers, base64_body=True)


def public_id(api: Api) -> str | None:
    user = store.get(User, keys.user(api.user_id))
    assert user
    return user.avatar_public_id


def test_avatar_upload_replaces_previous_image_and_delete_removes_it(
    media: RunningFakeCloudinary, student: Api
) -> None:
    first = upload(student, png())
    assert first.status == 200
    url = first.json["avatar_url"]
    assert httpx.get(url).content == png()
    assert student.get("/api/auth/me").json["avatar_url"] == url
    second = upload(student, png(4, 4)).json["avatar_url"]
    assert httpx.get(second).content == png(4, 4)
    assert httpx.get(url).status_code == 404
    assert student.delete("/api/auth/me/avatar").status == 204
    assert student.get("/api/auth/me").json["avatar_url"] is None
    assert httpx.get(second).status_code == 404
    assert student.delete("/api/auth/me/avatar").status == 204


@pytest.mark.parametrize(
    ("data", "field", "status", "code"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "file", 415, "image_type_unsupported"),
        (b"GIF89a" + bytes(100), "file", 415, "image_type_unsupported"),
        (png(9_000, 1), "file", 422, "image_too_many_pixels"),
        (png(), "picture", 400, "multipart_invalid"),
        (b"", "file", 400, "multipart_invalid"),
        (png() + bytes(5 * 1024 * 1024), "file", 413, "body_too_large"),
    ],
)
def test_avatar_upload_of_invalid_image_returns_4xx_and_keeps_stored_avatar(
    media: RunningFakeCloudinary, student: Api, data: bytes, field: str, status: int, code: str
) -> None:
    upload(student, png())
    before = public_id(student)
    reply = upload(student, data, field)
    assert (reply.status, reply.code) == (status, code)
    assert public_id(student) == before


def test_avatar_routes_check_authentication_before_media_type(
    media: RunningFakeCloudinary, anonymous: Api, student: Api
) -> None:
    assert upload(anonymous, b"x").status == 401
    assert anonymous.delete("/api/auth/me/avatar").status == 401
    assert student.put("/api/auth/me/avatar", {"file": "x"}).status == 415


def test_avatar_upload_during_media_outage_returns_503_and_keeps_old_avatar(
    media: RunningFakeCloudinary, student: Api
) -> None:
    url = upload(student, png()).json["avatar_url"]
    media.stop()
    reply = upload(student, png(4, 4))
    assert (reply.status, reply.code) == (503, "media_unavailable")
    assert student.get("/api/auth/me").json["avatar_url"] == url


def test_avatar_concurrent_uploads_keep_one_image_and_delete_the_others(
    media: RunningFakeCloudinary, student: Api
) -> None:
    with ThreadPoolExecutor(5) as pool:
        replies = list(pool.map(lambda n: upload(student, png(n + 1, 1)), range(5)))
    assert {reply.status for reply in replies} == {200}
    current = student.get("/api/auth/me").json["avatar_url"]
    stored = [reply.json["avatar_url"] for reply in replies if httpx.get(reply.json["avatar_url"]).status_code == 200]
    assert stored == [current]


def test_avatar_upload_makes_one_read_and_one_write(media: RunningFakeCloudinary, student: Api) -> None:
    student.get("/api/auth/me")  # fills the cache of revocations
    with recorded_roundtrips() as seen:
        upload(student, png())
    assert seen.operations == ["GetItem", "UpdateItem"]
