"""Rows of a file with their targets, as a trained task takes them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from handgrad.training._errors import DataError, near_matches
from handgrad.training._predict_file import table_rows
from handgrad.training._split import Split
from handgrad.training._table import Table, match_columns, numbers, read_table
from handgrad.training._task import Task


def read_labelled_rows(path: str | Path, task: Task, delimiter: str | None = None) -> Split:
    """Return the features and the targets of a CSV file, columns by name, whatever their order.

    Args:
        path: The file; its header has the features and the target of the task.
        task: A trained task.
        delimiter: What separates the cells; ``None`` finds out.

    Raises:
        FileNotFoundError: There is no file.
        DataError: Columns are missing, cells are not finite numbers, or a class is unknown; the message names them.
    """
    table = read_table(path, delimiter)
    x = table_rows(table, task.features)
    match_columns(table.header, [task.target], table.source)
    if task.classes is None:
        return Split(x, torch.from_numpy(numbers(table, [task.target])[:, 0].astype(np.float32)))
    return Split(x, torch.tensor([_class_index(table, name, task) for name in table.column(task.target)]))


def _class_index(table: Table, name: str, task: Task) -> int:
    classes = task.classes or []
    if name not in classes:
        raise DataError(
            f"{table.source}: expected a class of {task.target!r} out of {', '.join(map(repr, classes))}, got {name!r}."
            f"{near_matches(name, classes)}"
        )
    return classes.index(name)
