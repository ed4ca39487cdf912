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
    confusion = task.confusion if isinstance(task, Classifier) else None
    pairs = task.pairs if isinstance(task, Regressor) else None
    return Outcome(
        metrics,
        _weights(trainer),
        None if confusion is None else confusion.tolist(),
        None if pairs is None else [(true, predicted) for true, predicted in pairs.tolist()],
    )


def _weights(trainer: Trainer) -> str:
    tested = trainer.ckpt_path
    if not tested:
        return "those at the end of training"
    best = str(tested) == getattr(trainer.checkpoint_callback, "best_model_path", "")
    return f"those of {Path(tested).name}" + (", the best by validation" if best else "")
