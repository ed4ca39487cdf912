"""What a test has left behind."""

from __future__ import annotations

from pathlib import Path

from lightning.pytorch import Trainer

from handgrad.training._classifier import Classifier
from handgrad.training._regressor import Regressor
from handgrad.training._task import Task
from handgrad.training.report._record import Outcome

_PREFIX = "test/"


def outcome(trainer: Trainer, task: Task) -> Outcome | None:
    """Return the metrics of the last test, and what they were counted from; ``None`` before a test."""
    logged = trainer.callback_metrics.items()
    metrics = {name.removeprefix(_PREFIX): float(value) for name, value in logged if name.startswith(_PREFIX)}
    if not metrics:
        return None
    tested = trainer.ckpt_path
    weights = f"those of {Path(tested).name}, the best by validation" if tested else "those at the end of training"
    confusion = task.confusion if isinstance(task, Classifier) else None
    pairs = task.pairs if isinstance(task, Regressor) else None
    return Outcome(
        metrics,
        weights,
        None if confusion is None else confusion.tolist(),
        None if pairs is None else [(true, predicted) for true, predicted in pairs.tolist()],
    )
