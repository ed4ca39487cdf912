"""All frames of a scene as an animated GIF, drawn by matplotlib."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from handgrad.explain._names import name_parts
from handgrad.explain._record import Trace
from handgrad.explain._texts import check_language
from handgrad.explain.player._drawing import drawing
from handgrad.explain.player._frames import Frame, frames
from handgrad.explain.player._heat import colors
from handgrad.explain.player._scene import Box, Line, Mark, Picture, Scene, Text
from handgrad.explain.player._words import title_of, word

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from PIL.Image import Image

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

WIDEST = 1280.0
"""In pixels; a wider graph is drawn smaller."""

_DPI, _PAUSE, _FIRST, _LAST = 100, 900, 1600, 4000
_JAPANESE = ("Noto Sans CJK JP", "Noto Sans JP", "IPAexGothic", "Hiragino Sans", "Yu Gothic", "Meiryo", "MS Gothic")


def write_gif(trace: Trace, path: str | Path, language: str = "en") -> None:
    """Write the run as an animation: forward edge by edge in blue, then backward in red, then the update.

    Args:
        trace: the record; of a batch the first sample stands in the units.
        path: of the file.
        language: one of `handgrad.explain.LANGUAGES`.

    Raises:
        ValueError: there is no such language, or this machine has no font for it.
    """
    check_language(language)
    from matplotlib import rc_context

    with warnings.catch_warnings(), rc_context({"font.family": _fonts(language), "mathtext.fontset": "dejavuserif"}):
        warnings.filterwarnings("ignore", message="Glyph .* missing")  # a name from outside in a script without a font
        first, *rest = _pictures(trace, language)
    durations = [_FIRST, *[_PAUSE] * (len(rest) - 1), _LAST][: 1 + len(rest)]
    first.save(path, format="GIF", save_all=True, append_images=rest, duration=durations, loop=0, optimize=True)


def _fonts(language: str) -> list[str]:
    from matplotlib.font_manager import get_font_names

    found = [font for font in _JAPANESE if font in get_font_names()]
    if language == "ja" and not found:
        raise ValueError(
            f"write_gif: language 'ja' needs one of the fonts {', '.join(_JAPANESE)}, got none; install one "
            "(Debian: fonts-noto-cjk), or choose language 'en' or the HTML player"
        )
    return [*found, "DejaVu Sans"] if language == "ja" else ["DejaVu Sans", *found]


def _pictures(trace: Trace, language: str) -> list[Image]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    scene, moments = drawing(trace), frames(trace)
    figure, axes = _canvas(scene)
    canvas: Any = FigureCanvasAgg(figure)
    title = axes.text(26, 20, "", fontsize=_points(13), weight="bold")
    artists = [(mark, _artist(axes, mark, language)) for group in scene.groups for mark in group.marks]
    pictures = []
    for number, moment in enumerate(moments):
        _set_title(title, moment, f"{number} / {len(moments) - 1}   {title_of(moment, language)}")
        for mark, artist in artists:
            artist.set_visible(mark.present(number))
            _emphasise(mark, artist, number in mark.active)
        canvas.draw()
        image = Image.frombuffer("RGBA", canvas.get_width_height(), canvas.buffer_rgba()).convert("RGB")
        pictures.append(image.quantize(64, dither=Image.Dither.NONE))
    return pictures


def _canvas(scene: Scene) -> tuple[Figure, Axes]:
    from matplotlib.figure import Figure

    scale = min(1.0, WIDEST / scene.width)
    figure = Figure((scene.width / _DPI, scene.height / _DPI), dpi=_DPI * scale, facecolor="white")
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, scene.width), ylim=(scene.height, 0))
    axes.set_axis_off()
    return figure, axes


def _set_title(title: Any, moment: Frame, text: str) -> None:
    title.set_text(text)
    title.set_color(COLORS[{"forward": "value", "backward": "gradient", "update": "after"}.get(moment.phase, "ink")])


def _artist(axes: Axes, mark: Mark, language: str) -> Artist:
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
        fontsize=_points(text.size),
        color=COLORS.get({"caption": "soft", "foreign": "soft"}.get(kind, kind), COLORS["ink"]),
        weight="bold" if kind in ("value", "gradient", "after") else "normal",
        parse_math=text.name,
        zorder=3,
    )


def _emphasise(mark: Mark, artist: Any, active: bool) -> None:
    match mark.shape:
        case Line():
            artist.set_linewidth(2.4 if active else 1.1)
        case Box():
            artist.set_linewidth(1.9 if active else 1.0)


def _points(pixels: float) -> float:
    return pixels * 72 / _DPI
