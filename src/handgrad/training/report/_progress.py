"""The section of a page about the epochs: learning curves and the learning rate."""

from __future__ import annotations

import math

from handgrad.training.report._elements import details, note, section, table
from handgrad.training.report._line_chart import Line, line_chart
from handgrad.training.report._markup import Markup, tag
from handgrad.training.report._metrics_log import Curves, Points
from handgrad.training.report._numbers import number
from handgrad.training.report._record import RunRecord

_SPREAD = 50.0  # from this ratio of values on, a logarithmic axis shows more
_MOST_ROWS = 200
_TRAIN, _VALIDATION = "train/loss", "val/loss"
NO_LOG = (
    "There are no curves: this run kept no metrics.csv. Train with a CSV log (logger=default or logger=csv on the command "
    "line, the logger CSVLog in Python) to see them."
)
_POINTER = "The numbers are in the table below the charts."
NO_EPOCH = "There are no curves: no epoch came to its end."


def progress(record: RunRecord) -> Markup:
    """Write the learning curves, or why there are none."""
    if record.curves is None or not record.curves.epochs:
        return section("Learning curves", note(NO_LOG if record.curves is None else NO_EPOCH))
    curves, best = record.curves, record.best_epoch
    charts = [_losses(curves, best), _headline(record.headline, curves, best), *_rates(record.rates)]
    return section(
        "Learning curves",
        tag("p", _story(curves, best)),
        tag("div", *charts, class_="columns"),
        details("The numbers by epoch", _numbers(curves)),
    )


def _story(curves: Curves, best: int | None) -> str:
    sentences = ["Epochs are counted from 0, as in metrics.csv."]
    first, last = curves.epochs[0], curves.epochs[-1]
    if first > 0:
        sentences.append(f"This log begins with epoch {first}: the run went on from a checkpoint.")
    validation = dict(curves.points(_VALIDATION))
    if best is not None and best in validation:
        sentences.append(f"In the best epoch, {best}, the validation loss is {number(validation[best])}.")
    if last in validation and last != best:
        sentences.append(f"In the last, {last}, it is {number(validation[last])}.")
    return " ".join(sentences)


def _losses(curves: Curves, best: int | None) -> Markup:
    lines = [Line("training", "one", curves.points(_TRAIN)), Line("validation", "two", curves.points(_VALIDATION))]
    values = [value for line in lines for _, value in line.points]
    spread = bool(values) and min(values) > 0 and max(values) > _SPREAD * min(values)
    about = f"Loss of training and validation over epochs {curves.epochs[0]} to {curves.epochs[-1]}. {_POINTER}"
    return line_chart("Loss", "loss", lines, log=spread, about=about, mark=_mark(best))


def _headline(name: str, curves: Curves, best: int | None) -> Markup:
    title = f"{name.upper() if name == 'rmse' else name.capitalize()} of validation"
    lines = [Line("validation", "two", curves.points(f"val/{name}"))]
    about = f"{title} over epochs. {_POINTER}"
    return line_chart(title, name, lines, log=False, about=about, mark=_mark(best))


def _mark(best: int | None) -> tuple[float, str] | None:
    return None if best is None else (best, f"best: {best}")


def _rates(rates: dict[str, Points]) -> list[Markup]:
    """Draw the learning rate if it changed."""
    varied = {name: points for name, points in rates.items() if len({rate for _, rate in points}) > 1}
    lines = [Line(name, style, points) for (name, points), style in zip(varied.items(), ("one", "two"), strict=False)]
    about = "The learning rate over epochs; it is in the column lr of metrics.csv."
    return [line_chart("Learning rate", "rate", lines, log=False, about=about)] if lines else []


def _numbers(curves: Curves) -> Markup:
    every = math.ceil(len(curves.epochs) / _MOST_ROWS)
    last = len(curves.epochs) - 1
    kept = [index for index in range(last + 1) if index % every == 0 or index == last]
    rows = [(str(curves.epochs[index]), *(_cell(values[index]) for values in curves.values.values())) for index in kept]
    caption = f"One epoch in {every}; all are in metrics.csv." if every > 1 else ""
    return table(caption, ("epoch", *curves.values), rows)


def _cell(value: float) -> str:
    return "" if math.isnan(value) else number(value)
