"""Format and size of an uploaded image (JPEG, PNG or WebP), from its content. The file name is not trusted."""

import struct
from collections.abc import Callable
from enum import StrEnum
from typing import Final, NamedTuple

from shared.errors import Invalid, UnsupportedMediaType

SIDE_LIMIT: Final = 8_000
"""Pixels. The memory that a decoder needs grows with the area of the image, not with the size of the file."""

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
    title = "The image is wider or taller than 8000 pixels"


def check_image(data: bytes) -> ImageFormat:
    """The format of the image. Raises ImageTypeUnsupported, also for SVG and images whose size cannot be read, and
    ImageTooManyPixels."""
    try:
        image_format = _detect_format(data)
        size = _READERS[image_format](data) if image_format else None
    except (struct.error, IndexError) as truncated:
        raise ImageTypeUnsupported from truncated
    if image_format is None or size is None or not (size.width and size.height):
        raise ImageTypeUnsupported
    if max(size) > SIDE_LIMIT:
        raise ImageTooManyPixels(f"{size.width} x {size.height} pixels; at most {SIDE_LIMIT} x {SIDE_LIMIT}")
    return image_format


class _Size(NamedTuple):
    """In pixels."""

    width: int
    height: int


def _detect_format(data: bytes) -> ImageFormat | None:
    if data.startswith(_PNG) and data[12:16] == b"IHDR":
        return ImageFormat.PNG
    if data.startswith(_JPEG):
        return ImageFormat.JPEG
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return ImageFormat.WEBP
    return None


def _png_size(data: bytes) -> _Size:
    """From the IHDR chunk."""
    return _Size(*struct.unpack_from(">II", data, 16))


def _jpeg_size(data: bytes) -> _Size | None:
    """From the first start-of-frame segment."""
    offset = 2
    while data[offset] == 0xFF:
        marker = data[offset + 1]
        if marker == 0xFF:  # any number of fill bytes may precede a marker
            offset += 1
            continue
        if 0xC0 <= marker <= 0xCF and marker not in _NON_FRAME_MARKERS:
            height, width = struct.unpack_from(">HH", data, offset + 5)
            return _Size(width, height)
        offset += 2 + struct.unpack_from(">H", data, offset + 2)[0]
    return None


def _webp_size(data: bytes) -> _Size | None:
    """The size of the canvas, from the extended, lossless or lossy header."""
    chunk = data[12:16]
    if chunk == b"VP8X":
        width_bytes, height_bytes = data[24:27], data[27:30]
        if len(height_bytes) < 3:
            return None
        return _Size(int.from_bytes(width_bytes, "little") + 1, int.from_bytes(height_bytes, "little") + 1)
    if chunk == b"VP8L" and data[20] == 0x2F:
        bits = struct.unpack_from("<I", data, 21)[0]
        return _Size((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if chunk == b"VP8 " and data[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", data, 26)
        return _Size(width & 0x3FFF, height & 0x3FFF)
    return None


_READERS: Final[dict[ImageFormat, Callable[[bytes], _Size | None]]] = {
    ImageFormat.PNG: _png_size,
    ImageFormat.JPEG: _jpeg_size,
    ImageFormat.WEBP: _webp_size,
}
