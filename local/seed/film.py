"""A short film for video lessons, made without an encoder: H.264 whose pictures are stored, not compressed.

Every macroblock is I_PCM (ITU-T H.264, 7.3.5), so each picture is its samples behind a few bits of header. Samples
stay within 16 to 235, so no byte sequence needs escaping. Each picture is shown for several seconds, like a slide.
"""

import struct
from functools import cache
from typing import Final

from local.seed.pictures import parsed

_COLUMNS: Final = 16
_ROWS: Final = 9
_WIDTH: Final = _COLUMNS * 16
_HEIGHT: Final = _ROWS * 16
_TIMESCALE: Final = 1_000
_PCM_HEADER: Final = b"\x0d\x00"  # mb_type 25 as ue(v), then zero bits up to the next byte


class _Bits:
    def __init__(self) -> None:
        self._text = ""

    def fixed(self, value: int, width: int) -> "_Bits":
        self._text += f"{value:0{width}b}"
        return self

    def golomb(self, *values: int) -> "_Bits":
        """ue(v): unsigned Exp-Golomb codes."""
        for value in values:
            code = f"{value + 1:b}"
            self._text += "0" * (len(code) - 1) + code
        return self

    def aligned(self, fill: str) -> bytes:
        """Filled up to a whole byte: "0", or "1" and zeros for the stop bit that ends a unit."""
        text = self._text + fill
        text += "0" * (-len(text) % 8)
        return int(text, 2).to_bytes(len(text) // 8, "big")


@cache
def film(seconds: int, colour: str) -> bytes:
    """An MP4 of 256 x 144 in which a bar grows over `colour` ("#rrggbb"): a picture every 15 seconds."""
    count = max(2, seconds // 15)
    pictures = [_picture(number, count, colour) for number in range(count)]
    sizes = [len(each) for each in pictures]
    film_bytes = b"".join(pictures)
    kind = _box(b"ftyp", b"isom" + struct.pack(">I", 512) + b"isomiso2avc1mp41")
    milliseconds = seconds * _TIMESCALE
    # The index stands before the data, so playing can begin at once; its length does not depend on the offset in it.
    index = _index(milliseconds, sizes, 0)
    return kind + _index(milliseconds, sizes, len(kind) + len(index) + 8) + _box(b"mdat", film_bytes)


def _picture(number: int, count: int, colour: str) -> bytes:
    """One IDR slice, behind its length."""
    slice_header = _Bits().golomb(0, 7, 0).fixed(0, 4).golomb(number % 2).fixed(0, 2).golomb(0, 1)
    # slice_qp_delta 0, then no deblocking (disable_deblocking_filter_idc 1) is said by the last two codes.
    y, cb, cr = _ycc(colour)
    bar = round(_COLUMNS * (number + 1) / count)
    luma, chroma = _tables(y, cb, cr)
    first = True
    data = bytearray()
    for row in range(_ROWS):
        for column in range(_COLUMNS):
            lit = row == _ROWS - 2 and 1 <= column < bar - 1
            samples = (b"\xd2" * 256 + b"\x80" * 128) if lit else luma[row] + chroma
            if first:
                data += slice_header.golomb(25).aligned("")
                first = False
            else:
                data += _PCM_HEADER
            data += samples
    data += b"\x80"  # the stop bit
    unit = b"\x65" + bytes(data)
    return struct.pack(">I", len(unit)) + unit


def _tables(y: int, cb: int, cr: int) -> tuple[list[bytes], bytes]:
    """Luma of a macroblock for each row of them (darker towards the bottom), and the chroma of all."""
    luma = [b"".join(bytes([max(16, y - (row * 16 + line) // 3)]) * 16 for line in range(16)) for row in range(_ROWS)]
    return luma, bytes([cb]) * 64 + bytes([cr]) * 64


def _ycc(colour: str) -> tuple[int, int, int]:
    """BT.601, limited range."""
    red, green, blue = parsed(colour)
    y = 16 + (66 * red + 129 * green + 25 * blue) // 256
    cb = 128 + (-38 * red - 74 * green + 112 * blue) // 256
    cr = 128 + (112 * red - 94 * green - 18 * blue) // 256
    return y, cb, cr


def _parameters() -> tuple[bytes, bytes]:
    """Sequence parameters: Baseline, level 1.3, one reference, no cropping. Picture parameters: CAVLC."""
    sequence = _Bits().golomb(0, 0, 2, 0).fixed(0, 1).golomb(_COLUMNS - 1, _ROWS - 1).fixed(0b1100, 4)
    picture = _Bits().golomb(0, 0).fixed(0, 2).golomb(0, 0, 0).fixed(0, 3).golomb(0, 0, 0).fixed(0b100, 3)
    return b"\x67\x42\xc0\x0d" + sequence.aligned("1"), b"\x68" + picture.aligned("1")


def _index(milliseconds: int, sizes: list[int], offset: int) -> bytes:
    """`offset`: of the first picture in the file."""
    matrix = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
    movie = struct.pack(">5I", 0, 0, 0, _TIMESCALE, milliseconds)
    movie += struct.pack(">IH10x", 0x10000, 0x100) + matrix + bytes(24) + struct.pack(">I", 2)
    track = struct.pack(">IIIIII8xHHHH", 7, 0, 0, 1, 0, milliseconds, 0, 0, 0, 0) + matrix
    track += struct.pack(">II", _WIDTH << 16, _HEIGHT << 16)
    media = struct.pack(">IIIIIHH", 0, 0, 0, _TIMESCALE, milliseconds, 0x55C4, 0)
    handler = struct.pack(">II4s12x", 0, 0, b"vide") + b"film\0"
    source = _box(b"dinf", _box(b"dref", struct.pack(">II", 0, 1) + _box(b"url ", struct.pack(">I", 1))))
    table = _box(b"stbl", _samples(milliseconds, sizes, offset))
    information = _box(b"minf", _box(b"vmhd", struct.pack(">I8x", 1)) + source + table)
    return _box(
        b"moov",
        _box(b"mvhd", movie)
        + _box(
            b"trak",
            _box(b"tkhd", track) + _box(b"mdia", _box(b"mdhd", media) + _box(b"hdlr", handler) + information),
        ),
    )


def _samples(milliseconds: int, sizes: list[int], offset: int) -> bytes:
    sequence, picture = _parameters()
    configuration = b"\x01" + sequence[1:4] + b"\xff\xe1" + struct.pack(">H", len(sequence)) + sequence
    configuration += b"\x01" + struct.pack(">H", len(picture)) + picture
    entry = struct.pack(">6xH16xHHIIIH32xHh", 1, _WIDTH, _HEIGHT, 0x480000, 0x480000, 0, 1, 24, -1)
    described = struct.pack(">II", 0, 1) + _box(b"avc1", entry + _box(b"avcC", configuration))
    each, rest = divmod(milliseconds, len(sizes))
    times = [(len(sizes) - 1, each), (1, each + rest)]
    return (
        _box(b"stsd", described)
        + _box(b"stts", struct.pack(">II", 0, len(times)) + b"".join(struct.pack(">II", *run) for run in times))
        + _box(b"stsc", struct.pack(">IIIII", 0, 1, 1, len(sizes), 1))
        + _box(b"stsz", struct.pack(">III", 0, 0, len(sizes)) + b"".join(struct.pack(">I", size) for size in sizes))
        + _box(b"stco", struct.pack(">III", 0, 1, offset))
    )


def _box(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data) + 8) + kind + data
