"""Batches of a table that lies in memory, in an order that only the seed and the epoch decide.

A ``DataLoader`` would collate the batch row by row (100 µs and more) and lose its place when a run is resumed. Here an
epoch is one permutation of the rows, a batch is a slice of it, and the place is two integers in the checkpoint: a run
that was killed in the middle of an epoch goes on with the very batches that it would have seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from handgrad.training._errors import CheckpointError, DataError
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


class TableLoader:
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

    batch_sampler: None = None  # Lightning reads it wherever there is a sampler

    def __init__(
        self, split: Split, batch_size: int, *, seed: int | None = None, rank: int = 0, world_size: int = 1
    ) -> None:
        self.split, self.seed = split, seed
        self.rank, self.world_size = rank, world_size
        self.global_batch = batch_size * world_size
        self.epoch = 0
        self._position = 0  # batches of this epoch that were handed out
        self._resume_at = 0  # where the next iteration begins
        rows, least = len(split.y), world_size if seed is None else self.global_batch
        if rows < least:
            raise DataError(
                f"TableLoader: expected at least {least} rows for {world_size} process(es) with batches of "
                f"{batch_size}, got {rows}; use a smaller batch_size or fewer processes"
            )

    def __len__(self) -> int:
        """The number of batches in an epoch, the same for every process."""
        return -(-len(self.split.y) // self.global_batch)

    def __iter__(self) -> Iterator[Batch]:
        """Hand out the rest of the epoch; the order is fixed at the first batch, when the epoch is known."""
        start, self._resume_at = self._resume_at, 0
        x, y = self._ordered()
        for index in range(start, len(self)):
            self._position = index + 1
            yield self._batch(x, y, index * self.global_batch)
        self.set_epoch(self.epoch + 1)

    @property
    def sampler(self) -> TableLoader:
        """What Lightning tells the epoch to, before each epoch: the loader itself."""
        return self

    def set_epoch(self, epoch: int) -> None:
        """Begin another epoch; the epoch that it already stands in changes nothing, so a resumed place is kept."""
        if epoch != self.epoch:
            self.epoch, self._position, self._resume_at = epoch, 0, 0

    def state_dict(self) -> dict[str, int]:
        """Return the place in the epoch, as integers."""
        return {"epoch": self.epoch, "position": self._position, "length": len(self), "batch": self.global_batch}

    def load_state_dict(self, state: dict[str, int]) -> None:
        """Go on at a saved place.

        Raises:
            CheckpointError: The place is amid an epoch whose batches were of another size, or of another number.
        """
        at_end = state["position"] >= state["length"]
        if not at_end and (state["length"], state["batch"]) != (len(self), self.global_batch):
            raise CheckpointError(
                f"TableLoader: expected the {state['length']} batches of {state['batch']} rows of the epoch that the "
                f"checkpoint stands in, got {len(self)} of {self.global_batch}; resume with the same data and "
                "batch size"
            )
        self.epoch = state["epoch"]
        self._position = self._resume_at = len(self) if at_end else state["position"]

    def _ordered(self) -> Split:
        if self.seed is None:
            return self.split
        # On the CPU whatever the device of the rows is: the same seed is the same order everywhere.
        generator = torch.Generator().manual_seed((self.seed * 1_000_003 + self.epoch) % 2**63)
        order = torch.randperm(len(self.split.y), generator=generator).to(self.split.y.device)
        return Split(self.split.x[order], self.split.y[order])

    def _batch(self, x: Tensor, y: Tensor, start: int) -> Batch:
        total = min(self.global_batch, len(y) - start)
        rows, extra = divmod(total, self.world_size)
        first = start + self.rank * rows + min(self.rank, extra)
        rows += self.rank < extra
        if not rows:  # an idle process still has to take part in the step, with a row that weighs nothing
            return Batch(x[start : start + 1], y[start : start + 1], 0.0)
        return Batch(x[first : first + rows], y[first : first + rows], rows * self.world_size / total)
