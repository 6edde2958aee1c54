"""Course covers, drawn without a library: a diagonal gradient and one motif, as PNG."""

import math
import struct
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from typing import Final

Colour = tuple[int, int, int]
WIDTH: Final = 640
HEIGHT: Final = 360


class Canvas:
    """Rows of RGB bytes, filled with a gradient from `first` (top left) to `last` (bottom right)."""

    def __init__(self, width: int, height: int, first: Colour, last: Colour) -> None:
        self.width = width
        self.height = height
        steps = width + height
        strip = bytes(value for step in range(steps) for value in mixed(first, last, step / steps))
        self.rows = [bytearray(strip[3 * y : 3 * (y + width)]) for y in range(height)]

    def span(self, y: int, left: float, right: float, colour: Colour, opacity: float) -> None:
        """Paint a piece of a row; its two ends are blended by how much of their pixel they cover."""
        left, right = max(left, 0.0), min(right, float(self.width))
        if not 0 <= y < self.height or right <= left:
            return
        first, last = math.ceil(left), math.floor(right)
        if last > first:
            row = self.rows[y]
            for channel, value in enumerate(colour):
                blend = _blends(value, round(opacity * 255))
                part = slice(3 * first + channel, 3 * last, 3)
                row[part] = row[part].translate(blend)
        self._dot(first - 1, y, colour, opacity * (first - left))
        self._dot(last, y, colour, opacity * (right - last))

    def disc(self, x: float, y: float, radius: float, colour: Colour, opacity: float, hole: float = 0.0) -> None:
        """A filled circle, or a ring around a `hole` of that radius."""
        for row in range(math.floor(y - radius), math.ceil(y + radius) + 1):
            half = _half_chord(row - y, radius)
            inner = _half_chord(row - y, hole)
            if inner:
                self.span(row, x - half, x - inner, colour, opacity)
                self.span(row, x + inner, x + half, colour, opacity)
            else:
                self.span(row, x - half, x + half, colour, opacity)

    def box(self, left: float, top: float, right: float, bottom: float, colour: Colour, opacity: float) -> None:
        for row in range(round(top), round(bottom)):
            self.span(row, left, right, colour, opacity)

    def png(self) -> bytes:
        header = struct.pack(">IIBBBBB", self.width, self.height, 8, 2, 0, 0, 0)
        # Each row of the gradient is the one above shifted by a pixel, which deflate finds without any PNG filter.
        lines = b"".join(b"\0" + row for row in self.rows)
        parts = (b"IHDR", header), (b"IDAT", zlib.compress(lines, 6)), (b"IEND", b"")
        return b"\x89PNG\r\n\x1a\n" + b"".join(
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
            for kind, data in parts
        )

    def _dot(self, x: int, y: int, colour: Colour, opacity: float) -> None:
        if 0 <= x < self.width and opacity > 0:
            row = self.rows[y]
            before = row[3 * x], row[3 * x + 1], row[3 * x + 2]
            row[3 * x : 3 * x + 3] = bytes(mixed(before, colour, opacity))


def cover(motif: str, first: str, last: str) -> bytes:
    """A PNG of 640 x 360; `motif` is one of MOTIFS, colours are "#rrggbb". Raises KeyError and ValueError."""
    canvas = Canvas(WIDTH, HEIGHT, parsed(first), parsed(last))
    MOTIFS[motif](canvas)
    return canvas.png()


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    """`share` 0 is the one, 1 the other."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def parsed(colour: str) -> Colour:
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red, green, blue


_WHITE: Final[Colour] = (255, 255, 255)
_DARK: Final[Colour] = (16, 20, 40)


def _rings(canvas: Canvas) -> None:
    for number, radius in enumerate(range(40, 420, 38)):
        canvas.disc(470, 200, radius + 12, _WHITE, 0.30 - number * 0.024, hole=radius)
    canvas.disc(470, 200, 22, _WHITE, 0.75)


def _bars(canvas: Canvas) -> None:
    heights = (60, 110, 90, 160, 130, 200, 240, 190, 270)
    for number, height in enumerate(heights):
        left = 70 + number * 58
        canvas.box(left, 320 - height, left + 34, 320, _WHITE, 0.22 + 0.05 * number)


def _hills(canvas: Canvas) -> None:
    canvas.disc(450, 120, 58, (255, 244, 214), 0.9)
    for radius, x, y, opacity in ((420, 120, 640, 0.28), (460, 520, 720, 0.38), (520, 300, 800, 0.5)):
        canvas.disc(x, y, radius, _DARK, opacity)


def _tiles(canvas: Canvas) -> None:
    for row, column in _grid(5, 8):
        shade = (row * 5 + column * 3) % 7
        left, top = 40 + column * 72, 24 + row * 64
        canvas.box(left, top, left + 60, top + 52, _WHITE, 0.06 + 0.05 * shade)


def _waves(canvas: Canvas) -> None:
    for number in range(6):
        for x in range(0, canvas.width, 4):
            y = 130 + number * 34 + 26 * math.sin(x / 70 + number * 0.8)
            canvas.box(x, y, x + 4, y + 10, _WHITE, 0.5 - number * 0.06)


def _petals(canvas: Canvas) -> None:
    for number in range(12):
        angle = number * math.pi / 6
        canvas.disc(320 + 92 * math.cos(angle), 180 + 92 * math.sin(angle), 58, _WHITE, 0.16)
    canvas.disc(320, 180, 46, _WHITE, 0.7)


MOTIFS: Final[dict[str, Callable[[Canvas], None]]] = {
    "rings": _rings,
    "bars": _bars,
    "hills": _hills,
    "tiles": _tiles,
    "waves": _waves,
    "petals": _petals,
}


def _grid(rows: int, columns: int) -> Iterator[tuple[int, int]]:
    return ((row, column) for row in range(rows) for column in range(columns))


def _half_chord(distance: float, radius: float) -> float:
    return math.sqrt(radius * radius - distance * distance) if abs(distance) < radius else 0.0


@cache
def _blends(value: int, opacity: int) -> bytes:
    """A table from each old byte to the blended one."""
    return bytes((old * (255 - opacity) + value * opacity + 127) // 255 for old in range(256))
