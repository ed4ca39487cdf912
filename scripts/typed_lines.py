"""The lines that a user types: the one that started this run, and the one that predicts with what it leaves."""

from __future__ import annotations

import shlex
import sys

from hydra.core.hydra_config import HydraConfig

PREDICT = "python scripts/predict.py ckpt_path={checkpoint} input=rows.csv output=pred.csv"
"""With the place for the path of a checkpoint."""


def train_line() -> str:
    """The line that trains this network again; for one job of a multirun, the line of this job alone.

    The overrides are the job's own, without Hydra's, such as the directory of the run.
    """
    overrides = list(HydraConfig.get().overrides.task) if HydraConfig.initialized() else sys.argv[1:]
    return shlex.join(["python", sys.argv[0], *overrides])
