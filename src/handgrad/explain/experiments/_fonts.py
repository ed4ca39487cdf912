"""Which characters a figure can show: matplotlib's own font has no Japanese, and draws boxes for it."""

from __future__ import annotations

from functools import cache

_OWN = "DejaVu Sans"
# Fonts with Japanese characters that Linux distributions, macOS and Windows bring along.
_JAPANESE = (
    *("Noto Sans CJK JP", "Noto Sans JP", "IPAexGothic", "IPAGothic", "TakaoPGothic", "VL PGothic"),
    *("Hiragino Sans", "Hiragino Maru Gothic Pro", "Yu Gothic", "Meiryo", "MS Gothic"),
)


@cache
def families() -> list[str]:
    """Return the fonts to draw with, each for what those before it lack."""
    from matplotlib.font_manager import fontManager

    installed = {font.name for font in fontManager.ttflist}
    return [_OWN, *(name for name in _JAPANESE if name in installed)]


@cache
def _characters() -> frozenset[int]:
    from matplotlib.font_manager import findfont, get_font

    return frozenset(code for family in families() for code in get_font(findfont(family)).get_charmap())


def can_be_drawn(text: str) -> bool:
    """Return whether every character of ``text`` is in one of the fonts."""
    return all(ord(character) in _characters() for character in text)
