"""A run, observed: by its trainer, its task, its data and its log."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from lightning.pytorch import Trainer
from lightning.pytorch.callbacks import ModelCheckpoint

from handgrad.training._csv_log import CSVLog
from handgrad.training._table_data import TableDataModule
from handgrad.training._task import Task
from handgrad.training.report._gradient_health import GradientHealth
from handgrad.training.report._learning_record import learning_record
from handgrad.training.report._metrics_log import Curves, Row, at_steps, curves, read_log
from handgrad.training.report._outcome import outcome
from handgrad.training.report._record import Ending, RunRecord
from handgrad.training.report._table_record import table_record


def run_record(trainer: Trainer, task: Task, ending: Ending, began: datetime, **given: Any) -> RunRecord:
    """Return the record of a run as it stands.

    Args:
        trainer: The trainer.
        task: What it trains.
        ending: How the run stands.
        began: When it began, with a time zone.
        given: What the run itself does not know: ``environment``, ``configuration``, ``command`` and the like; see
            :class:`RunRecord`.
    """
    data = getattr(trainer, "datamodule", None)
    table = data if isinstance(data, TableDataModule) else None
    rows = _log(trainer)
    progress = None if rows is None else curves(rows)
    norms, rates = at_steps(rows or [], "grad/"), at_steps(rows or [], "lr-")
    now = datetime.now().astimezone()
    return RunRecord(
        headline=task.headline,
        ending=ending,
        seconds=(now - began).total_seconds(),
        written=f"{now:%Y-%m-%d %H:%M}",
        table=table_record(task, table),
        learning=learning_record(trainer, task, table),
        curves=progress,
        rates=rates,
        best_epoch=_best_epoch(trainer, progress),
        test=outcome(trainer, task),
        gradients=GradientHealth(norms) if norms else None,
        **given,
    )


def checkpoint_path(trainer: Trainer) -> str:
    """Return the path of the best checkpoint, else of the last one; empty if none was written."""
    kept = [callback for callback in trainer.checkpoint_callbacks if isinstance(callback, ModelCheckpoint)]
    paths = (path for callback in kept for path in (callback.best_model_path, callback.last_model_path))
    return next(filter(None, paths), "")


def _log(trainer: Trainer) -> list[Row] | None:
    log = next((logger for logger in trainer.loggers if isinstance(logger, CSVLog)), None)
    if log is None:
        return None
    log.save()  # the row of the current step, too
    return read_log(log.path) if log.path.is_file() else []


def _best_epoch(trainer: Trainer, progress: Curves | None) -> int | None:
    """Find the epoch in the log: it knows of those before a resume too, and a checkpoint's name does not say it."""
    if progress is None:
        return None
    kept = trainer.checkpoint_callback
    if isinstance(kept, ModelCheckpoint) and kept.monitor is not None:
        return progress.best(kept.monitor, kept.mode)
    return progress.best("val/loss")
