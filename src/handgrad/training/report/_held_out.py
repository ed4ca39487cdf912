"""The section of a page about the test: metrics, and where the model errs."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence

from handgrad.training.report._confusion_table import confusion_table
from handgrad.training.report._elements import note, section, table
from handgrad.training.report._markup import Markup, joined, tag
from handgrad.training.report._numbers import metric, number, percent
from handgrad.training.report._record import Outcome, RunRecord
from handgrad.training.report._residual_charts import residual_chart, scatter_chart

_MEANINGS: Mapping[str, str] = {
    "accuracy": "part of the rows whose most probable class is the true one",
    "f1": "harmonic mean of precision and recall, mean over the classes",
    "auroc": "area under the ROC curve, each class against the rest, mean over the classes; 0.5 is guessing",
    "calibration_error": "mean distance of the predicted probability from the part that is right; 0 is perfect",
    "rmse": "root of the mean squared error, in the target's units",
    "mae": "mean absolute error, in the target's units",
    "r2": "part of the target's variance that is explained; 0 is predicting the mean",
    "loss": "what training makes small",
    **{
        f"member_{name}_{which}": f"{word} {name} of a member of the ensemble by itself; what is above is that of all together"
        for name in ("accuracy", "rmse")
        for which, word in (("min", "least"), ("mean", "mean"), ("max", "largest"))
    },
}
_NORMAL_95 = statistics.NormalDist().inv_cdf(0.975)


def held_out(record: RunRecord) -> Markup:
    """Write what the test found."""
    if record.test is None:
        return section("Test", note("There is no test: none had been made when this page was written."))
    test, names = record.test, record.table.classes or []
    order = [name for name in _MEANINGS if name in test.metrics]
    others = [name for name in test.metrics if name not in _MEANINGS]
    rows = [(name, metric(test.metrics[name]), _MEANINGS.get(name, "")) for name in [*order, *others]]
    return section(
        "Test",
        note(f"On rows that neither training nor the choice of the epoch has seen. Weights: {test.weights}."),
        table("", ("metric", "value", "meaning"), rows),
        _classes(test, names, record.table.target) if test.confusion is not None else Markup(""),
        _residuals(test.pairs, record.table.target) if test.pairs else Markup(""),
    )


def _classes(test: Outcome, names: Sequence[str], target: str) -> Markup:
    counts = test.confusion or []
    right, total = sum(row[index] for index, row in enumerate(counts)), sum(map(sum, counts))
    low, high = wilson(right, total)
    sentence = (
        f"{right} of {total} rows are right: {percent(right / max(total, 1))}. With this number of rows the accuracy lies "
        f"between {percent(low)} and {percent(high)}, with 95 % confidence (Wilson's interval)."
    )
    return joined(tag("h3", "Confusion matrix"), tag("p", sentence), confusion_table(counts, names, target))


def wilson(right: int, total: int) -> tuple[float, float]:
    """Return the interval in which a part lies with 95 % confidence.

    Source: E. B. Wilson (1927), Probable inference, the law of succession, and statistical inference.
    """
    if total == 0:
        return 0.0, 1.0
    z2, part = _NORMAL_95**2, right / total
    centre = (part + z2 / (2 * total)) / (1 + z2 / total)
    half = _NORMAL_95 / (1 + z2 / total) * math.sqrt(part * (1 - part) / total + z2 / (4 * total**2))
    return max(0.0, centre - half), min(1.0, centre + half)


def _residuals(pairs: Sequence[tuple[float, float]], target: str) -> Markup:
    finite = [pair for pair in pairs if all(map(math.isfinite, pair))]
    if not finite:
        return note("No prediction is a finite number: there is nothing to draw.")
    residuals = [predicted - true for true, predicted in finite]
    charts = tag("div", scatter_chart(finite, target), residual_chart(residuals, target), class_="columns")
    spread = _spread(residuals)
    row = ("predicted − true", *map(number, spread.values()))
    return joined(tag("h3", "Residuals, in the target's units"), charts, table("", ("", *spread), [row]))


def _spread(residuals: Sequence[float]) -> dict[str, float]:
    ordered = sorted(residuals)
    low, middle, high = statistics.quantiles(ordered, n=4, method="inclusive") if len(ordered) > 1 else ordered * 3
    return {
        "mean": statistics.fmean(ordered),
        "least": ordered[0],
        "lower quartile": low,
        "median": middle,
        "upper quartile": high,
        "greatest": ordered[-1],
    }
