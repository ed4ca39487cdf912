"""The user's own table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from handgrad.training._errors import DataError, near_matches
from handgrad.training._table import Table, numbers, read_table
from handgrad.training._table_data import TableData, TableDataModule

_TASKS = ("auto", "classification", "regression")
# "auto" takes whole numbers for classes when there are few different ones, each repeated often.
_MOST_CLASSES = 20
_ROWS_PER_CLASS = 5
# What stands for "no class" in a target column; "none" may well be the name of one.
_NO_CLASS = frozenset({"", "nan", "na", "n/a", "null", "?"})


class CSVDataModule(TableDataModule):
    """A CSV file with a header, numeric feature columns and one target column.

    Every column but the target is a feature. The classes of a classification are the different texts of the target
    column, in sorted order (whole numbers by value, so that "10" comes after "9").

    Args:
        path: The file.
        target: The name of the column to predict.
        task: ``"classification"``, ``"regression"``, or ``"auto"``: classification if the target is not numeric, or
            holds whole numbers with at most 20 different values and fewer than a fifth of the number of rows.
        batch_size: Rows of a training step, of each process.
        validation_fraction: Part of the rows to choose the best epoch by.
        test_fraction: Part of the rows that is looked at in the end.
        seed: Decides the split and the order of the batches.
        delimiter: What separates the cells; ``None`` finds out whether it is a comma, a semicolon or a tab.

    Raises:
        ValueError: An argument is out of its range.
        FileNotFoundError: From ``prepare``: there is no file.
        DataError: From ``prepare``: the table is not fit for training; the message names column, rows and cure.
    """

    def __init__(
        self,
        path: str | Path,
        target: str,
        task: str = "auto",
        batch_size: int = 32,
        validation_fraction: float = 0.2,
        test_fraction: float = 0.2,
        seed: int = 0,
        delimiter: str | None = None,
    ) -> None:
        super().__init__(batch_size, validation_fraction, test_fraction, seed)
        if task not in _TASKS:
            raise ValueError(
                f"CSVDataModule: expected a task out of {', '.join(_TASKS)}, got {task!r}.{near_matches(task, _TASKS)}"
            )
        self.path, self.target_column, self.task, self.delimiter = Path(path), target, task, delimiter

    @property
    def source(self) -> str:
        """The path of the file."""
        return str(self.path)

    def read(self) -> TableData:
        """Read the file and tell features from target."""
        table = read_table(self.path, self.delimiter)
        features = self._features(table)
        x = numbers(table, features)
        if self.task == "regression" or (self.task == "auto" and not _holds_classes(table, self.target_column)):
            y = numbers(table, [self.target_column])[:, 0]
            return TableData(features, x, self.target_column, y, None)
        names = _class_names(table, self.target_column)
        classes = sorted(set(names), key=int if _all_whole(names) else None)
        index = {name: position for position, name in enumerate(classes)}
        return TableData(features, x, self.target_column, np.array([index[name] for name in names]), classes)

    def _features(self, table: Table) -> list[str]:
        if self.target_column not in table.header:
            raise DataError(
                f"{table.source}: expected the target column {self.target_column!r}, got only "
                f"{', '.join(map(repr, table.header))}.{near_matches(self.target_column, table.header)}"
            )
        features = [name for name in table.header if name != self.target_column]
        if not features or not table.rows:
            raise DataError(
                f"{table.source}: expected feature columns beside the target {self.target_column!r} and rows below the "
                f"header, got {len(features)} feature columns and {len(table.rows)} rows"
            )
        return features


def _holds_classes(table: Table, target: str) -> bool:
    """Whether ``task="auto"`` takes the target for classes."""
    names = table.column(target)
    if not _all_numbers(names):
        return True
    different = len(set(map(float, filter(None, names))))
    return _all_whole(names) and different <= _MOST_CLASSES and different * _ROWS_PER_CLASS < len(names)


def _class_names(table: Table, target: str) -> list[str]:
    """Return the class of each row; whole numbers however written ("1", "1.0") under one name."""
    names = table.column(target)
    empty = [line for name, line in zip(names, table.lines, strict=True) if name.casefold() in _NO_CLASS]
    if empty:
        raise DataError(
            f"{table.source}: expected a class in every row, got none in column {target!r} in {len(empty)} of "
            f"{len(names)} rows (first: line {empty[0]}). Fill these cells or drop the rows"
        )
    return [str(int(float(name))) for name in names] if _all_whole(names) else names


def _all_numbers(cells: Sequence[str]) -> bool:
    try:
        return [float(cell) for cell in cells if cell] != []
    except ValueError:
        return False


def _all_whole(cells: Sequence[str]) -> bool:
    return _all_numbers(cells) and all(float(cell).is_integer() for cell in cells if cell)
