"""The log of a training: the columns of its ``metrics.csv``, against the epoch."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from math import nan
from pathlib import Path
from typing import Self

Series = list[tuple[float, float]]
"""Pairs of an epoch, a fraction amid one, and a value."""


@dataclass(frozen=True)
class RunLog:
    """What a run has logged.

    Attributes:
        source: where it comes from, as an error says it.
        series: the name of a column to its values, each with the epoch after which it was logged.
    """

    source: str
    series: Mapping[str, Series]

    @classmethod
    def read(cls, run: str | Path) -> Self:
        """Read ``metrics.csv`` in the directory of a run.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: the file is not a log of a training: it lacks ``step`` or ``epoch``, has cells that are not numbers, or no
                epoch came to its end.
        """
        path = Path(run) / "metrics.csv"
        if not path.is_file():
            raise FileNotFoundError(
                f"RunLog: there is no file {str(path)!r}; expected the directory of a run, outputs/<date>/<time>, as "
                "scripts/train.py prints it"
            )
        try:
            with path.open(newline="", encoding="utf-8") as file:
                reader = csv.DictReader(file)
                cells = [{name: float(cell) for name, cell in row.items() if cell} for row in reader]
        except (
            ValueError,
            TypeError,
            csv.Error,
        ):  # UnicodeDecodeError is a ValueError; a row with too many cells has a list
            raise ValueError(f"RunLog: expected numbers below a header in {str(path)!r}, got something else") from None
        rows = [row for row in cells if "step" in row]
        ends = [row for row in rows if {"epoch", "train/loss"} <= set(row)]
        if not ends:
            raise ValueError(
                f"RunLog: expected a training that finished an epoch (step, epoch, train/loss) in {str(path)!r}, got "
                f"{len(cells)} rows without one"
            )
        steps = (ends[0]["step"] + 1) / (ends[0]["epoch"] + 1)  # in an epoch
        names = dict.fromkeys(name for row in rows for name in row)
        tests = {name for name in names if name.startswith("test/")}
        return cls(
            str(path),
            {
                name: [((row["step"] + 1) / steps, row[name]) for row in rows if name in row]
                for name in names
                if name not in tests | {"step", "epoch"}
            },
        )

    def layers(self, kind: str) -> list[str]:
        """Return the layers that a kind of column, such as ``"grad"``, is there for, in their order."""
        return [name.removeprefix(f"{kind}/") for name in self.series if name.startswith(f"{kind}/")]

    def of(self, kind: str, layer: str) -> Series:
        """Return the values of a kind of column for a layer; empty where there are none."""
        return self.series.get(f"{kind}/{layer}", [])

    def last(self, name: str) -> float:
        """Return the last value of a column; NaN where there is none."""
        values = self.series.get(name, [])
        return values[-1][1] if values else nan
