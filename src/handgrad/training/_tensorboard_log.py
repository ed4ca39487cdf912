"""TensorBoard's log, without waiting for it."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lightning.pytorch.loggers import TensorBoardLogger
from lightning.pytorch.utilities import rank_zero_only
from torch import Tensor

_FLUSH_SECONDS = 2.0


class TensorBoardLog(TensorBoardLogger):
    """Lightning's logger, with what is logged together in one record, and written to the file every two seconds.

    Lightning's own hands each number to the writer's thread and, after each call, waits until that has written: in a training
    whose epochs take milliseconds this is most of the time. The file is the same, as TensorBoard reads it.

    Args:
        save_dir: The directory of the log's directory.
        name: The name of that directory.
        version: The one below it; empty for none.
        default_hp_metric: Whether settings are logged beside a metric that says nothing.
        log_graph: Whether the graph of the net is logged, where it has an ``example_input_array``.
    """

    def __init__(
        self,
        save_dir: str | Path,
        name: str = "tensorboard",
        version: str = "",
        default_hp_metric: bool = False,
        log_graph: bool = False,
    ) -> None:
        super().__init__(save_dir, name, version, log_graph, default_hp_metric)
        self._flushed = time.monotonic()

    @rank_zero_only
    def log_metrics(self, metrics: Mapping[str, float | Tensor], step: int | None = None) -> None:
        """Log numbers at a step, in one record."""
        from torch.utils.tensorboard import summary

        untyped: Any = summary
        values = [untyped.Summary.Value(tag=name, simple_value=float(value)) for name, value in metrics.items()]
        self.experiment._get_file_writer().add_summary(untyped.Summary(value=values), step)

    @rank_zero_only
    def save(self) -> None:
        """Write to the file, if that was not done just now."""
        if time.monotonic() - self._flushed >= _FLUSH_SECONDS:
            super().save()
            self._flushed = time.monotonic()

    @rank_zero_only
    def finalize(self, status: str) -> None:
        """Write everything."""
        self._flushed = -math.inf
        super().finalize(status)
