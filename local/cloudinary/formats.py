"""Detect the format of a file by its first bytes, never by its name."""

import struct
from dataclasses import dataclass

CONTENT_TYPES = {
    "jpg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    "mp4": "video/mp4",
    "mov": "video/quicktime",
    "webm": "video/webm",
}


@dataclass(frozen=True)
class Format:
    """`resource_type`: image, video or raw. Sizes in pixels and `duration` in seconds, None when not in the file."""

    resource_type: str
    name: str
    width: int | None = None
    height: int | None = None
    duration: float | None = None


def detect_format(data: bytes) -> Format:
    if data.startswith(b"\x89PNG\r\n\x1a\n") and len(data) >= 24:
        return Format("image", "png", *struct.unpack(">II", data[16:24]))
    if data.startswith(b"\xff\xd8\xff"):
        return Format("image", "jpg", *_jpeg_size(data))
    if data[:6] in (b"GIF87a", b"GIF89a") and len(data) >= 10:
        return Format("image", "gif", *struct.unpack("<HH", data[6:10]))
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return Format("image", "webp", *_webp_size(data))
    if data[4:8] == b"ftyp":
        return Format("video", "mov" if data[8:12] == b"qt  " else "mp4", duration=_movie_seconds(data))
    if data.startswith(b"\x1a\x45\xdf\xa3"):
        return Format("video", "webm")
    return Format("raw", "")


def _jpeg_size(data: bytes) -> tuple[int | None, int | None]:
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):  # a start of frame
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        at += 2 + length
    return None, None


def _webp_size(data: bytes) -> tuple[int | None, int | None]:
    kind = data[12:16]
    if kind == b"VP8X" and len(data) >= 30:
        return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    if kind == b"VP8L" and len(data) >= 25:
        bits = int.from_bytes(data[21:25], "little")
        return (bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1
    if kind == b"VP8 " and len(data) >= 30:
        width, height = struct.unpack("<HH", data[26:30])
        return width & 0x3FFF, height & 0x3FFF
    return None, None


def _movie_seconds(data: bytes) -> float | None:
    """The duration in the movie header box (mvhd), at any position; version 0 has 32-bit, version 1 64-bit fields."""
    at = data.find(b"mvhd")
    if at < 0 or len(data) < at + 36:
        return None
    layout, start = (">IQ", at + 24) if data[at + 4] == 1 else (">II", at + 16)
    scale, length = struct.unpack_from(layout, data, start)
    return round(length / scale, 3) if scale else None
