"""Values over epochs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from handgrad.training.report._axis import Axis, linear_axis, log_axis
from handgrad.training.report._markup import Markup, joined, tag
from handgrad.training.report._metrics_log import Points
from handgrad.training.report._numbers import number
from handgrad.training.report._plot import BOTTOM, LEFT, RIGHT, TOP, across, figure, plot, up

MOST_POINTS = 300
"""Of a line: more cannot be told apart on paper."""


@dataclass(frozen=True)
class Line:
    """A line of a chart.

    Attributes:
        name: Its name; empty where another line's name stands for it too.
        style: ``"one"``, ``"two"`` or ``"quiet"``: told apart by colour, and by dashes or width where there is none. The
            values of a quiet one are not told one by one.
        points: Finite numbers.
    """

    name: str
    style: str
    points: Points


def thinned(points: Points) -> Points:
    """Return at most about ``MOST_POINTS`` points: every second, third, … and the last."""
    every = math.ceil(len(points) / MOST_POINTS) or 1
    return [point for index, point in enumerate(points) if index % every == 0 or index == len(points) - 1]


def line_chart(
    title: str, unit: str, lines: Sequence[Line], *, log: bool, about: str, mark: tuple[float, str] | None = None
) -> Markup:
    """Draw lines over epochs.

    Args:
        title: What is shown.
        unit: What is measured.
        lines: The lines that there are; those without points are left out, and points without a logarithm.
        log: Whether the values have a logarithmic axis.
        about: What a reader who does not see it is told.
        mark: An epoch to point out, and its name.

    Returns:
        The figure; nothing if there is no point.
    """
    shown = [_drawable(line, log) for line in lines]
    shown = [line for line in shown if line.points]
    if not shown:
        return Markup("")
    x = linear_axis("epoch", [place for line in shown for place, _ in line.points], whole=True)
    values = [value for line in shown for _, value in line.points]
    y = log_axis(unit, values) if log else linear_axis(unit, values)
    drawn = [_line(line, x, y) for line in shown]
    if mark is not None:
        drawn.append(_mark(*mark, x))
    drawn.append(_readings(shown, x))
    keys = [(line.style, line.name) for line in shown if line.name]
    thin = any(len(line.points) > MOST_POINTS for line in shown)
    return figure(title, keys, plot(x, y, *drawn, about=about), "Not every point is drawn." if thin else "")


def _drawable(line: Line, log: bool) -> Line:
    return Line(line.name, line.style, [(x, y) for x, y in line.points if math.isfinite(y) and (y > 0 or not log)])


def _line(line: Line, x: Axis, y: Axis) -> Markup:
    places = [(across(x, place), up(y, value)) for place, value in thinned(line.points)]
    if len(places) == 1:
        return tag("circle", cx=places[0][0], cy=places[0][1], r=4, class_=f"dot {line.style}")
    return tag("polyline", points=" ".join(f"{a:.1f},{b:.1f}" for a, b in places), class_=f"line {line.style}")


def _mark(place: float, name: str, x: Axis) -> Markup:
    at = across(x, place)
    left = x.part(place) > 0.6
    line = tag("line", x1=at, y1=TOP, x2=at, y2=BOTTOM, class_="mark")
    return joined(line, tag("text", name, x=at + (-5 if left else 5), y=TOP + 12, class_="end" if left else None))


def _readings(lines: Sequence[Line], x: Axis) -> Markup:
    """Draw, unseen, a strip over each place that tells its values when a pointer rests on it."""
    told = {line.name: dict(thinned(line.points)) for line in lines if line.style != "quiet"}
    places = sorted({place for values in told.values() for place in values})
    width = (RIGHT - LEFT) / len(places) if places else 0.0
    return joined(*(_reading(place, told, across(x, place) - width / 2, width) for place in places))


def _reading(place: float, told: dict[str, dict[float, float]], left: float, width: float) -> Markup:
    values = [f"{name} {number(values[place])}" for name, values in told.items() if place in values]
    words = tag("title", f"epoch {number(place)}: {', '.join(values)}")
    return tag("rect", words, x=left, y=TOP, width=width, height=BOTTOM - TOP, class_="reading")
