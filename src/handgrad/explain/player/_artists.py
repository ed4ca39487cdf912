"""Marks of a scene as artists of matplotlib."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from handgrad.explain._names import name_parts
from handgrad.explain.player._heat import colors
from handgrad.explain.player._scene import Box, Line, Mark, Picture, Text
from handgrad.explain.player._words import word

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

DPI = 100
"""At which a pixel of the scene is a pixel of the picture."""

COLORS = {
    "ink": "#1b1f24",
    "soft": "#57606a",
    "edge": "#c4cad1",
    "outline": "#6e7781",
    "function": "#eaeef2",
    "pill": "#d5dae0",
    "forward": "#1f6fc0",
    "backward": "#c62f2d",
    "value": "#12589f",
    "gradient": "#b02523",
    "after": "#5a32a3",
}
"""Those of graph.css."""


def artist_of(axes: Axes, mark: Mark, language: str) -> Artist:
    """Draw a mark once; frames only show, hide and emphasise it."""
    match mark.shape:
        case Line():
            return _line(axes, mark.shape, mark.role)
        case Box():
            return _box(axes, mark.shape, mark.role)
        case Picture(x, y, width, height, rows):
            return axes.imshow(
                colors(rows), extent=(x, x + width, y + height, y), aspect="auto", interpolation="nearest", zorder=2
            )
    return _text(axes, mark.shape, mark.role, language)


def _line(axes: Axes, line: Line, role: str) -> Artist:
    from matplotlib.patches import FancyArrowPatch

    color = COLORS[role.split()[-1]]
    arrow = FancyArrowPatch(
        (line.x1, line.y1),
        (line.x2, line.y2),
        arrowstyle="-|>" if line.arrow else "-",
        mutation_scale=8,
        shrinkA=0,
        shrinkB=0,
        color=color,
        linestyle=(0, (4, 2.5)) if role == "edge backward" else "-",
        zorder=1,
    )
    return axes.add_patch(arrow)


def _box(axes: Axes, box: Box, role: str) -> Artist:
    from matplotlib.patches import Ellipse, FancyBboxPatch

    kind, *states = role.split()
    edge = COLORS[states[0] if states else {"pill": "pill"}.get(kind, "outline")]
    fill = COLORS["function"] if kind == "function" else "white"
    if box.width == box.height == 2 * box.radius:
        circle = Ellipse((box.x, box.y), box.width, box.height, facecolor=fill, edgecolor=edge, zorder=2)
        return axes.add_patch(circle)
    corner = (box.x - box.width / 2, box.y - box.height / 2)
    style = f"round,pad=0,rounding_size={min(box.radius, box.height / 2)}"
    patch = FancyBboxPatch(corner, box.width, box.height, style, facecolor=fill, edgecolor=edge, zorder=2)
    return axes.add_patch(patch)


def _text(axes: Axes, text: Text, role: str, language: str) -> Artist:
    letters = word(text.word, language, text.text) if text.word else text.text
    if text.name:
        letter, subscript, primes = name_parts(text.text)
        letters = (
            f"${letter}_{{{subscript}}}{len(primes) * chr(39)}$" if subscript else f"${letter}{len(primes) * chr(39)}$"
        )
    kind = role.split()[0]
    return axes.text(
        text.x,
        text.y,
        letters,
        ha={"start": "left", "middle": "center", "end": "right"}[text.anchor],
        fontsize=points(text.size),
        color=COLORS.get({"caption": "soft", "foreign": "soft"}.get(kind, kind), COLORS["ink"]),
        weight="bold" if kind in ("value", "gradient", "after") else "normal",
        parse_math=text.name,
        zorder=3,
    )


def emphasise(mark: Mark, artist: Any, active: bool) -> None:
    """Draw what happens now with a thicker line."""
    match mark.shape:
        case Line():
            artist.set_linewidth(2.4 if active else 1.1)
        case Box():
            artist.set_linewidth(1.9 if active else 1.0)


def points(pixels: float) -> float:
    """Pixels of the scene in points, as matplotlib counts."""
    return pixels * 72 / DPI
