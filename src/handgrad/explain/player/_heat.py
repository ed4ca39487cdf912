"""Numbers as colours, violet below 0, white at 0, orange above: colour-blind readers can tell them apart."""

from __future__ import annotations

import base64
import math
import struct
import zlib
from collections.abc import Sequence
from typing import TypeVar

Color = tuple[int, int, int]
Rows = tuple[tuple[float, ...], ...]
T = TypeVar("T")

LIMIT = 128
"""Up to how many cells a heat map has in each direction; more numbers are averaged block by block."""

_VIOLET, _WHITE, _ORANGE, NOT_FINITE = (84, 39, 136), (247, 247, 247), (179, 88, 6), (0, 0, 0)


def scale(steps: int = 65) -> list[Color]:
    """The colours from the most negative to the most positive."""
    half = steps // 2
    return [
        _between(_WHITE, _ORANGE if step > half else _VIOLET, abs(step - half) / half) for step in range(2 * half + 1)
    ]


def colors(rows: Rows) -> list[list[Color]]:
    """The colour of each number; full colour for the largest magnitude of all."""
    palette = scale()
    half = len(palette) // 2
    largest = max((abs(v) for row in rows for v in row if math.isfinite(v)), default=0.0) or 1.0
    return [
        [palette[half + round(half * v / largest)] if math.isfinite(v) else NOT_FINITE for v in row] for row in rows
    ]


def blocks(rows: Sequence[Sequence[float]]) -> Rows:
    """``rows`` with at most `LIMIT` rows and columns, each the mean of a block of numbers."""
    across = [[sum(part) / len(part) for part in _parts(row)] for row in rows]
    return tuple(tuple(sum(column) / len(column) for column in zip(*part, strict=True)) for part in _parts(across))


def png(rows: Rows) -> str:
    """A heat map as the address of a picture that is contained in it, one pixel a number."""
    lines = b"".join(b"\0" + bytes(part for color in row for part in color) for row in colors(rows))
    header = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 2, 0, 0, 0)
    chunks = (b"IHDR", header), (b"IDAT", zlib.compress(lines, 9)), (b"IEND", b"")
    data = b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*chunk) for chunk in chunks)
    return "data:image/png;base64," + base64.b64encode(data).decode()


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _parts(items: Sequence[T]) -> list[Sequence[T]]:
    size = math.ceil(len(items) / LIMIT)
    return [items[start : start + size] for start in range(0, len(items), size)]


def _between(a: Color, b: Color, part: float) -> Color:
    red, green, blue = (round(x + part * (y - x)) for x, y in zip(a, b, strict=True))
    return red, green, blue
