"""HTML and SVG elements, written so that foreign text can only ever be text."""

from __future__ import annotations

from html import escape

_VOID = {"meta"}


class Markup(str):
    """Text that is HTML already; any other text is escaped when it comes into an element."""

    __slots__ = ()


def tag(name: str, *children: str, **attributes: str | float | None) -> Markup:
    """Write an element.

    Args:
        name: Its name.
        children: What it holds: :class:`Markup` as it stands, other text escaped.
        attributes: Its attributes, escaped; ``class_`` is written ``class``, ``aria_label`` ``aria-label``, and ``None``
            leaves one out.
    """
    given = {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items() if value is not None}
    start = name + "".join(f' {key}="{escape(_text(value))}"' for key, value in given.items())
    return Markup(f"<{start}>" if name in _VOID else f"<{start}>{joined(*children)}</{name}>")


def joined(*children: str) -> Markup:
    """Write several pieces one after the other."""
    return Markup("".join(child if isinstance(child, Markup) else escape(child) for child in children))


def _text(value: str | float) -> str:
    """A tenth of a pixel is fine enough, and half the length."""
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else str(value)
