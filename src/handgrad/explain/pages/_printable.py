"""Names from outside, made harmless to print: nothing in them moves the cursor, colours the screen or hides."""

from __future__ import annotations

import unicodedata


def printable(name: str) -> str:
    r"""The name with every character that is not to be seen written as its escape.

    >>> printable("a\x1b[31mred\n")
    'a\\x1b[31mred\\n'
    """
    return "".join(_seen(character) for character in name)


def _seen(character: str) -> str:
    if unicodedata.category(character)[0] != "C" and unicodedata.category(character) not in ("Zl", "Zp"):
        return character
    return character.encode("unicode_escape", "backslashreplace").decode("ascii")


def width(text: str) -> int:
    """How many columns of a terminal a text takes: two for a Japanese character, none for a combining mark."""
    return sum(map(_columns, text))


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def padded(text: str, columns: int, right: bool = False) -> str:
    """The text, filled up with blanks to ``columns``; on its left if it is to stand ``right``."""
    blanks = " " * (columns - width(text))
    return blanks + text if right else text + blanks


def shortened(text: str, columns: int) -> str:
    """The text, cut to ``columns`` with an ellipsis where it is longer."""
    if width(text) <= columns:
        return text
    kept = ""
    for character in text:
        if width(kept + character) > columns - 1:
            break
        kept += character
    return kept + "…"
