"""How good every member of an ensemble is, as a table."""

from __future__ import annotations

import csv
import os
from pathlib import Path

from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.utilities import rank_zero_only

from handgrad.nn import Ensemble
from handgrad.training._task import Task


class MemberTable(Callback):
    """Writes the metrics of each member of an ensemble in the test to a CSV file, a line for each member.

    Where members learn at different rates, these stand beside them. Does nothing for one network.

    Args:
        path: The file; its directory is made if need be.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    @rank_zero_only
    def on_test_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Write what the test has found."""
        if not isinstance(pl_module, Task) or pl_module.member_metrics is None:
            return
        columns = {name: values.tolist() for name, values in pl_module.member_metrics.items()}
        if isinstance(pl_module.net, Ensemble) and pl_module.net.rates is not None:
            columns = {"rate": pl_module.net.rates, **columns}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator=os.linesep)
            writer.writerow(["member", *columns])
            writer.writerows([index, *row] for index, row in enumerate(zip(*columns.values(), strict=True)))
