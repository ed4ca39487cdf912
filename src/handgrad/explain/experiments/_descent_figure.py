"""The figure of the experiment ``descent``."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle, pairwise
from typing import TYPE_CHECKING, Any

import torch

from handgrad.explain.experiments._chapter_curve import MINIMUM, chapter_curve
from handgrad.explain.experiments._descent_record import DescentRecord, Rate, Valleys
from handgrad.explain.experiments._gradient_noise import Noise
from handgrad.explain.experiments._numerals import with_minus_signs
from handgrad.explain.experiments._style import (
    BLACK,
    BLUE,
    GREY,
    LINES,
    VERMILLION,
    Label,
    Line,
    label_lines,
    new_figure,
    titled_rows,
    whole_numbers,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

_SMALLEST = 1e-16  # what an error of 0 is drawn as
_REACH = 2.2  # how far from the minimum a panel shows, in errors of the start


def draw_descent(record: DescentRecord) -> Figure:
    """Draw the chapter's steps, the learning rates side by side, the two minima and the noise."""
    figure = new_figure(14, 13)
    titles = (
        "1  The chapter's steps, and what the learning rate does to a step",
        "2  Learning rates side by side, on the chapter's curve",
        "3  Mini-batches: which minimum SGD finds, and how much its gradient scatters",
    )
    steps, rates, batches = titled_rows(figure, titles, (1, 0.85, 1))
    left, middle, right = steps.subplots(1, 3, width_ratios=[1, 1, 1])
    _draw_chapter(left, record)
    _draw_factors(middle, record)
    _draw_errors(right, record.rates)
    _draw_rates(rates, record)
    left, middle, right = batches.subplots(1, 3)
    _draw_valleys(left, record.valleys)
    _draw_ways(middle, record.valleys)
    _draw_noise(right, record.noise, record.valleys.rows)
    return figure


def _draw_curve(axes: Axes, low: float, high: float) -> None:
    w = torch.linspace(low, high, 200, dtype=torch.float64)
    axes.plot(w.tolist(), chapter_curve(w).tolist(), color=GREY, linewidth=1.4)
    axes.set(xlim=(low, high), xlabel="weight w", ylabel="objective L(w)")


def _draw_chapter(axes: Axes, record: DescentRecord) -> None:
    """The curve, a tangent at each place, and the step that it leads to."""
    _draw_curve(axes, 0.6, 3.5)
    for (before, after), bend in zip(pairwise(record.chapter), (0.3, -0.6), strict=True):
        arrow = {"arrowstyle": "-|>", "color": BLACK, "shrinkA": 6, "shrinkB": 6, "connectionstyle": f"arc3,rad={bend}"}
        axes.annotate("", (after.w, after.loss), (before.w, before.loss), arrowprops=arrow)
    for place, offset in zip(record.chapter, ((-22, 6), (-16, -26), (66, -26)), strict=True):
        half = 0.3 / (1 + place.slope**2) ** 0.5
        ends = [place.w - half, place.w + half]
        axes.plot(ends, [place.loss + place.slope * (w - place.w) for w in ends], color=BLUE, linestyle="--")
        axes.plot(place.w, place.loss, "o", color=VERMILLION, markersize=8)
        text = with_minus_signs(f"w = {place.w:g}\nslope {place.slope:.3g}")
        _note(axes, text, (place.w, place.loss), offset, ha="right")
    axes.set(ylim=(-0.45, 2.4), title=f"w ← w − η dL/dw with η = {record.chapter_lr:g}")


def _draw_factors(axes: Axes, record: DescentRecord) -> None:
    """What a step multiplies the error by, over the learning rate, with both thresholds."""
    direct, limit = 1 / record.curvature, 2 / record.curvature
    most = 1.15 * max(limit, record.chapter_lr, *(rate.lr for rate in record.rates))
    corners = [0.0, direct, most]
    axes.plot(corners, [abs(1 - lr * record.curvature) for lr in corners], color=GREY, linewidth=1.4)
    axes.axhline(1, color=BLACK, linewidth=0.8)
    for at, name in ((direct, "1/L''"), (limit, "2/L''")):
        axes.axvline(at, color=BLACK, linestyle=":", linewidth=1)
        _note(axes, f"η = {name} = {at:.3f}", (at, 1.28), (-4, 0), rotation=90, ha="right", va="center")
    points = [
        (rate.lr, rate.factor, f"{rate.lr:g}", line) for line, rate in zip(cycle(LINES), record.rates, strict=False)
    ]
    chapter = record.chapter_lr, 1 - record.chapter_lr * record.curvature
    for lr, factor, text, line in [*points, (*chapter, f"{chapter[0]:g} (chapter)", Line(BLACK, "", "*"))]:
        axes.plot(lr, abs(factor), line.marker, color=line.colour, markersize=10)
        _note(axes, text, (lr, abs(factor)), (9, 3) if factor > 0 else (9, -9), ha="left")
    for left, right, name in ((0, direct, "from one side"), (direct, limit, "side to side"), (limit, most, "away")):
        axes.text((left + right) / 2, 0.03, name, ha="center", color=GREY)
    axes.set(xlim=(0, most), ylim=(0, 1.6), xlabel="learning rate η", ylabel="|1 − η L''|")
    axes.set_title("a step multiplies the error by |1 − η L''|")


