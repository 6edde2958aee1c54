"""What an uploaded image is, from its first bytes and never from its name: JPEG, PNG or WebP, of a sane size."""

import struct
from enum import StrEnum
from typing import Final

from shared.errors import Invalid, UnsupportedMediaType

SIDE_LIMIT: Final = 8_000
"""Pixels: what a decoder is asked to unfold grows with the area, not with the bytes that were sent."""

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_JPEG: Final = b"\xff\xd8\xff"
_NON_FRAME_MARKERS: Final = frozenset({0xC4, 0xC8, 0xCC})


class ImageFormat(StrEnum):
    JPEG = "jpg"
    PNG = "png"
    WEBP = "webp"


class ImageTypeUnsupported(UnsupportedMediaType):
    code = "image_type_unsupported"
    title = "The file is not a JPEG, PNG or WebP image"


class ImageTooManyPixels(Invalid):
    code = "image_too_many_pixels"
    title = "The image is wider or higher than 8000 pixels"


def check_image(data: bytes) -> ImageFormat:
    """The format of the image. Raises ImageTypeUnsupported (SVG and whatever cannot be measured included) and
    ImageTooManyPixels."""
    try:
        found = _read_dimensions(data)
    except (struct.error, IndexError) as cut_short:
        raise ImageTypeUnsupported from cut_short
    if found is None:
        raise ImageTypeUnsupported
    image_format, width, height = found
    if not (width and height):
        raise ImageTypeUnsupported
    if max(width, height) > SIDE_LIMIT:
        raise ImageTooManyPixels(f"{width} x {height} pixels; at most {SIDE_LIMIT} x {SIDE_LIMIT}")
    return image_format


def _read_dimensions(data: bytes) -> tuple[ImageFormat, int, int] | None:
    if data.startswith(_PNG) and data[12:16] == b"IHDR":
        width, height = struct.unpack_from(">II", data, 16)
        return ImageFormat.PNG, width, height
    if data.startswith(_JPEG):
        size = _jpeg_size(data)
        return (ImageFormat.JPEG, *size) if size else None
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        size = _webp_size(data)
        return (ImageFormat.WEBP, *size) if size else None
    return None


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    """Width and height from the first start-of-frame segment."""
    at = 2
    while data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:  # any number of fill bytes may stand before a marker
            at += 1
            continue
        if 0xC0 <= marker <= 0xCF and marker not in _NON_FRAME_MARKERS:
            height, width = struct.unpack_from(">HH", data, at + 5)
            return width, height
        at += 2 + struct.unpack_from(">H", data, at + 2)[0]
    return None


def _webp_size(data: bytes) -> tuple[int, int] | None:
    """Width and height of the canvas: extended, lossless or lossy."""
    kind = data[12:16]
    if kind == b"VP8X":
        wide, high = data[24:27], data[27:30]
        if len(high) < 3:
            return None
        return int.from_bytes(wide, "little") + 1, int.from_bytes(high, "little") + 1
    if kind == b"VP8L" and data[20] == 0x2F:
        bits = struct.unpack_from("<I", data, 21)[0]
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 " and data[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF
    return None
