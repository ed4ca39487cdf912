"""Paragraphs broken into lines: between words, and in Japanese between characters but never before a closing mark."""

from __future__ import annotations

import re
from collections.abc import Iterator

from handgrad.explain.pages._printable import width

_NOT_FIRST = "。、，．・：；？！）」』】〕ーっゃゅょッャュョ々"
_NOT_LAST = "（「『【〔"
_PIECE = re.compile(rf"[^\S\xa0]+|[{_NOT_LAST}]*(?:(?:[^\s\u2e80-\uffef]|\xa0)+|[\u2e80-\uffef])[{_NOT_FIRST}]*")


def wrapped(text: str, columns: int, indent: str = "", hanging: int = 0) -> Iterator[str]:
    """The lines of a paragraph.

    Args:
        text: one paragraph; its blanks stay as they are, except where a line ends. At a no-break space none ends.
        columns: how wide a line may be, the indent not counted; a word that is wider stands alone.
        indent: before each line.
        hanging: further blanks before every line but the first.
    """
    line, blank = "", ""
    for piece in _PIECE.findall(text):
        if piece.isspace():
            blank = piece
        elif line.strip() and width(line + blank + piece) > columns:
            yield indent + line
            line, blank = " " * hanging + piece, ""
        else:
            line, blank = line + blank + piece, ""
    yield indent + line
