"""How every figure looks: told apart without colour (line style, marker, a label at the line), in grey and by the colour-blind.

The colours are those of Okabe and Ito (2008), which people with any of the common colour deficiencies tell apart. No pyplot:
a figure has its own canvas, and matplotlib's settings are changed while one is drawn and put back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import log10
from statistics import fmean
from typing import TYPE_CHECKING, Any, NamedTuple

from handgrad.explain.experiments._fonts import can_be_drawn, families

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

BLACK, GREY = "#000000", "#767676"
BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY = "#0072B2", "#D55E00", "#009E73", "#AA4499", "#E69F00", "#56B4E9"

SVG_METADATA = {"Date": None}
"""Leaves the time out of an SVG: the same numbers give the same file."""

_SETTINGS: dict[Any, Any] = {
    "font.size": 10,
    "axes.titlesize": 11,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.labelsize": 10,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "lines.linewidth": 1.8,
    "lines.markersize": 5,
    "savefig.dpi": 130,
    "svg.hashsalt": "handgrad",
}


class Line(NamedTuple):
    """How one of several lines is drawn; ``axes.plot(x, y, **line.keywords())``."""

    colour: str
    linestyle: str
    marker: str

    def keywords(self) -> dict[str, Any]:
        """Return matplotlib's names for it."""
        return {"color": self.colour, "linestyle": self.linestyle, "marker": self.marker}


LINES = (
    Line(BLUE, "-", "o"),
    Line(VERMILLION, "--", "s"),
    Line(GREEN, "-.", "^"),
    Line(PURPLE, ":", "D"),
    Line(ORANGE, "-", "v"),
    Line(BLACK, "--", "x"),
)
"""Lines that differ in colour, style and marker."""


class Label(NamedTuple):
    """A text that belongs beside a height of an axes."""

    y: float
    text: str
    colour: str


@contextmanager
def style() -> Iterator[None]:
    """Draw and save in the common style."""
    from matplotlib import rc_context

    with rc_context(_SETTINGS | {"font.family": families()}):
        yield


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure of so many inches that keeps its parts from overlapping."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def titled_rows(figure: Figure, titles: Sequence[str], heights: Sequence[float]) -> list[SubFigure]:
    """Divide a figure into rows of these relative heights, each under its title."""
    grid = figure.add_gridspec(len(titles), 1, height_ratios=heights)
    rows = [figure.add_subfigure(grid[index, 0]) for index in range(len(titles))]
    for row, title in zip(rows, titles, strict=True):
        head(row, title)
    return rows


def head(part: SubFigure, title: str) -> None:
    """Write the title of a part of a figure."""
    part.suptitle(title, x=0.01, ha="left", fontsize=13, fontweight="bold")


def plain(name: str, otherwise: str) -> str:
    """Return a name from somebody's data as matplotlib writes it letter by letter, with no formula in it.

    Args:
        name: the name.
        otherwise: what to write instead where no font has its characters.
    """
    return name.replace("$", r"\$") if can_be_drawn(name) else otherwise


def whole_numbers(axes: Axes) -> None:
    """Put the ticks of the horizontal axis, which counts something, at whole numbers."""
    from matplotlib.ticker import MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))


def label_lines(axes: Axes, labels: Sequence[Label], gap: float = 0.075) -> None:
    """Write the labels right of the axes, each at its height, moved apart as little as keeps them from overlapping.

    Args:
        axes: with its limits and scale set.
        labels: in any order.
        gap: the least distance of two labels, as a part of the height of the axes.
    """
    low, high = axes.get_ylim()
    scaled = log10 if axes.get_yscale() == "log" else float
    ordered = sorted(labels)
    shown = [min(max(label.y, low), high) for label in ordered]  # a 0 has no height on a logarithmic axis
    wanted = [(scaled(y) - scaled(low)) / (scaled(high) - scaled(low)) for y in shown]
    for label, height in zip(ordered, apart(wanted, gap), strict=True):
        axes.text(1.02, height, label.text, color=label.colour, transform=axes.transAxes, va="center", fontsize=9)


def apart(heights: Sequence[float], gap: float) -> list[float]:
    """Return heights, given in order, moved at least ``gap`` apart and into [0, 1], with the least squares of the moves.

    Taking ``i · gap`` off height i, they have to become non-decreasing: isotonic regression, by pooling neighbours.
    """
    pools: list[list[float]] = []
    for index, height in enumerate(heights):
        pools.append([height - index * gap])
        while len(pools) > 1 and fmean(pools[-2]) > fmean(pools[-1]):
            last = pools.pop()
            pools[-1] += last
    level = [fmean(pool) for pool in pools for _ in pool]
    ceiling = 1.0 - gap * (len(heights) - 1)
    return [min(max(low, 0.0), ceiling) + index * gap for index, low in enumerate(level)]
