"""Extraction of one file from a multipart form, and detection of image format and size."""

import io
import struct
from collections.abc import Callable
from functools import partial

import pytest

from shared.domain.images import ImageFormat, ImageTooManyPixels, ImageTypeUnsupported, check_image
from shared.errors import BodyTooLarge
from shared.http.multipart import FILE_LIMIT, MultipartInvalid, extract_file
from tests.local.cloudinary.uploads import png

CONTENT_TYPE = "multipart/form-data; boundary=xyz"


def multipart_form(*parts: tuple[str, bytes, str | None]) -> bytes:
    form = io.BytesIO()
    for name, data, filename in parts:
        filename_parameter = f'; filename="{filename}"' if filename is not None else ""
        disposition = f'form-data; name="{name}"{filename_parameter}'
        form.write(f"--xyz\r\nContent-Disposition: {disposition}\r\n\r\n".encode() + data + b"\r\n")
    form.write(b"--xyz--\r\n")
    return form.getvalue()


def test_multipart_file_among_other_fields_returns_every_byte() -> None:
    data = bytes(range(256)) * 40 + b"\r\n--xy\r\n--xy--\r\n"
    assert (
        extract_file(
            CONTENT_TYPE, multipart_form(("note", b"hello", None), ("file", data, "a.png"), ("other", b"x", "b"))
        )
        == data
    )
    quoted = 'Multipart/Form-Data; charset=utf-8; Boundary="xyz"'
    assert extract_file(quoted, multipart_form(("file", b"x", ""))) == b"x"


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (None, multipart_form(("file", b"x", "a"))),
        ("multipart/form-data", multipart_form(("file", b"x", "a"))),
        ("multipart/form-data; boundary=", multipart_form(("file", b"x", "a"))),
        ("multipart/form-data; boundary=other", multipart_form(("file", b"x", "a"))),
        ("multipart/form-data; boundary=\ud800", multipart_form(("file", b"x", "a"))),
        (CONTENT_TYPE, b""),
        (CONTENT_TYPE, b"--xyz"),
        (CONTENT_TYPE, multipart_form()),
        (CONTENT_TYPE, multipart_form(("file", b"", "a"))),
        (CONTENT_TYPE, multipart_form(("file", b"x", None))),
        (CONTENT_TYPE, multipart_form(("wrong", b"x", "a"))),
        (CONTENT_TYPE, multipart_form(("file", b"x", "a"), ("file", b"y", "b"))),
        (CONTENT_TYPE, multipart_form(("file", b"x", "a"))[:-20]),
        (CONTENT_TYPE, multipart_form(*[("file", b"x", "a")] * 50)),
        (
            CONTENT_TYPE,
            b'--xyz\r\nContent-Disposition: form-data; name="\xff\xfe"; filename="a"\r\n\r\nx\r\n--xyz--\r\n',
        ),
        (CONTENT_TYPE, b"--xyz\r\n\r\nx\r\n--xyz--\r\n"),
    ],
)
def test_multipart_without_exactly_one_file_raises_multipart_invalid(content_type: str | None, body: bytes) -> None:
    with pytest.raises(MultipartInvalid):
        extract_file(content_type, body)


def test_multipart_file_above_limit_raises_body_too_large() -> None:
    assert len(extract_file(CONTENT_TYPE, multipart_form(("file", bytes(FILE_LIMIT), "a")))) == FILE_LIMIT
    with pytest.raises(BodyTooLarge):
        extract_file(CONTENT_TYPE, multipart_form(("file", bytes(FILE_LIMIT + 1), "a")))


def jpeg(width: int, height: int) -> bytes:
    exif = b"\xff\xe1" + struct.pack(">H", 10) + b"Exif\0\0\0\0"
    table = b"\xff\xc4" + struct.pack(">H", 4) + b"\xff\xc0"
    frame = b"\xff\xff\xc2" + struct.pack(">HBHHB", 8, 8, height, width, 0)
    return b"\xff\xd8" + exif + table + frame


def webp(kind: bytes, width: int, height: int) -> bytes:
    chunk = {
        b"VP8X": bytes(4) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little"),
        b"VP8L": b"\x2f" + struct.pack("<I", (width - 1) | (height - 1) << 14),
        b"VP8 ": bytes(3) + b"\x9d\x01\x2a" + struct.pack("<HH", width, height),
    }[kind]
    return b"RIFF" + bytes(4) + b"WEBP" + kind + struct.pack("<I", len(chunk)) + chunk


IMAGE_BUILDERS: dict[str, tuple[Callable[[int, int], bytes], ImageFormat]] = {
    "png": (png, ImageFormat.PNG),
    "jpeg": (jpeg, ImageFormat.JPEG),
    **{f"webp {kind.decode()}": (partial(webp, kind), ImageFormat.WEBP) for kind in (b"VP8X", b"VP8L", b"VP8 ")},
}


def _image_of_size(name: str, width: int, height: int) -> bytes:
    if name == "png":
        small = png(1, 1)
        return small[:16] + struct.pack(">II", width, height) + small[24:]
    return IMAGE_BUILDERS[name][0](width, height)


@pytest.mark.parametrize("name", IMAGE_BUILDERS)
def test_image_check_returns_format_and_rejects_sides_above_8000_pixels(name: str) -> None:
    for size in ((1, 1), (8_000, 8_000)):
        assert check_image(_image_of_size(name, *size)) is IMAGE_BUILDERS[name][1]
    for size in ((8_001, 1), (1, 8_001)):
        with pytest.raises(ImageTooManyPixels):
            check_image(_image_of_size(name, *size))


@pytest.mark.parametrize("name", IMAGE_BUILDERS)
def test_image_check_truncated_file_passes_or_raises_type_unsupported(name: str) -> None:
    whole = _image_of_size(name, 10, 10)
    for length in range(len(whole[:40])):
        try:
            check_image(whole[:length])
        except ImageTypeUnsupported:
            continue


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<?xml version='1.0'?><svg/>",
        b"GIF89a\x01\x00\x01\x00",
        b"BM" + bytes(60),
        b"\xff\xd8\xff\xe0\x00\x00" + bytes(10),
        b"\xff\xd8\xff\xd9",
        b"RIFF\x00\x00\x00\x00WAVEfmt ",
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIDATxxxxyyyy",
        b"%PDF-1.7",
    ],
)
def test_image_check_other_format_raises_type_unsupported(data: bytes) -> None:
    with pytest.raises(ImageTypeUnsupported):
        check_image(data)


def test_image_check_zero_width_raises_type_unsupported() -> None:
    with pytest.raises(ImageTypeUnsupported):
        check_image(_image_of_size("png", 0, 5))
