"""The health of a run, from its log: dead ReLUs, saturated sigmoids, updates beside the weights, gradients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from handgrad.explain.experiments._health_figure import draw_health
from handgrad.explain.experiments._health_words import health_words
from handgrad.explain.experiments._layer_record import LayerRecord, Limits
from handgrad.explain.experiments._requirement import require
from handgrad.explain.experiments._result import Result, Table, Value
from handgrad.explain.experiments._run_log import RunLog, Series


@dataclass(frozen=True)
class Health:
    """Reads a log and says which layers cannot learn; the limits are rules of thumb.

    Args:
        dead_limit: from which part of dead ReLU units on a layer is worth a warning.
        saturated_limit: from which part of saturated values on.
        smallest_update: below this multiple of its weights' norm an update leaves a layer where it is.
        largest_update: above this one it overwrites the layer. Around 1e-3 is common.
        smallest_gradient: below this multiple of the largest layer's gradient a layer's has vanished.

    Raises:
        ValueError: a limit is out of its range.
    """

    dead_limit: float = 0.2
    saturated_limit: float = 0.5
    smallest_update: float = 1e-5
    largest_update: float = 1e-1
    smallest_gradient: float = 1e-3

    def __post_init__(self) -> None:
        for name in ("dead_limit", "saturated_limit", "smallest_gradient"):
            require(0 <= getattr(self, name) <= 1, "Health", f"{name} between 0 and 1", getattr(self, name))
        updates = self.smallest_update, self.largest_update
        require(0 < updates[0] < updates[1], "Health", "0 < smallest_update < largest_update", updates)

    def run(self, log: RunLog) -> Result:
        """Judge every layer of a run, and return the numbers, the words and the figure.

        Raises:
            ValueError: the log has no column of the callback ``LayerHealth``.
        """
        layers = log.layers("update")
        if not layers:
            columns = ", ".join(sorted(log.series)) or "none"
            raise ValueError(
                f"Health: expected columns update/<layer> in {log.source}, got {columns}; the callback LayerHealth logs them: "
                "train again with scripts/train.py, without callbacks.layer_health=null"
            )
        kinds = ("dead", "saturated", "update", "grad")
        records = [LayerRecord(layer, *(log.of(kind, layer) for kind in kinds)) for layer in layers]
        limits = Limits(
            *(self.dead_limit, self.saturated_limit, self.smallest_update, self.largest_update, self.smallest_gradient)
        )
        largest = max(record.median_gradient for record in records)
        findings = [record.findings(limits, largest) for record in records]
        return Result(
            "health",
            [_summary(records, findings), _epochs(records), _gradients(records)],
            health_words(log, records, findings),
            lambda: draw_health(log, records, limits),
        )


def _summary(records: Sequence[LayerRecord], findings: Sequence[Sequence[str]]) -> Table:
    return Table.of(
        "health",
        [
            {
                "layer": record.layer,
                "dead": _last(record.dead),
                "saturated": _last(record.saturated),
                "median_update": record.median_update,
                "median_gradient": record.median_gradient if record.gradients else None,
                "findings": ", ".join(found) or "well",
            }
            for record, found in zip(records, findings, strict=True)
        ],
    )


def _epochs(records: Sequence[LayerRecord]) -> Table:
    epochs = sorted({epoch for record in records for epoch, _ in record.updates})
    columns: dict[str, Sequence[Value]] = {"epoch": epochs}
    for record in records:
        for kind, series in (("dead", record.dead), ("saturated", record.saturated), ("update", record.updates)):
            if series:
                values = dict(series)
                columns[f"{kind}/{record.layer}"] = [values.get(epoch) for epoch in epochs]
    return Table("health_epochs", columns)


def _gradients(records: Sequence[LayerRecord]) -> Table:
    epochs = sorted({epoch for record in records for epoch, _ in record.gradients})
    series = {f"grad/{record.layer}": dict(record.gradients) for record in records if record.gradients}
    columns = {name: [values.get(epoch) for epoch in epochs] for name, values in series.items()}
    return Table("health_gradients", {"epoch": epochs, **columns})


def _last(series: Series) -> float | None:
    return series[-1][1] if series else None
