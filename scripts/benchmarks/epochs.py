"""Whole epochs through ``Trainer.fit``, with logs, metrics and checkpoints: seconds of each epoch after the first."""

from __future__ import annotations

import logging
import tempfile
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import torch
from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.callbacks import ModelCheckpoint
from lightning.pytorch.loggers import CSVLogger, Logger, TensorBoardLogger
from torch.optim import SGD

from benchmarks.course import Course, Synthetic
from benchmarks.lightning_peers import InMemory, Tuned, Usual, loader
from handgrad.engine import engine_for
from handgrad.nn import CrossEntropyLoss
from handgrad.training import (
    AtomicCheckpointIO,
    BestAndLast,
    CSVLog,
    FiniteGuard,
    RandomState,
    TensorBoardLog,
    task_for,
)

KEPT: dict[str, Any] = {"monitor": "val/loss", "save_last": True}


class Epochs(NamedTuple):
    """What came of a training.

    Attributes:
        seconds: of each epoch after the first, with its validation, logs and checkpoint.
        loss: of validation, after the last.
    """

    seconds: list[float]
    loss: float


class Clock(Callback):
    """Looks at the clock when an epoch begins, and when the last one is over."""

    def __init__(self) -> None:
        self.times: list[float] = []

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Note the time."""
        self.times.append(time.perf_counter())

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Note the time."""
        self.times.append(time.perf_counter())

    def epochs(self, loss: float) -> Epochs:
        """Seconds of all epochs but the first."""
        return Epochs(_between(self.times[1:]), loss)


def handgrad(course: Course, data: Synthetic, accelerator: str = "cpu", engine: str = "auto") -> Epochs:
    """Ours: what ``scripts/train.py`` builds, without its report and its looks at gradients and layers."""
    optimizer = partial(SGD, lr=course.learning_rate)
    task = task_for(data, course.net(), CrossEntropyLoss(), optimizer, engine=engine)
    with tempfile.TemporaryDirectory(prefix="handgrad-") as folder:
        kept = BestAndLast(Path(folder) / "checkpoints", **KEPT)
        own: list[Callback] = [FiniteGuard(), RandomState(), kept]
        extras = _Extras(own, [CSVLog(folder), TensorBoardLog(folder)], [AtomicCheckpointIO()], accelerator)
        return _fitted(course, task, extras, datamodule=data)


def usual(course: Course, data: Synthetic) -> Epochs:
    """Lightning with torchmetrics as it is usually written, with Lightning's own logs."""
    module = Usual(course.torch_net(), course.sizes[-1], course.learning_rate)
    train, validation = loader(data.train, course.batch, True), loader(data.validation, 4096, False)
    with tempfile.TemporaryDirectory(prefix="handgrad-") as folder:
        extras = _extras_of_lightning(folder, CSVLogger(folder))
        return _fitted(course, module, extras, train_dataloaders=train, val_dataloaders=validation)


def tuned(course: Course, data: Synthetic) -> Epochs:
    """Lightning by one who knows what costs: batches in memory, nothing logged in a step."""
    module = Tuned(course.torch_net(), course.sizes[-1], course.learning_rate)
    train, validation = InMemory(data.train, course.batch), loader(data.validation, 4096, False)
    with tempfile.TemporaryDirectory(prefix="handgrad-") as folder:
        extras = _extras_of_lightning(folder, CSVLog(folder))
        return _fitted(course, module, extras, train_dataloaders=train, val_dataloaders=validation)


def bare(engine: str, course: Course, data: Synthetic) -> Epochs:
    """An engine alone, on batches that lie there: no order, logs, metrics or checkpoints."""
    net, whole = course.net(), len(data.train.y) // course.batch
    made = engine_for(engine, net, CrossEntropyLoss(), SGD(net.parameters(), course.learning_rate))
    x, y = (rows[: whole * course.batch].unflatten(0, (whole, course.batch)) for rows in data.train)
    times = [time.perf_counter()]
    for _ in range(course.epochs):
        made.steps(x, y)
        times.append(time.perf_counter())
    with torch.no_grad():
        loss = CrossEntropyLoss()(net(data.validation.x), data.validation.y).item()
    return Epochs(_between(times[1:]), loss)


def _between(times: list[float]) -> list[float]:
    return [end - start for start, end in pairwise(times)]


class _Extras(NamedTuple):
    """What a contender wants of the trainer beside a clock: at least checkpoints of each epoch and TensorBoard's log."""

    callbacks: list[Callback]
    loggers: list[Any]
    plugins: Sequence[Any] = ()
    accelerator: str = "cpu"


def _extras_of_lightning(folder: str, table: Logger) -> _Extras:
    return _Extras([ModelCheckpoint(Path(folder) / "checkpoints", **KEPT)], [table, TensorBoardLogger(folder)])


def _fitted(course: Course, module: LightningModule, extras: _Extras, **data: Any) -> Epochs:
    clock = Clock()
    with quiet():
        trainer = Trainer(
            accelerator=extras.accelerator,
            devices=1,
            max_epochs=course.epochs,
            logger=extras.loggers,
            callbacks=[clock, *extras.callbacks],
            plugins=list(extras.plugins),
            num_sanity_val_steps=0,
            enable_progress_bar=False,
            enable_model_summary=False,
        )
        trainer.fit(module, **data)
    return clock.epochs(float(trainer.callback_metrics["val/loss"]))


@contextmanager
def quiet() -> Iterator[None]:
    """Without Lightning's advice."""
    loggers = [logging.getLogger(name) for name in ("lightning.pytorch", "lightning.fabric")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
