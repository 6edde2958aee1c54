"""Sample files, and uploads as a browser sends them."""

import struct
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cloudinary.utils
import httpx

from local.cloudinary import FakeCloudinarySettings, RunningFakeCloudinary
from local.waiting import wait_until

SECRET = "media secret"
CREDENTIALS = {"cloud_name": "demo", "api_key": "100000000000001", "api_secret": SECRET}


def settings(directory: Path, **options: Any) -> FakeCloudinarySettings:
    """Settings with CREDENTIALS and the folder of the files; `options` replaces or adds fields. Raises ValueError."""
    return FakeCloudinarySettings(**{**CREDENTIALS, "directory": directory, **options})


def png(width: int = 3, height: int = 2) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = (b"\0" + b"\x20\x60\xff" * width) * height
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def mp4(seconds: int = 90) -> bytes:
    header = struct.pack(">4xIIII", 0, 0, 1_000, seconds * 1_000) + bytes(80)
    movie = struct.pack(">I4s", len(header) + 8, b"mvhd") + header
    return struct.pack(">I4s4s8x", 20, b"ftyp", b"isom") + struct.pack(">I4s", len(movie) + 8, b"moov") + movie


def assert_eventually(condition: Callable[[], bool]) -> None:
    assert wait_until(condition)


def signed_fields(**params: Any) -> dict[str, str]:
    """The form fields that a server gives to a browser for a direct upload."""
    fields = {"timestamp": str(int(time.time())), **{name: str(value) for name, value in params.items()}}
    return {
        **fields,
        "signature": cloudinary.utils.api_sign_request(fields, SECRET),
        "api_key": CREDENTIALS["api_key"],
    }


def browser_upload(
    running: RunningFakeCloudinary, fields: dict[str, str], data: bytes, kind: str = "image"
) -> httpx.Response:
    return httpx.post(
        f"{running.url}/v1_1/demo/{kind}/upload",
        data=fields,
        files={"file": ("picture.png", data, "image/png")},
        headers={"Origin": "https://app.example.com"},
    )
