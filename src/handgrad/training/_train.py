"""Train, then test what validation found best."""

from __future__ import annotations

from pathlib import Path

from lightning.pytorch import LightningDataModule, LightningModule, Trainer
from torch import nn

from handgrad.training._classifier import Classifier
from handgrad.training._engine_choice import AUTO, EngineFactory
from handgrad.training._regressor import Regressor
from handgrad.training._row_model import Loss
from handgrad.training._table_data import TableDataModule
from handgrad.training._task import OptimizerFactory, SchedulerFactory


def train(
    data: LightningDataModule, task: LightningModule, trainer: Trainer, ckpt_path: str | Path | None = None
) -> dict[str, float]:
    """Fit a task to data, test it, and return the metrics of the test by name.

    Args:
        data: The splits.
        task: What is trained; afterwards it holds the weights that were tested.
        trainer: How.
        ckpt_path: A checkpoint to go on from; ``None`` starts afresh.

    Returns:
        ``test/…`` metrics, of the best checkpoint if the trainer keeps one, else of the weights at the end.

    Raises:
        DataError: The data does not fit the task, or is not fit for training.
        CheckpointError: The checkpoint cannot be read, or is of another task.
        NonFiniteError: A loss or gradient became NaN or infinite (with the callback ``FiniteGuard``).
    """
    trainer.fit(task, datamodule=data, ckpt_path=ckpt_path)
    best = getattr(trainer.checkpoint_callback, "best_model_path", "") or None
    (metrics,) = trainer.test(task, datamodule=data, ckpt_path=best, verbose=False)
    return {name: float(value) for name, value in metrics.items()}


def task_for(
    data: TableDataModule,
    net: nn.Module,
    loss: Loss | None = None,
    optimizer: OptimizerFactory | None = None,
    scheduler: SchedulerFactory | None = None,
    engine: str | EngineFactory = AUTO,
) -> Classifier | Regressor:
    """Return the task that a table asks for: a classifier if it has classes, else a regressor.

    Raises:
        ValueError: The net does not fit the table.
        DataError: The table is not fit for training.
    """
    if data.classes is None:
        return Regressor(net, data.target, data.features, loss, optimizer, scheduler, engine)
    return Classifier(net, data.classes, data.features, loss, optimizer, scheduler, data.target, engine)
