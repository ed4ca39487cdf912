"""Batches of a table that lies in memory, in an order that only the seed and the epoch decide.

A ``DataLoader`` would collate the batch row by row (100 µs and more) and lose its place when a run is resumed. Here an
epoch is one permutation of the rows, a batch is a slice of it, and the place is two integers in the checkpoint: a run
that was killed in the middle of an epoch goes on with the very batches that it would have seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from torch import Tensor

from handgrad.training._epochs import Epochs
from handgrad.training._errors import DataError
from handgrad.training._split import Split


class Batch(NamedTuple):
    """Some rows of a split, on their way through the task.

    Attributes:
        x: Raw features, shape (rows, features).
        y: Targets, shape (rows,).
        share: What the loss of these rows is multiplied with, so that the average over processes, which is what DDP
            takes, is the mean over the rows of all processes: 1 but for an epoch's last batch that does not divide
            evenly. 0 marks a row that only keeps an idle process in step.
    """

    x: Tensor
    y: Tensor
    share: float = 1.0

    @property
    def rows(self) -> int:
        """The number of rows that count."""
        return len(self.y) if self.share else 0


class TableLoader(Epochs):
    """An iterable of batches, of this process's share of every batch.

    Batch i of an epoch is rows ``[i·B, (i+1)·B)`` of the epoch's permutation, with ``B = batch_size · world_size``;
    each process takes its part of them. So two processes with batches of b see, step by step, what one process with
    batches of 2b sees.

    Args:
        split: The rows; they stay on the device they are on.
        batch_size: Rows for each process in a step.
        seed: Decides, with the epoch, the order; ``None`` leaves the rows as they are (evaluation).
        rank: Which process this is.
        world_size: How many processes there are.

    Raises:
        DataError: A batch of all processes is larger than the split (training), or rows are fewer than processes.
    """

    def __init__(
        self, split: Split, batch_size: int, *, seed: int | None = None, rank: int = 0, world_size: int = 1
    ) -> None:
        super().__init__(split, batch_size * world_size, seed)
        self.rank, self.world_size = rank, world_size
        rows, least = len(split.y), world_size if seed is None else self.global_batch
        if rows < least:
            raise DataError(
                f"TableLoader: expected at least {least} rows for {world_size} process(es) with batches of "
                f"{batch_size}, got {rows}; use a smaller batch_size or fewer processes"
            )

    def __iter__(self) -> Iterator[Batch]:
        """Hand out the rest of the epoch; the order is fixed at the first batch, when the epoch is known."""
        start = self._begin()
        x, y = self._ordered()
        for index in range(start, len(self)):
            self._position = index + 1
            yield self._batch(x, y, index * self.global_batch)
        self.set_epoch(self.epoch + 1)

    def _ordered(self) -> Split:
        if self.seed is None:
            return self.split
        order = self._order(self.seed)
        return Split(self.split.x[order], self.split.y[order])

    def _batch(self, x: Tensor, y: Tensor, start: int) -> Batch:
        total = min(self.global_batch, len(y) - start)
        rows, extra = divmod(total, self.world_size)
        first = start + self.rank * rows + min(self.rank, extra)
        rows += self.rank < extra
        if not rows:  # an idle process still has to take part in the step, with a row that weighs nothing
            return Batch(x[start : start + 1], y[start : start + 1], 0.0)
        return Batch(x[first : first + rows], y[first : first + rows], rows * self.world_size / total)
