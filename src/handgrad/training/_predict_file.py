"""Raw rows in, predictions out: the work of ``scripts/predict.py``."""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from handgrad.training._errors import DataError
from handgrad.training._prediction import Prediction
from handgrad.training._table import Table, match_columns, numbers, read_table
from handgrad.training._task import Task


def predict_file(
    task: Task, rows_path: str | Path, output_path: str | Path, keep: Sequence[str] = (), delimiter: str | None = None
) -> Prediction:
    """Predict the rows of a CSV file and write a CSV file, one line for each row, in their order.

    Args:
        task: A trained task, e.g. of ``load_task``.
        rows_path: A CSV file whose header has the features, in any order; further columns are left alone.
        output_path: Where the predictions go: ``prediction``, and for classes ``probability_<class>`` for each class.
        keep: Columns to copy to the output, before the predictions, e.g. an identifier.
        delimiter: What separates the cells of the rows; ``None`` finds out.

    Raises:
        FileNotFoundError: There is no file of rows.
        DataError: Columns are missing, or cells are not finite numbers; the message names them.
    """
    table = read_table(rows_path, delimiter)
    match_columns(table.header, keep, table.source)
    prediction = task.predict_rows(table_rows(table, task.features))
    write_prediction(prediction, output_path, {name: table.column(name) for name in keep})
    return prediction


def read_rows(path: str | Path, features: Sequence[str], delimiter: str | None = None) -> Tensor:
    """Return the features of a CSV file by name: float32, shape (rows, features).

    Raises:
        FileNotFoundError: There is no file.
        DataError: Columns are missing, or cells are not finite numbers; the message names them.
    """
    return table_rows(read_table(path, delimiter), features)


def table_rows(table: Table, features: Sequence[str]) -> Tensor:
    """Return the features of a table by name: float32, shape (rows, features).

    Raises:
        DataError: Columns are missing, or cells are not finite numbers; the message names them.
    """
    match_columns(table.header, features, table.source)
    if not table.rows:
        raise DataError(f"{table.source}: expected rows below the header, got none")
    return torch.from_numpy(numbers(table, features).astype(np.float32))


def write_prediction(prediction: Prediction, path: str | Path, before: dict[str, list[str]] | None = None) -> None:
    """Write a prediction as a CSV file, whole or not at all.

    Args:
        prediction: The prediction.
        path: The file; its directory is made if need be.
        before: Further columns, one cell for each row, that come first.
    """
    path = Path(path)
    columns = {**(before or {}), **prediction.columns()}
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    with part.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator=os.linesep)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))
    part.replace(path)
