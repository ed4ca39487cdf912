"""The paper that charts are drawn on: an SVG with two axes, and the names of what is drawn."""

from __future__ import annotations

from handgrad.training.report._axis import Axis
from handgrad.training.report._markup import Markup, joined, tag
from handgrad.training.report._numbers import number

WIDTH, HEIGHT = 520, 300
LEFT, RIGHT, TOP, BOTTOM = 66, 506, 30, 252


def across(axis: Axis, value: float) -> float:
    """Return the horizontal place of a number."""
    return LEFT + axis.part(value) * (RIGHT - LEFT)


def up(axis: Axis, value: float) -> float:
    """Return the vertical place of a number."""
    return BOTTOM - axis.part(value) * (BOTTOM - TOP)


def plot(x: Axis, y: Axis, *drawn: Markup, about: str) -> Markup:
    """Return the SVG of a chart.

    Args:
        x: The horizontal axis.
        y: The vertical axis.
        drawn: What is drawn between them.
        about: What a reader who does not see it is told.
    """
    return tag(
        "svg",
        *(_horizontal(y, tick) for tick in y.ticks),
        *(_vertical(x, tick) for tick in x.ticks),
        tag("text", x.label, x=(LEFT + RIGHT) / 2, y=HEIGHT - 8, class_="middle"),
        tag("text", y.label + (" (log scale)" if y.log else ""), x=4, y=14),
        *drawn,
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        role="img",
        aria_label=about,
    )


def figure(title: str, keys: list[tuple[str, str]], drawing: Markup, caption: str = "") -> Markup:
    """Return a chart with its title, the names of its lines, and what there is to say.

    Args:
        title: What it shows.
        keys: The style and the name of each kind of line.
        drawing: The chart.
        caption: A sentence below it.
    """
    legend = [tag("span", _sample(style), name, class_="key") for style, name in keys]
    below = tag("p", caption, class_="note") if caption else ""
    head = tag("figcaption", tag("strong", title), tag("span", *legend, class_="keys"))
    return tag("figure", head, drawing, below)


def _sample(style: str) -> Markup:
    line = tag("line", x1=0, y1=5, x2=28, y2=5, class_=f"line {style}")
    return tag("svg", line, viewBox="0 0 28 10", class_="sample", aria_hidden="true")


def _horizontal(y: Axis, tick: float) -> Markup:
    at = up(y, tick)
    line = tag("line", x1=LEFT, y1=at, x2=RIGHT, y2=at, class_="grid")
    return joined(line, tag("text", number(tick), x=LEFT - 6, y=at + 4, class_="end"))


def _vertical(x: Axis, tick: float) -> Markup:
    at = across(x, tick)
    line = tag("line", x1=at, y1=BOTTOM, x2=at, y2=BOTTOM + 5, class_="grid")
    return joined(line, tag("text", number(tick), x=at, y=BOTTOM + 20, class_="middle"))
