"""The figure of the experiment ``vanishing``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate
from math import log
from operator import mul
from typing import TYPE_CHECKING, NamedTuple

from handgrad.explain.experiments._backward_factors import LARGEST_SLOPE
from handgrad.explain.experiments._style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    PURPLE,
    VERMILLION,
    Label,
    Line,
    label_lines,
    new_figure,
    titled_rows,
    whole_numbers,
)
from handgrad.explain.experiments._trained_net import TrainedNet
from handgrad.explain.experiments._vanishing_words import ACTIVATION_NAMES, INITIALISATION_NAMES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

_LINES = {"sigmoid": Line(VERMILLION, "--", "s"), "tanh": Line(GREEN, "-.", "^"), "relu": Line(BLUE, "-", "o")}
_RULER = Line(GREY, ":", "")
_CUSTOM = {"sigmoid": "xavier", "tanh": "xavier", "relu": "he"}  # the rule that is made for the activation
_SMALLEST = 1e-20  # what a gradient of 0 is drawn as


class Curve(NamedTuple):
    """A quantity by layer, from the last layer back to the first."""

    line: Line
    name: str
    heights: Sequence[float]


def draw_vanishing(nets: Sequence[TrainedNet], classes: int) -> Figure:
    """Draw the gradient by layer and initialisation, its two factors, and what became of the training."""
    depth = max(net.depth for net in nets)
    deepest = [net for net in nets if net.depth == depth]
    customary = [_customary(deepest, activation) for activation in dict.fromkeys(net.activation for net in nets)]
    figure = new_figure(14, 12.5)
    titles = (
        f"1  How much of the gradient arrives at each layer ({depth} hidden layers, before the first step)",
        "2  Why: the two factors that it is multiplied by, layer by layer",
        "3  What becomes of the training (left and middle: the networks of row 2)",
    )
    rows = titled_rows(figure, titles, (1, 1, 1.05))
    _draw_ways_back(rows[0], _gradient_panels(deepest), "‖∂L/∂W‖ ÷ the last layer's")
    _draw_ways_back(rows[1], [_factor_panel(net) for net in customary], "product of the factors so far")
    left, middle, right = rows[2].subplots(1, 3, width_ratios=[1, 1, 1.25])
    _draw_first_gradient(left, customary)
    _draw_losses(middle, customary, classes)
    _draw_accuracies(right, nets)
    return figure


def _customary(nets: Sequence[TrainedNet], activation: str) -> TrainedNet:
    own = [net for net in nets if net.activation == activation]
    return next((net for net in own if net.initialisation == _CUSTOM[activation]), own[0])


def _gradient_panels(nets: Sequence[TrainedNet]) -> list[tuple[str, list[Curve]]]:
    """A panel for each initialisation: the gradient of each layer's weights, and the chapter's bound."""
    panels: dict[str, list[Curve]] = {}
    for net in nets:
        norms = [layer.weight_gradient for layer in reversed(net.start.layers)]
        bound = Curve(_RULER, "$0.25^k$ (chapter)", [0.25**k for k in range(len(norms))])
        curve = Curve(
            _LINES[net.activation],
            ACTIVATION_NAMES[net.activation],
            [norm / norms[0] if norms[0] else 0.0 for norm in norms],
        )
        panels.setdefault(f"weights by {INITIALISATION_NAMES[net.initialisation]}", [bound]).append(curve)
    return list(panels.items())


def _factor_panel(net: TrainedNet) -> tuple[str, list[Curve]]:
    """The products so far of the activations' factors, of the weights' factors, and of both."""
    layers = net.start.layers[::-1]
    weights = [layer.weight_factor for layer in layers if layer.weight_factor is not None]
    activations = [layer.activation_factor for layer in layers if layer.activation_factor is not None]
    slope = LARGEST_SLOPE[net.activation]
    return f"{ACTIVATION_NAMES[net.activation]}, weights by {INITIALISATION_NAMES[net.initialisation]}", [
        Curve(_RULER, f"${slope:g}^k$ (bound)", [slope**k for k in range(len(layers))]),
        Curve(Line(VERMILLION, "--", "s"), "activations", _products(activations)),
        Curve(Line(PURPLE, "-.", "^"), "weights", _products(weights)),
        Curve(Line(BLACK, "-", "o"), "both: gradient", _products(map(mul, activations, weights))),
    ]


def _products(factors: Iterable[float]) -> list[float]:
    return list(accumulate(factors, mul, initial=1.0))


def _shown(height: float) -> float:
    """What is drawn on a logarithmic scale: a gradient that is 0, and a factor of one that is NaN, at the lower end."""
    return height if height > _SMALLEST else _SMALLEST


def _draw_ways_back(part: SubFigure, panels: Sequence[tuple[str, Sequence[Curve]]], ylabel: str) -> None:
    """A row of panels with one scale, each with its curves labelled where they arrive, at the first layer."""
    row = part.subplots(1, len(panels), sharey=True, squeeze=False)[0]
    for axes, (title, curves) in zip(row, panels, strict=True):
        layers = range(len(curves[0].heights), 0, -1)
        for curve in curves:
            axes.plot(layers, [_shown(height) for height in curve.heights], **curve.line.keywords())
        axes.set(
            yscale="log", xlim=(layers[0] + 0.4, 0.6), title=title, xlabel="layer, from the last back to the first"
        )
        whole_numbers(axes)
        axes.grid(alpha=0.25)
    row[0].set_ylabel(ylabel)
    for axes, (_, curves) in zip(row, panels, strict=True):
        label_lines(axes, [Label(_shown(c.heights[-1]), c.name, c.line.colour) for c in curves])


def _draw_first_gradient(axes: Axes, nets: Sequence[TrainedNet]) -> None:
    """The gradient of the first layer's weights over the epochs, and the last layer's, thin."""
    labels = []
    for net in nets:
        colour, epochs = _LINES[net.activation].colour, [epoch.epoch for epoch in net.epochs]
        first, last = ([_shown(epoch.layers[index].weight_gradient) for epoch in net.epochs] for index in (0, -1))
        keywords = _LINES[net.activation].keywords() | {"marker": ""}
        axes.plot(epochs, first, **keywords)
        axes.plot(epochs, last, **keywords, linewidth=0.8)
        labels += [
            Label(heights[-1], f"{ACTIVATION_NAMES[net.activation]} {which}", colour)
            for heights, which in ((first, "first"), (last, "last"))
        ]
    axes.set(yscale="log", xlabel="epoch", ylabel="‖∂L/∂W‖ of a layer", title="gradient: first layer thick, last thin")
    axes.grid(alpha=0.25)
    label_lines(axes, labels)


def _draw_losses(axes: Axes, nets: Sequence[TrainedNet], classes: int) -> None:
    """The training loss over the epochs, and what guessing costs."""
    for net in nets:
        keywords = _LINES[net.activation].keywords() | {"marker": ""}
        axes.plot([epoch.epoch for epoch in net.epochs], [epoch.train_loss for epoch in net.epochs], **keywords)
    axes.axhline(log(classes), color=GREY, linestyle=":")
    axes.set(ylim=(0, 1.25 * log(classes)), xlabel="epoch", ylabel="cross entropy (nats)", title="training loss")
    axes.grid(alpha=0.25)
    names = [Label(net.end.train_loss, ACTIVATION_NAMES[net.activation], _LINES[net.activation].colour) for net in nets]
    label_lines(axes, [*names, Label(log(classes), "guessing", GREY)])


def _draw_accuracies(axes: Axes, nets: Sequence[TrainedNet]) -> None:
    """The test accuracy of every network, as numbers on a scale of grey."""
    depths = list(dict.fromkeys(net.depth for net in nets))
    names = list(dict.fromkeys((net.activation, net.initialisation) for net in nets))
    for net in nets:
        column, row = depths.index(net.depth), names.index((net.activation, net.initialisation))
        right = net.end.test_accuracy if net.finite else 0.0
        axes.fill_between(
            [column - 0.48, column + 0.48], row - 0.46, row + 0.46, color=str(1 - 0.75 * right), linewidth=0
        )
        text = f"{100 * right:.0f} %" if net.finite else "diverged"
        axes.text(column, row, text, ha="center", va="center", color="white" if right > 0.6 else "black")
    axes.set_xticks(range(len(depths)), map(str, depths))
    axes.set_yticks(range(len(names)), [f"{ACTIVATION_NAMES[a]}, {INITIALISATION_NAMES[i]}" for a, i in names])
    axes.set(ylim=(len(names) - 0.5, -0.5), xlabel="hidden layers", title="test accuracy after the last epoch")
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
