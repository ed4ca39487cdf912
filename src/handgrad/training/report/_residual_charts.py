"""How far predicted values are from the true ones."""

from __future__ import annotations

import math
from collections.abc import Sequence

from handgrad.training.report._axis import linear_axis
from handgrad.training.report._markup import Markup, joined, tag
from handgrad.training.report._numbers import number
from handgrad.training.report._plot import across, figure, plot, up

MOST_DOTS = 1000
_MOST_BARS = 30


def scatter_chart(pairs: Sequence[tuple[float, float]], target: str) -> Markup:
    """Draw predicted values over true ones, with the line on which they would be equal."""
    every = math.ceil(len(pairs) / MOST_DOTS)
    both = [value for pair in pairs for value in pair]
    x, y = linear_axis(f"true {target}", both), linear_axis(f"predicted {target}", both)
    dots = [tag("circle", cx=across(x, true), cy=up(y, said), r=3, class_="dot one") for true, said in pairs[::every]]
    corners = {"x1": across(x, x.low), "y1": up(y, x.low), "x2": across(x, x.high), "y2": up(y, x.high)}
    exact = tag("line", **corners, class_="line quiet")
    about = f"Predicted over true values of {target}, {len(pairs)} rows; the numbers are in the table of residuals."
    caption = f"One row in {every} is drawn." if every > 1 else ""
    keys = [("quiet", "predicted = true")]
    return figure("Predicted over true values", keys, plot(x, y, exact, *dots, about=about), caption)


def residual_chart(residuals: Sequence[float], target: str) -> Markup:
    """Draw how many rows have residuals of which size."""
    edges, counts = histogram(residuals)
    x, y = linear_axis(f"predicted − true {target}", edges), linear_axis("rows", [0, *map(float, counts)])
    bars = [_bar(across(x, left), across(x, right), up(y, n), up(y, 0)) for left, right, n in _bins(edges, counts)]
    zero = tag("line", x1=across(x, 0), y1=up(y, y.low), x2=across(x, 0), y2=up(y, y.high), class_="mark")
    zeros = [zero] if x.low <= 0 <= x.high else []
    most = max(_bins(edges, counts), key=lambda bar: bar[2])
    about = f"Histogram of {len(residuals)} residuals; most, {most[2]}, are {number(most[0])} to {number(most[1])}."
    return figure("Residuals", [], plot(x, y, joined(*bars), *zeros, about=about))


def histogram(values: Sequence[float]) -> tuple[list[float], list[int]]:
    """Count values in bins of one width: about the root of their number many."""
    bins = max(1, min(_MOST_BARS, round(math.sqrt(len(values)))))
    low, high = min(values), max(values)
    if low == high:
        low, high = low - 0.5, high + 0.5
    counts = [0] * bins
    for value in values:
        counts[min(bins - 1, int((value - low) / (high - low) * bins))] += 1
    return [low + (high - low) * index / bins for index in range(bins + 1)], counts


def _bins(edges: Sequence[float], counts: Sequence[int]) -> list[tuple[float, float, int]]:
    return list(zip(edges[:-1], edges[1:], counts, strict=True))


def _bar(left: float, right: float, top: float, bottom: float) -> Markup:
    return tag("rect", x=left, y=top, width=max(right - left - 1, 1.0), height=bottom - top, class_="bar")