def _draw_errors(axes: Axes, rates: Sequence[Rate]) -> None:
    """The distance to the minimum, step by step."""
    labels = []
    for line, rate in zip(cycle(LINES), rates, strict=False):
        errors = [max(abs(place.w - MINIMUM), _SMALLEST) for place in rate.places]
        axes.plot(range(len(errors)), errors, **line.keywords())
        labels.append(Label(errors[-1], f"η = {rate.lr:g}", line.colour))
    axes.set(yscale="log", xlabel="step", ylabel="error |w − 15/8|", title="the same factor at every step")
    whole_numbers(axes)
    axes.grid(alpha=0.25)
    label_lines(axes, labels)


def _draw_rates(part: SubFigure, record: DescentRecord) -> None:
    """A panel for each learning rate: where it goes on the curve."""
    panels = part.subplots(1, len(record.rates), sharey=True, squeeze=False)[0]
    reach = _REACH * abs(record.chapter[0].w - MINIMUM)
    for axes, line, rate in zip(panels, cycle(LINES), record.rates, strict=False):
        _draw_curve(axes, MINIMUM - reach, MINIMUM + reach)
        places = [(place.w, place.loss) for place in rate.places]
        axes.plot(*zip(*places, strict=True), **(line.keywords() | {"linestyle": "-", "linewidth": 1}))
        _note(axes, "start", places[0], (22, -3))
        axes.set(ylim=(-0.4, 4 / 3 * reach**2), title=f"η = {rate.lr:g}: {rate.behaviour}")
        axes.label_outer()


def _draw_valleys(axes: Axes, valleys: Valleys) -> None:
    """The curve, the common start, and how many runs ended in which valley."""
    axes.plot(valleys.w.tolist(), valleys.loss.tolist(), color=GREY, linewidth=1.4)
    start = valleys.ways[0, 0].item()
    axes.plot(start, valleys.loss_at(start), "o", color=BLACK, markersize=8)
    _note(axes, "start of all runs", (start, valleys.loss_at(start)), (0, 10))
    for end, index in zip(valleys.ways[-1].tolist(), valleys.reached, strict=True):
        axes.plot(end, valleys.loss_at(end), _of(index).marker, color=_of(index).colour, markersize=7, alpha=0.6)
    for index, minimum in enumerate(valleys.minima):
        text = f"{valleys.reached.count(index)} of {len(valleys.seeds)} runs"
        _note(axes, text, (minimum, valleys.loss_at(minimum)), (0, -22), color=_of(index).colour)
    axes.set(ylim=(0, None), xlabel="weight w", ylabel=f"objective over all {valleys.rows} rows")
    axes.set_title(f"not convex: {len(valleys.minima)} minima")


def _draw_ways(axes: Axes, valleys: Valleys) -> None:
    """Where each run was, step by step."""
    for way, index in zip(valleys.ways.T.tolist(), valleys.reached, strict=True):
        axes.plot(way, color=_of(index).colour, linestyle=_of(index).linestyle, linewidth=1, alpha=0.8)
    axes.plot(valleys.full_way.tolist(), color=BLACK, linewidth=2.6)
    axes.set(xlabel="step", ylabel="weight w", title=f"{len(valleys.seeds)} seeds, batches of {valleys.batch_size}")
    axes.grid(alpha=0.25)
    labels = [Label(valleys.full_way[-1].item(), f"all {valleys.rows} rows", BLACK)]
    for index, minimum in enumerate(valleys.minima):
        labels.append(Label(minimum, with_minus_signs(f"minimum {minimum:.2f}"), _of(index).colour))
    label_lines(axes, labels)


def _draw_noise(axes: Axes, noise: Sequence[Noise], rows: int) -> None:
    """The standard deviation of the gradient over the batch size, measured and by the formulas."""
    from matplotlib.ticker import LogLocator, ScalarFormatter

    sizes, measured = [one.batch_size for one in noise], [one.measured for one in noise]
    theory, uncorrected = [one.theory for one in noise], [one.without_correction for one in noise]
    axes.plot(sizes, uncorrected, color=GREY, linestyle=":")
    axes.plot(sizes, theory, color=BLUE, linestyle="-")
    axes.plot(sizes, measured, "o", color=VERMILLION, markersize=7, markerfacecolor="none", markeredgewidth=1.8)
    axes.set(xscale="log", yscale="log", xlabel="batch size k (rows)", ylabel="standard deviation of dL/dw")
    axes.set_title("the noise falls as 1/√k")
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.yaxis.set_major_formatter(ScalarFormatter())
    axes.minorticks_off()
    axes.set_xticks(sizes, map(str, sizes))
    axes.grid(alpha=0.25)
    corrected = rf"$S/\sqrt{{k}}\cdot\sqrt{{1-k/{rows}}}$"
    labels = [Label(uncorrected[-1], r"$S/\sqrt{k}$", GREY), Label(theory[-1], corrected, BLUE)]
    label_lines(axes, [*labels, Label(measured[-1], "○ measured", VERMILLION)])


def _of(index: int) -> Line:
    """How what belongs to a minimum is drawn."""
    return LINES[index % len(LINES)]


def _note(axes: Axes, text: str, at: tuple[float, float], offset: tuple[float, float], **keywords: Any) -> None:
    """Write beside a place, ``offset`` points away."""
    axes.annotate(text, at, offset, textcoords="offset points", **{"ha": "center", "fontsize": 9, **keywords})
