"""All frames of a scene as an animated GIF, drawn by matplotlib."""

from __future__ import annotations

import warnings
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from handgrad.explain._record import Trace
from handgrad.explain._texts import check_language
from handgrad.explain.player._artists import COLORS, DPI, artist_of, emphasise, points
from handgrad.explain.player._drawing import drawing
from handgrad.explain.player._frames import Frame, frames
from handgrad.explain.player._scene import Scene
from handgrad.explain.player._words import title_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from PIL.Image import Image

WIDEST = 1280.0
"""In pixels; a wider graph is drawn smaller."""

_PAUSE, _FIRST, _LAST = 900, 1600, 4000
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
    found = _japanese_fonts(newly_installed=language == "ja")
    if language == "ja" and not found:
        raise ValueError(
            f"write_gif: language 'ja' needs one of the fonts {', '.join(_JAPANESE)}, got none; install one "
            "(Debian: fonts-noto-cjk), or choose language 'en' or the HTML player"
        )
    return [*found, "DejaVu Sans"] if language == "ja" else ["DejaVu Sans", *found]


def _japanese_fonts(newly_installed: bool) -> list[str]:
    """Those of this machine; matplotlib makes its list once, and does not know a font that was installed since."""
    from matplotlib.font_manager import findSystemFonts, fontManager

    found = [font for font in _JAPANESE if font in fontManager.get_font_names()]
    if found or not newly_installed:
        return found
    for path in set(findSystemFonts()) - {entry.fname for entry in fontManager.ttflist}:
        with suppress(OSError, RuntimeError):  # a font that matplotlib cannot read is no font for it
            fontManager.addfont(path)
    return [font for font in _JAPANESE if font in fontManager.get_font_names()]


def _pictures(trace: Trace, language: str) -> list[Image]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    scene, moments = drawing(trace), frames(trace)
    figure, axes = _canvas(scene)
    canvas: Any = FigureCanvasAgg(figure)
    title = axes.text(26, 20, "", fontsize=points(13), weight="bold")
    artists = [(mark, artist_of(axes, mark, language)) for group in scene.groups for mark in group.marks]
    pictures = []
    for number, moment in enumerate(moments):
        _set_title(title, moment, f"{number} / {len(moments) - 1}   {title_of(moment, language)}")
        for mark, artist in artists:
            artist.set_visible(mark.present(number))
            emphasise(mark, artist, number in mark.active)
        canvas.draw()
        image = Image.frombuffer("RGBA", canvas.get_width_height(), canvas.buffer_rgba()).convert("RGB")
        pictures.append(image.quantize(64, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE))
    return pictures


def _canvas(scene: Scene) -> tuple[Figure, Axes]:
    from matplotlib.figure import Figure

    scale = min(1.0, WIDEST / scene.width)
    figure = Figure((scene.width / DPI, scene.height / DPI), dpi=DPI * scale, facecolor="white")
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, scene.width), ylim=(scene.height, 0))
    axes.set_axis_off()
    return figure, axes


def _set_title(title: Any, moment: Frame, text: str) -> None:
    title.set_text(text)
    title.set_color(COLORS[{"forward": "value", "backward": "gradient", "update": "after"}.get(moment.phase, "ink")])
