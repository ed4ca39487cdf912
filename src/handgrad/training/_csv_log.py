"""A log in one CSV file that a resumed run continues.

Lightning's CSVLogger deletes the rows of the run that is resumed. This one keeps them, up to where the run goes on.
"""

from __future__ import annotations

import csv
import json
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lightning.pytorch.loggers import Logger
from lightning.pytorch.utilities import rank_zero_only
from torch import Tensor

_STEP = "step"
_NOT_TRAINING = ("test/", "epoch")


class CSVLog(Logger):
    """One row for each step at which something was logged, one column for each name.

    What is logged at one step comes into one row. When a run is resumed from a checkpoint, the rows before it stay and
    rows of the future that was lost with the first run make place; a new run in an old directory thus replaces the log.
    A test is no step of training: its row goes to the end, whatever is there.

    Args:
        save_dir: The directory of the file.
        filename: Its name.
    """

    def __init__(self, save_dir: str | Path, filename: str = "metrics.csv") -> None:
        super().__init__()
        self._path = Path(save_dir) / filename
        self._header: list[str] = []
        self._row: dict[str, Any] = {}  # of the current step, the last of the file
        self._start = 0  # where that row begins in the file
        self._opened = False

    @property
    def path(self) -> Path:
        """The file."""
        return self._path

    @property
    def name(self) -> str:
        """The name of the log: that of the file without its ending."""
        return self._path.stem

    @property
    def version(self) -> str:
        """None of its own: the directory belongs to one run."""
        return ""

    @property
    def save_dir(self) -> str:
        """The directory of the file."""
        return str(self._path.parent)

    @property
    def log_dir(self) -> str:
        """The directory of the file."""
        return str(self._path.parent)

    @rank_zero_only
    def log_metrics(self, metrics: Mapping[str, float | Tensor], step: int | None = None) -> None:
        """Put numbers into the row of a step; ``None`` is the step of the current row."""
        step = int(self._row.get(_STEP, 0)) if step is None else step
        if not self._opened:
            step = self._open(step, is_training=any(not name.startswith(_NOT_TRAINING) for name in metrics))
        if self._row.get(_STEP, step) != step:
            self.save()
            self._row, self._start = {}, self._path.stat().st_size
        self._row |= {_STEP: step, **{name: float(value) for name, value in metrics.items()}}

    @rank_zero_only
    def log_hyperparams(self, params: dict[str, Any] | Namespace | None = None, *args: Any, **kwargs: Any) -> None:
        """Write parameters to ``hparams.json`` beside the log."""
        if params:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            mapping = vars(params) if isinstance(params, Namespace) else params
            self._path.with_name("hparams.json").write_text(json.dumps(mapping, indent=2, default=str) + "\n")

    @rank_zero_only
    def save(self) -> None:
        """Bring the row of the current step into the file, as far as it is known; Lightning calls it after each log."""
        if not self._row:
            return
        new = [name for name in self._row if name not in self._header]
        if new:
            step = self._row[_STEP]
            self._rewrite([*self._header, *new], [row for row in self._rows() if int(row[_STEP]) < step])
        with self._path.open("r+", newline="", encoding="utf-8") as file:
            file.seek(self._start)
            csv.DictWriter(file, self._header).writerow(self._row)
            file.truncate()

    @rank_zero_only
    def finalize(self, status: str) -> None:
        """Bring everything into the file; called by Lightning at the end of fit, test or after an error."""
        self.save()

    def _open(self, step: int, is_training: bool) -> int:
        """Continue a file that is there, from ``step`` on: a row of that very step is completed; return the step."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        rows = self._rows()
        if rows and not is_training:  # a trainer that only tests, or whose processes trained, is at step 0
            step = max(step, int(rows[-1][_STEP]) + 1)
        self._row = next((dict(row) for row in rows if int(row[_STEP]) == step), {}) | {_STEP: step}
        earlier = [row for row in rows if int(row[_STEP]) < step]
        self._rewrite(list(rows[0]) if rows else [_STEP], earlier)
        self._opened = True
        return step

    def _rows(self) -> list[dict[str, str]]:
        if not self._path.exists():
            return []
        with self._path.open(newline="", encoding="utf-8") as file:
            # A line that a kill cut short has None for cells that are missing: they count as empty.
            rows = [{name: cell or "" for name, cell in row.items() if name} for row in csv.DictReader(file)]
        return [row for row in rows if row.get(_STEP, "").isdigit()]

    def _rewrite(self, header: list[str], rows: list[dict[str, str]]) -> None:
        self._header = header
        part = self._path.with_name(f".{self._path.name}.part")
        with part.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, header, restval="")
            writer.writeheader()
            writer.writerows(rows)
        part.replace(self._path)
        self._start = self._path.stat().st_size
