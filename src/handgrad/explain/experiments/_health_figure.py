"""The figure of the experiment ``health``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from handgrad.explain.experiments._layer_record import LayerRecord, Limits
from handgrad.explain.experiments._run_log import RunLog, Series
from handgrad.explain.experiments._style import GREY, LINES, Label, label_lines, new_figure, plain, whole_numbers

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_FLOOR = 1e-9  # what is smaller, or 0, is drawn at the lower edge of a logarithmic axis
_RULE = 1e-3  # of thumb, for an update beside the weights


def draw_health(log: RunLog, records: Sequence[LayerRecord], limits: Limits) -> Figure:
    """Draw the loss, the units that cannot learn, the updates and the gradients, layer by layer."""
    figure = new_figure(13, 9)
    (losses, units), (updates, gradients) = figure.subplots(2, 2)
    shown = _spread(records, len(LINES))
    note = "" if len(shown) == len(records) else f" ({len(shown)} of {len(records)} layers)"
    _draw_losses(losses, log)
    _draw_units(units, shown, limits, note)
    _draw_updates(updates, shown, limits, note)
    _draw_layers(gradients, shown, lambda record: record.gradients)
    _scale(gradients, "‖∂L/∂θ‖ of the layer")
    gradients.set_title(f"gradient{note}")
    _label_layers(gradients, shown, lambda record: record.gradients)
    for axes in (losses, units, updates, gradients):
        axes.set_xlabel("epoch")
        axes.grid(alpha=0.25)
        whole_numbers(axes)
    return figure


def _spread(records: Sequence[LayerRecord], most: int) -> list[LayerRecord]:
    """The first, the last, and evenly spaced ones between, so that every one has a line of its own."""
    if len(records) <= most:
        return list(records)
    return [records[round(index * (len(records) - 1) / (most - 1))] for index in range(most)]


def _draw_losses(axes: Axes, log: RunLog) -> None:
    """The training loss, and that of the rows held out where it was logged."""
    labels = []
    for line, (column, name) in zip(LINES, (("train/loss", "training"), ("val/loss", "validation")), strict=False):
        series = log.series.get(column, [])
        if series:
            axes.plot(*zip(*series, strict=True), **(line.keywords() | {"marker": ""}))
            labels.append(Label(series[-1][1], name, line.colour))
    axes.set(ylabel="objective", title="loss")
    axes.set_ylim(bottom=min(0.0, axes.get_ylim()[0]))
    label_lines(axes, labels)


def _draw_units(axes: Axes, records: Sequence[LayerRecord], limits: Limits, note: str) -> None:
    """The part of the units that cannot learn: dead ReLUs, or saturated sigmoids and tanhs."""
    dead = any(record.dead for record in records)
    limit, name = (limits.dead, "dead ReLU units") if dead else (limits.saturated, "saturated values")

    def percent(record: LayerRecord) -> Series:
        return [(epoch, 100 * part) for epoch, part in (record.dead if dead else record.saturated)]

    _draw_layers(axes, records, percent)
    axes.axhline(100 * limit, color=GREY, linestyle=":")
    axes.set(ylim=(-3, 103), ylabel=f"{name} (%)", title=f"{name}{note}")
    if not any(percent(record) for record in records):
        axes.text(0.5, 0.5, "no hidden units", transform=axes.transAxes, ha="center")
    _label_layers(axes, records, percent, [Label(100 * limit, "warning", GREY)])


def _draw_updates(axes: Axes, records: Sequence[LayerRecord], limits: Limits, note: str) -> None:
    """The last update of each epoch beside the weights, between the limits."""
    _draw_layers(axes, records, lambda record: record.updates)
    for limit in (limits.smallest_update, limits.largest_update):
        axes.axhline(limit, color=GREY, linestyle=":")
    axes.axhline(_RULE, color=GREY, linewidth=1)
    _scale(axes, "‖Δθ‖ ÷ ‖θ‖ of an epoch's last step")
    axes.set_title(f"update beside the weights{note}")
    high, low = limits.largest_update, limits.smallest_update
    marks = [(high, "above: overwritten"), (_RULE, "rule of thumb"), (low, "below: stands still")]
    _label_layers(axes, records, lambda record: record.updates, [Label(at, name, GREY) for at, name in marks])


def _draw_layers(axes: Axes, records: Sequence[LayerRecord], of: Callable[[LayerRecord], Series]) -> None:
    for line, record in zip(LINES, records, strict=False):
        series = of(record)
        if series:
            epochs, values = zip(*series, strict=True)
            heights = [max(value, _FLOOR) for value in values]
            axes.plot(epochs, heights, **line.keywords(), markevery=max(1, len(epochs) // 12))


def _scale(axes: Axes, name: str) -> None:
    """Make the height logarithmic; what lies below the floor is at the lower edge, and the axis says so."""
    axes.set_yscale("log")
    low, _ = axes.get_ylim()
    if low <= _FLOOR:
        axes.set_ylim(bottom=_FLOOR / 2)
        name = f"{name} (0 at the lower edge)"
    axes.set_ylabel(name)


def _label_layers(
    axes: Axes, records: Sequence[LayerRecord], of: Callable[[LayerRecord], Series], further: Sequence[Label] = ()
) -> None:
    """Name each line at its end; the names come from a file and are no formulas."""
    pairs = [(line, record, of(record)) for line, record in zip(LINES, records, strict=False)]
    labels = [
        Label(max(own[-1][1], _FLOOR), plain(record.layer, f"layer {index + 1}"), line.colour)
        for index, (line, record, own) in enumerate(pairs)
        if own
    ]
    label_lines(axes, [*labels, *further], gap=0.06)
