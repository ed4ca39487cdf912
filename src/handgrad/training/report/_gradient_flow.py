"""The section of a page about the gradients: whether they reach the first layer."""

from __future__ import annotations

import statistics

from handgrad.training.report._elements import note, section, table
from handgrad.training.report._gradient_health import FAR, GradientHealth
from handgrad.training.report._line_chart import Line, line_chart
from handgrad.training.report._markup import Markup, tag
from handgrad.training.report._metrics_log import Points
from handgrad.training.report._numbers import number

NO_NORMS = "The norms of the gradients were not logged: that takes the callback GradientNorms and a CSV log."
_MEANING = (
    "The 2-norm of the gradient of each layer's parameters, before any clipping, as GradientNorms logged it. Measured "
    f"from the outputs, a gradient counts as vanishing or exploding when the two ends differ by a factor of {FAR:g}. Of "
    "the factor from layer to layer, a sigmoid gives at most 0.25, tanh and ReLU at most 1, and the weights the rest."
)


def gradient_flow(health: GradientHealth | None) -> Markup:
    """Write how large the gradients were in each layer, and what that means."""
    if health is None:
        return section("Gradients", note(NO_NORMS))
    return section(
        "Gradients",
        *(tag("p", sentence, class_="alarm" if alarm else None) for alarm, sentence in findings(health)),
        tag("div", _norms(health), _ratios(health), class_="columns"),
        table("", ("layer", "at the start", "median", "at the end"), _rows(health)),
        note(_MEANING),
    )


def findings(health: GradientHealth) -> list[tuple[bool, str]]:
    """Return what there is to say, each with whether it is an alarm."""
    found = [(True, f"No gradient reaches {', '.join(health.silent)}: it is exactly 0.")] if health.silent else []
    if health.leap is not None:
        layer, place, norm = health.leap
        found.append(
            (True, f"The gradient explodes in epoch {int(place)}: that of {layer} rises to {number(norm)}, "
                   f"more than {FAR:g} times where it began.")
        )  # fmt: skip
    return [*found, *_along_the_layers(health)]


def _along_the_layers(health: GradientHealth) -> list[tuple[bool, str]]:
    ratio, factor = health.ratio, health.factor
    if ratio is None or factor is None:
        return []
    measured = f"that of the first layer, {health.first}, is {ratio:.2g} times that of the last, {health.last} (median)"
    measured += "." if len(health.norms) == 2 else f", a factor of {factor:.2g} from each layer to the one before it."
    if ratio < 1 / FAR:
        cure = "Little reaches the first layers: fewer layers, ReLU or another initialisation help."
        return [(True, f"The gradient vanishes: {measured} {cure}")]
    if ratio > FAR:
        return [(True, f"The gradient explodes on its way back: {measured} Smaller weights or clipping help.")]
    return [(False, f"The gradient reaches all layers: {measured}")]


def _norms(health: GradientHealth) -> Markup:
    inner = list(health.norms)[1:-1]
    between = [Line("" if index else "layers between", "quiet", health.norms[name]) for index, name in enumerate(inner)]
    ends = [Line(health.first, "one", health.norms[health.first])]
    if len(health.norms) > 1:
        ends.append(Line(health.last, "two", health.norms[health.last]))
    about = f"Norm of the gradient over epochs, for {len(health.norms)} layers. The numbers are in the table below."
    return line_chart("Norm of the gradient", "2-norm", [*between, *ends], log=True, about=about)


def _ratios(health: GradientHealth) -> Markup:
    if len(health.norms) < 2:
        return Markup("")
    name = f"{health.first} / {health.last}"
    about = f"Norm of the gradient of the first layer over that of the last. {findings(health)[-1][1]}"
    return line_chart("First layer / last layer", "ratio", [Line(name, "one", health.ratios)], log=True, about=about)


def _rows(health: GradientHealth) -> list[tuple[str, ...]]:
    return [(layer, *map(number, _three(points))) for layer, points in health.norms.items()]


def _three(points: Points) -> tuple[float, float, float]:
    norms = [norm for _, norm in points]
    return norms[0], statistics.median(norms), norms[-1]
