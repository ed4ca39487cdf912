"""The table of a run, counted."""

from __future__ import annotations

import torch

from handgrad.training._table_data import TableDataModule
from handgrad.training._task import Task
from handgrad.training.report._record import TableRecord


def table_record(task: Task, data: TableDataModule | None) -> TableRecord:
    """Return what a task was trained on; ``None``, when the batches come from elsewhere, leaves the names only."""
    if data is None:
        return TableRecord("batches of the caller", task.features, task.target, {}, task.classes)
    splits = {"training": data.train, "validation": data.validation, "test": data.test}
    rows = {name: len(split.y) for name, split in splits.items()}
    y = torch.cat([split.y for split in splits.values()])
    if data.classes is None:
        span = (float(y.min()), float(y.double().mean()), float(y.max()))
        return TableRecord(data.source, data.features, data.target, rows, target_range=span)
    counts = torch.bincount(y, minlength=len(data.classes)).tolist()
    return TableRecord(data.source, data.features, data.target, rows, data.classes, counts)
