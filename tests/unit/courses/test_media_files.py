"""One file out of a form, and what an image is."""

import io
import struct

import pytest

from shared.errors import BodyTooLarge
from shared.http.multipart import FILE_LIMIT, MultipartInvalid, extract_file
from shared.images import ImageFormat, ImageTooManyPixels, ImageTypeUnsupported, check_image
from tests.local.cloudinary_kit import png

TYPE = "multipart/form-data; boundary=xyz"


def form(*parts: tuple[str, bytes, str | None]) -> bytes:
    out = io.BytesIO()
    for name, data, filename in parts:
        named = f'; filename="{filename}"' if filename is not None else ""
        out.write(f'--xyz\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'.encode() + data + b"\r\n")
    out.write(b"--xyz--\r\n")
    return out.getvalue()


def test_every_byte_of_the_file_comes_out() -> None:
    data = bytes(range(256)) * 40 + b"\r\n--xy\r\n--xy--\r\n"
    assert extract_file(TYPE, form(("note", b"hello", None), ("file", data, "a.png"), ("other", b"x", "b"))) == data
    quoted = 'Multipart/Form-Data; charset=utf-8; Boundary="xyz"'
    assert extract_file(quoted, form(("file", b"x", ""))) == b"x"


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (None, form(("file", b"x", "a"))),
        ("multipart/form-data", form(("file", b"x", "a"))),
        ("multipart/form-data; boundary=", form(("file", b"x", "a"))),
        ("multipart/form-data; boundary=other", form(("file", b"x", "a"))),
        ("multipart/form-data; boundary=\ud800", form(("file", b"x", "a"))),
        (TYPE, b""),
        (TYPE, b"--xyz"),
        (TYPE, form()),
        (TYPE, form(("file", b"", "a"))),
        (TYPE, form(("file", b"x", None))),
        (TYPE, form(("wrong", b"x", "a"))),
        (TYPE, form(("file", b"x", "a"), ("file", b"y", "b"))),
        (TYPE, form(("file", b"x", "a"))[:-20]),
        (TYPE, form(*[("file", b"x", "a")] * 50)),
        (TYPE, b'--xyz\r\nContent-Disposition: form-data; name="\xff\xfe"; filename="a"\r\n\r\nx\r\n--xyz--\r\n'),
        (TYPE, b"--xyz\r\n\r\nx\r\n--xyz--\r\n"),
    ],
)
def test_a_form_without_exactly_one_file_is_refused(content_type: str | None, body: bytes) -> None:
    with pytest.raises(MultipartInvalid):
        extract_file(content_type, body)


def test_a_file_may_be_five_megabytes() -> None:
    assert len(extract_file(TYPE, form(("file", bytes(FILE_LIMIT), "a")))) == FILE_LIMIT
    with pytest.raises(BodyTooLarge):
        extract_file(TYPE, form(("file", bytes(FILE_LIMIT + 1), "a")))


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


MAKERS = {
    "png": (png, ImageFormat.PNG),
    "jpeg": (jpeg, ImageFormat.JPEG),
    **{
        f"webp {kind.decode()}": (lambda w, h, kind=kind: webp(kind, w, h), ImageFormat.WEBP)
        for kind in (b"VP8X", b"VP8L", b"VP8 ")
    },
}


def _wide(name: str, width: int, height: int) -> bytes:
    if name == "png":
        small = png(1, 1)
        return small[:16] + struct.pack(">II", width, height) + small[24:]
    return bytes(MAKERS[name][0](width, height))


@pytest.mark.parametrize("name", MAKERS)
def test_images_are_known_by_their_first_bytes_and_measured(name: str) -> None:
    for size in ((1, 1), (8_000, 8_000)):
        assert check_image(_wide(name, *size)) is MAKERS[name][1]
    for size in ((8_001, 1), (1, 8_001)):
        with pytest.raises(ImageTooManyPixels):
            check_image(_wide(name, *size))


@pytest.mark.parametrize("name", MAKERS)
def test_an_image_cut_short_is_refused_not_a_fault(name: str) -> None:
    whole = _wide(name, 10, 10)
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
def test_everything_else_is_refused(data: bytes) -> None:
    with pytest.raises(ImageTypeUnsupported):
        check_image(data)


def test_an_image_without_extent_is_refused() -> None:
    with pytest.raises(ImageTypeUnsupported):
        check_image(_wide("png", 0, 5))
