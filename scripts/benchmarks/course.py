"""A training by epochs, on a table that is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.problem import Network
from handgrad.training import TableData, TableDataModule

HELD_OUT = 0.1  # of the rows, for validation, and as many for the test


@dataclass(frozen=True)
class Course(Network):
    """A training by epochs.

    Attributes:
        rows: rows of the training split.
        epochs: how many; the first one is not counted.
    """

    rows: int
    epochs: int

    @property
    def steps(self) -> int:
        """Steps of an epoch."""
        return -(-self.rows // self.batch)

    def data(self) -> Synthetic:
        """The table."""
        return Synthetic(round(self.rows / (1 - 2 * HELD_OUT)), self.sizes[0], self.sizes[-1], self.batch)


class Synthetic(TableDataModule):
    """Normal inputs, and the class that a random linear map gives most to: there is something to learn."""

    def __init__(self, rows: int, inputs: int, classes: int, batch_size: int) -> None:
        super().__init__(batch_size, HELD_OUT, HELD_OUT)
        self.shape = rows, inputs, classes

    def read(self) -> TableData:
        """Draw the table, always the same one."""
        rows, inputs, classes = self.shape
        generator = np.random.default_rng(0)
        x = generator.standard_normal((rows, inputs), dtype=np.float32)
        y = (x @ generator.standard_normal((inputs, classes), dtype=np.float32)).argmax(1)
        names = [f"x{column}" for column in range(inputs)]
        table: Any = x  # in float32, as large tables are
        return TableData(names, table, "class", y, list(map(str, range(classes))))
