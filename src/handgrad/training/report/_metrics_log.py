"""What a run has logged, read back from ``metrics.csv``: with it a resumed run knows of the epochs before."""

from __future__ import annotations

import csv
import math
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_STEP, _EPOCH = "step", "epoch"
_OF_AN_EPOCH = ("train/", "val/")
Row = dict[str, float]
Points = list[tuple[float, float]]


@dataclass(frozen=True)
class Curves:
    """Numbers by epoch.

    Attributes:
        epochs: The epochs that were logged, counted from 0, in order.
        values: For each name, e.g. ``"val/loss"``, a value for each of the epochs; NaN where none was logged.
    """

    epochs: list[int]
    values: dict[str, list[float]]

    def points(self, name: str) -> Points:
        """Return (epoch, value) of each finite value of a name."""
        values = self.values.get(name, [])
        return [(epoch, y) for epoch, y in zip(self.epochs, values, strict=False) if math.isfinite(y)]

    def best(self, name: str, mode: str = "min") -> int | None:
        """Return the first epoch with the least (``"min"``) or the greatest value; ``None`` if there is no value."""
        choose: Callable[..., tuple[float, float]] = min if mode == "min" else max
        points = self.points(name)
        return int(choose(points, key=lambda point: point[1])[0]) if points else None


def read_log(path: Path) -> list[Row]:
    """Return the rows of a log: the numbers by name, without the cells that are empty or cut short by a kill."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = [{name: _number(cell) for name, cell in row.items() if name} for row in csv.DictReader(file)]
    filled = [{name: number for name, number in row.items() if number is not None} for row in rows]
    return [row for row in filled if _STEP in row]


def curves(rows: list[Row]) -> Curves:
    """Return what the rows say by epoch; where an epoch has several rows, the last one with a value counts."""
    by_epoch: dict[int, Row] = {}
    for row in _epoch_rows(rows):
        by_epoch.setdefault(int(row[_EPOCH]), {}).update(_of_an_epoch(row))
    epochs = sorted(by_epoch)
    names = dict.fromkeys(name for epoch in epochs for name in by_epoch[epoch])
    values = {name: [by_epoch[epoch].get(name, math.nan) for epoch in epochs] for name in names}
    return Curves(epochs, values)


def at_steps(rows: list[Row], prefix: str) -> dict[str, Points]:
    """Return what was logged at single steps, e.g. ``grad/<layer>``, as (place, value).

    The place is in epochs: 2.5 is the middle of the third one.

    Args:
        rows: Of the log.
        prefix: What the names begin with; the names of the result are without it.
    """
    ends = _ends(rows)
    series: dict[str, Points] = {}
    for row in rows:
        for name in row:
            if name.startswith(prefix):
                series.setdefault(name.removeprefix(prefix), []).append((_place(row[_STEP], ends), row[name]))
    return series


def _ends(rows: list[Row]) -> Points:
    """Return (number of steps, number of epochs) at the start and at the end of each epoch of the log."""
    steps = {int(row[_EPOCH]) + 1: row[_STEP] + 1 for row in _epoch_rows(rows)}
    return [(0.0, 0.0), *sorted((end, float(epoch)) for epoch, end in steps.items())]


def _place(step: float, ends: Points) -> float:
    """Return where in which epoch a step lies: on a line between two ends, and beyond the last one as before it."""
    if len(ends) == 1:
        return 0.0
    after = min(bisect_right(ends, step, key=lambda end: end[0]), len(ends) - 1)
    (start, before), (end, epoch) = ends[after - 1], ends[after]
    return before + (step - start) / (end - start) * (epoch - before)


def _epoch_rows(rows: list[Row]) -> list[Row]:
    return [row for row in rows if _EPOCH in row and _of_an_epoch(row)]


def _of_an_epoch(row: Row) -> Row:
    return {name: value for name, value in row.items() if name.startswith(_OF_AN_EPOCH)}


def _number(cell: str | list[str] | None) -> float | None:
    try:
        return float(cell) if isinstance(cell, str) else None
    except ValueError:
        return None
